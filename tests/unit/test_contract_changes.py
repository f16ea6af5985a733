"""Each kind of change between two contracts, told by its name, and laws that hold for any two of them."""

from __future__ import annotations

import copy
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract_cases import CASES
from contract_pairs import Entry, contract, prop
from contract_property_cases import PROPERTY_CASES
from contract_reaction_cases import REACTION_CASES
from contract_rule_cases import RULE_CASES
from hypothesis import given
from hypothesis import strategies as st

from hallmark.contracts.change_kinds import KINDS, Change, undoings
from hallmark.contracts.evolution import Comparison, bump_made, compare, compare_all
from hallmark.contracts.loader import read_document
from hallmark.lakehouse.settings import PACKAGE_ROOT

DOC = PACKAGE_ROOT / "docs" / "contract-evolution.md"

ALL_CASES = (*CASES, *PROPERTY_CASES, *RULE_CASES, *REACTION_CASES)
each_case = pytest.mark.parametrize(
    ("old", "new", "wanted"), [pytest.param(*case[1:], id=case[0]) for case in ALL_CASES]
)


def told(changes: tuple[Change, ...]) -> list[tuple[str, str, str | None, str | None]]:
    return sorted(((each.kind, each.path, each.old, each.new) for each in changes), key=str)


@each_case
def test_a_change_is_told_by_its_kind_with_where_and_from_what_to_what(old: Entry, new: Entry, wanted: Any) -> None:
    assert told(compare(old, new).changes) == sorted(wanted, key=str)


@each_case
def test_the_way_back_shows_each_change_the_other_way_round(old: Entry, new: Entry, wanted: Any) -> None:
    assert_reverse(compare(old, new).changes, compare(new, old).changes)


OF_FOLDERS = {"contractAdded", "contractRemoved", "retiredContractRemoved"}


def test_each_kind_has_a_case() -> None:
    assert {change[0] for case in ALL_CASES for change in case[3]} | OF_FOLDERS == set(KINDS)


def test_contracts_of_two_folders_are_matched_by_id() -> None:
    gone, left, come = (contract(id=name) for name in ("a", "b", "c"))
    found = compare_all([gone, left], [come, {**left, "version": "1.0.1"}])
    assert [(each.id, each.old_version, each.new_version, told(each.changes)) for each in found] == [
        ("a", "1.0.0", None, [("contractRemoved", "a", "1.0.0", None)]),
        ("b", "1.0.0", "1.0.1", []),
        ("c", None, "1.0.0", [("contractAdded", "c", None, "1.0.0")]),
    ]
    assert [(each.broken, each.enough) for each in found] == [(True, False), (False, True), (False, True)]


def test_a_contract_that_was_retired_may_go() -> None:
    (found,) = compare_all([contract(status="retired")], [])
    assert (told(found.changes), found.broken) == ([("retiredContractRemoved", "a.t", "1.0.0", None)], False)


def version_of(new: str, **changes: Any) -> Comparison:
    return compare(contract(version="1.2.3"), contract(version=new, **changes))


@pytest.mark.parametrize(
    ("new", "changes", "made", "demanded", "enough", "broken"),
    [
        ("2.0.0", {"id": "b"}, "major", "major", True, False),
        ("1.3.0", {"id": "b"}, "minor", "major", False, True),
        ("1.2.3", {"id": "b"}, "none", "major", False, True),
        ("0.9.0", {"id": "b"}, "backwards", "major", False, True),
        ("summer", {"id": "b"}, "unknown", "major", False, True),
        ("1.3.0", {"status": "draft"}, "minor", "minor", True, False),
        ("2.0.0", {"status": "draft"}, "major", "minor", True, False),
        ("1.2.4", {"status": "draft"}, "patch", "minor", False, False),
        ("1.2.4", {"tags": ["x"]}, "patch", "patch", True, False),
        ("1.2.3", {"tags": ["x"]}, "none", "patch", False, False),
        ("1.2.3", {}, "none", None, True, False),
        ("1.2.2", {}, "backwards", None, False, False),
    ],
)
def test_the_bump_that_was_made_is_held_against_the_one_demanded(
    new: str, changes: Entry, made: str, demanded: str | None, *, enough: bool, broken: bool
) -> None:
    found = version_of(new, **changes)
    assert (found.made, found.demanded, found.enough, found.broken) == (made, demanded, enough, broken)


numbers = st.tuples(*[st.integers(0, 3)] * 3)


@given(numbers, numbers)
def test_a_bump_is_the_first_number_that_grew(old: tuple[int, ...], new: tuple[int, ...]) -> None:
    made = bump_made(".".join(map(str, old)), ".".join(map(str, new)))
    first = next((i for i in range(3) if old[i] != new[i]), None)
    assert made == ("none" if first is None else "backwards" if new < old else ("major", "minor", "patch")[first])


def test_the_documented_table_is_the_one_that_decides() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.*?) \|$", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {kind: (bump, tuple(re.findall(r"`(\w+)`", undone)), meaning) for kind, bump, undone, meaning in rows}
    assert len(rows) == len(documented)
    assert documented == {name: (kind.bump, undoings(name), kind.meaning) for name, kind in KINDS.items()}


def test_each_kind_that_undoes_another_is_undone_by_it() -> None:
    assert [(name, other) for name in KINDS for other in undoings(name) if name not in undoings(other)] == []


@pytest.mark.parametrize("file", sorted((PACKAGE_ROOT / "contracts").rglob("*.odcs.yaml")), ids=lambda file: file.name)
def test_a_shipped_contract_does_not_differ_from_itself(file: Path) -> None:
    content = read_document(file).content
    assert compare(content, copy.deepcopy(content)).changes == ()


def test_no_shipped_key_is_of_no_known_kind() -> None:
    """From nothing to everything and back: whatever the shipped contracts say has a kind."""
    for file in sorted((PACKAGE_ROOT / "contracts").rglob("*.odcs.yaml")):
        content = read_document(file).content
        bare = copy.deepcopy(content)
        for table in bare["schema"]:
            table["properties"] = [{"name": prop["name"]} for prop in table["properties"]]
        found = compare({"id": bare["id"], "schema": bare["schema"]}, content).changes
        assert [change for change in found if change.kind == "unknownChange"] == []


def assert_reverse(there: tuple[Change, ...], back: tuple[Change, ...]) -> None:
    """Each change there has its own way back: a kind that undoes it, old and new changed over."""
    left = Counter((change.kind, change.old, change.new) for change in back)
    for change in sorted(there, key=lambda each: len(undoings(each.kind))):
        ways = [(kind, change.new, change.old) for kind in undoings(change.kind)]
        way = next((way for way in ways if left[way]), None)
        assert way is not None, f"{change} has no way back in {back}"
        left[way] -= 1
    assert not +left


names = st.sampled_from(["a", "b", "c"])
scalars = st.one_of(st.integers(-2, 2), st.sampled_from(["x", "y", "2000-01-01", "soon"]), st.booleans(), st.none())


def some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Entry]:
    """Entries that have some of the keys."""
    return st.fixed_dictionaries({}, optional=keys)


def listed(entries: st.SearchStrategy[Entry], key: str) -> st.SearchStrategy[list[Entry]]:
    return st.lists(entries, max_size=3, unique_by=lambda entry: str(entry.get(key)))


customs = listed(
    st.fixed_dictionaries(
        {
            "property": st.sampled_from(["unit", "sourceUnit", "onViolation", "failAbove", "maxLead", "jira"]),
            "value": st.one_of(scalars, st.sampled_from(["warn", "drop", "1%", "1 h"])),
        }
    ),
    "property",
)
options = some(
    minimum=scalars,
    exclusiveMinimum=scalars,
    maximum=scalars,
    exclusiveMaximum=scalars,
    multipleOf=st.integers(1, 6),
    minLength=st.integers(0, 3),
    maxLength=st.integers(0, 3),
    pattern=names,
    format=st.sampled_from(["a", "i32", "i64", "u8", "f32"]),
    required=st.lists(names, unique=True),
)
rules = some(
    name=names,
    type=st.sampled_from(["library", "text", "sql"]),
    metric=st.sampled_from(["nullValues", "invalidValues"]),
    mustBe=scalars,
    mustBeLessThan=st.integers(0, 3),
    severity=st.sampled_from(["error", "warning"]),
    arguments=some(validValues=st.lists(scalars, max_size=3), pattern=names),
    customProperties=customs,
    strange=scalars,
)
leaf = {
    "logicalType": st.sampled_from(["string", "integer", "number", "date", "timestamp", "object"]),
    "physicalType": st.sampled_from(
        ["int", "bigint", "decimal(10,2)", "decimal(12,2)", "varchar(5)", "string", "text", "number"]
    ),
    "physicalName": names,
    "required": st.booleans(),
    "unique": st.booleans(),
    "primaryKey": st.booleans(),
    "primaryKeyPosition": st.integers(1, 3),
    "logicalTypeOptions": options,
    "quality": st.lists(rules, max_size=3),
    "classification": st.sampled_from(["public", "pii"]),
    "customProperties": customs,
    "description": names,
    "id": names,
    "strange": scalars,
    "relationships": st.lists(some(to=names, type=names), max_size=2),
}


def entries(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Entry]]:
    return listed(st.fixed_dictionaries({"name": names}, optional={**leaf, **more}), "name")


documents = some(
    id=names,
    status=st.sampled_from(["active", "retired"]),
    domain=names,
    description=scalars,
    strange=scalars,
    servers=listed(
        st.fixed_dictionaries({"server": names}, optional={"path": names, "format": st.just("delta")}), "server"
    ),
    slaProperties=st.lists(
        some(
            property=st.sampled_from(["latency", "retention", "x"]),
            value=scalars,
            unit=st.sampled_from(["h", "min", "x"]),
        ),
        max_size=3,
    ),
    schema=listed(
        st.fixed_dictionaries(
            {"name": names},
            optional={
                "physicalName": names,
                "id": names,
                "properties": entries(properties=entries()),
                "customProperties": customs,
            },
        ),
        "name",
    ),
    customProperties=customs,
)


@given(documents)
def test_nothing_differs_from_itself(document: Entry) -> None:
    assert compare(document, yaml.safe_load(yaml.safe_dump(document))).changes == ()


@given(documents, documents)
def test_each_change_has_its_reverse_on_the_way_back(old: Entry, new: Entry) -> None:
    assert_reverse(compare(old, new).changes, compare(new, old).changes)


@given(documents, documents)
def test_what_differs_is_never_passed_over(old: Entry, new: Entry) -> None:
    def known(value: Any) -> Any:  # an absent key and an empty value say the same
        if isinstance(value, dict):
            return {key: known(each) for key, each in value.items() if each is not None}
        return [known(each) for each in value] if isinstance(value, list) else (type(value), value)

    assert bool(compare(old, new).changes) == (known(old) != known(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"metric": "rowCount", "mustBeLessThan": 5}, {"metric": "rowCount", "mustBeLessOrEqualTo": 4}),
        ({"metric": "nullValues", "mustBe": 0}, {"metric": "nullValues", "mustBe": 0, "unit": "rows"}),
        ({"metric": "nullValues", "mustBe": 0}, {"metric": "nullValues", "mustBeLessOrEqualTo": 0, "unit": "percent"}),
        (
            {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": [1, 2]}},
            {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": [1.0, 2.0]}},
        ),
    ],
)
def test_a_rule_that_is_written_in_another_way_breaks_nobody(old: Entry, new: Entry) -> None:
    changes = compare(prop(quality=[old]), prop(quality=[new])).changes
    assert {found.kind for found in changes} == {"rewritten"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"mustBeLessThan": 5, "unit": "percent"}, {"mustBeLessOrEqualTo": 4, "unit": "percent"}),
        ({"mustBeLessThan": 5}, {"mustBeLessThan": 5, "unit": "percent"}),
    ],
)
def test_shares_are_no_counts(old: Entry, new: Entry) -> None:
    rules = [{"metric": "invalidValues", "arguments": {"validValues": [1]}, **rule} for rule in (old, new)]
    one, other = (prop(quality=[rule]) for rule in rules)
    assert {found.bump for found in compare(one, other).changes} == {"major"}
