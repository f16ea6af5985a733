"""Planned changes are valid, the same for one seed, and of every kind that change data capture must bear."""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallmark.contracts.loader import load_contracts
from hallmark.contracts.model import Property, SchemaObject
from hallmark.lakehouse.settings import PACKAGE_ROOT
from hallmark.pipelines.stack.operations import Delete, Insert, Operation, Rekey, Row, Update
from hallmark.pipelines.stack.population import Keys
from hallmark.pipelines.stack.tables import SCHEMA, SEGMENTS, STATUSES, TABLES
from hallmark.pipelines.stack.workload import first_rows, plan

SEEDS = st.integers(0, 2**32)
MANY = 3_000
ENUMS = {f"{SCHEMA}.segment": SEGMENTS, f"{SCHEMA}.deployment_status": STATUSES}
BOUNDS = {
    "minimum": operator.ge, "maximum": operator.le, "exclusive_minimum": operator.gt, "exclusive_maximum": operator.lt,
}  # fmt: skip


class Database:
    """What PostgreSQL would hold: it refuses what PostgreSQL refuses."""

    def __init__(self, operations: Sequence[Operation] = ()) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {table: {} for table in TABLES}
        for operation in operations:
            self.do(operation)

    def do(self, operation: Operation) -> None:
        """Change the rows, or fail."""
        rows = self.rows[operation.table]
        if isinstance(operation, Insert):
            key = str(operation.row[TABLES[operation.table].key])
            assert key not in rows, "unique"
            assert list(operation.row) == list(TABLES[operation.table].column_names)
            rows[key] = dict(operation.row)
        elif isinstance(operation, Update):
            assert TABLES[operation.table].key not in operation.values
            rows[operation.key].update(operation.values)
        elif isinstance(operation, Rekey):
            assert operation.new_key not in rows, "unique"
            row = rows.pop(operation.key)
            rows[operation.new_key] = {**row, TABLES[operation.table].key: operation.new_key}
            for child, column in self._referring(operation.table, operation.key):
                child[column] = operation.new_key
        else:
            assert not list(self._referring(operation.table, operation.key)), "foreign key"
            del rows[operation.key]

    def _referring(self, table: str, key: str) -> list[tuple[dict[str, Any], str]]:
        return [
            (row, column)
            for name, child in TABLES.items()
            for column, parent in child.references.items()
            if parent == table
            for row in self.rows[name].values()
            if row[column] == key
        ]

    def keys(self) -> Keys:
        """What the planner starts from."""
        return {
            name: {
                key: {column: row[column] for column in TABLES[name].references} for key, row in sorted(rows.items())
            }
            for name, rows in self.rows.items()
        }

    def check(self) -> None:
        """Types, nulls, references and conditions of every row."""
        for name, rows in self.rows.items():
            for key, row in rows.items():
                check_row(name, row)
                assert row[TABLES[name].key] == key
                for column, parent in TABLES[name].references.items():
                    assert row[column] in self.rows[parent], "foreign key"


def check_row(table: str, row: Row) -> None:
    """A row fits the columns."""
    for column in TABLES[table].columns:
        value = row[column.name]
        assert value is not None or column.nullable, f"{table}.{column.name} is null"
        if column.type in ENUMS:
            assert value in ENUMS[column.type]
        if isinstance(value, str):
            assert "\0" not in value, "no text of PostgreSQL holds this character"
    if table == "node_pools":
        assert row["min_instances"] <= row["max_instances"]  # type: ignore[operator]


@pytest.fixture(scope="module")
def many() -> list[Operation]:
    return plan(7, MANY, started().keys())


@pytest.fixture(scope="module")
def platform() -> dict[str, SchemaObject]:
    (contract,) = [
        each for each in load_contracts(PACKAGE_ROOT / "contracts") if each.id == "platform.platform_changes"
    ]
    return {table.name: table for table in contract.objects}


def started() -> Database:
    return Database(list(first_rows()))


@given(seed=SEEDS, changes=st.integers(0, 300))
def test_every_change_is_valid_after_those_before_it(seed: int, changes: int) -> None:
    database = started()
    operations = plan(seed, changes, database.keys())
    assert len(operations) == changes
    for operation in operations:
        database.do(operation)
    database.check()


@given(seed=SEEDS)
def test_an_empty_database_is_filled(seed: int) -> None:
    database = Database(plan(seed, 100, {}))
    database.check()
    assert database.rows["customers"]


@given(seed=SEEDS)
def test_a_second_workload_goes_on_from_the_rows_that_are_there(seed: int) -> None:
    database = started()
    for _ in range(3):
        for operation in plan(seed, 60, database.keys()):
            database.do(operation)
    database.check()


@given(seed=SEEDS, changes=st.integers(0, 150), more=st.integers(0, 150))
def test_one_seed_gives_one_plan_and_more_changes_begin_with_the_same(seed: int, changes: int, more: int) -> None:
    keys = started().keys()
    assert plan(seed, changes + more, keys)[:changes] == plan(seed, changes, keys)


def test_another_seed_gives_another_plan() -> None:
    keys = started().keys()
    assert plan(1, 50, keys) != plan(2, 50, keys)


@given(seed=SEEDS, changes=st.integers(1, 300))
def test_a_transaction_is_a_run_of_changes_and_its_number_rises_by_one(seed: int, changes: int) -> None:
    numbers = [each.transaction for each in plan(seed, changes, started().keys())]
    assert sorted(set(numbers)) == list(range(1, numbers[-1] + 1))
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("kind", [Insert, Update, Rekey, Delete])
def test_every_kind_of_change_comes_in_every_table(many: list[Operation], table: str, kind: type[Operation]) -> None:
    assert any(isinstance(each, kind) and each.table == table for each in many)


def test_a_burst_changes_one_row_often_in_one_commit(many: list[Operation]) -> None:
    updates = Counter((each.transaction, each.table, each.key) for each in many if isinstance(each, Update))
    assert max(updates.values()) >= 5


def test_most_commits_hold_one_change(many: list[Operation]) -> None:
    sizes = Counter(Counter(each.transaction for each in many).values())
    assert sizes[1] > sizes.total() / 2


def test_a_deleted_key_comes_again(many: list[Operation]) -> None:
    deleted: set[tuple[str, str]] = set()
    again = 0
    for each in many:
        if isinstance(each, Delete):
            deleted.add((each.table, each.key))
        elif isinstance(each, Insert):
            again += (each.table, str(each.row[TABLES[each.table].key])) in deleted
    assert again > 5


def test_a_key_that_is_referred_to_changes(many: list[Operation]) -> None:
    database, followed = started(), 0
    for each in many:
        followed += isinstance(each, Rekey) and bool(database._referring(each.table, each.key))
        database.do(each)
    assert followed > 5


def written(operations: Sequence[Operation]) -> list[tuple[str, Row]]:
    """The values that inserts and updates give, by table."""
    inserts = [(each.table, each.row, n) for n, each in enumerate(operations) if isinstance(each, Insert)]
    updates = [(each.table, each.values, n) for n, each in enumerate(operations) if isinstance(each, Update)]
    return [(table, row) for table, row, _ in sorted([*inserts, *updates], key=lambda each: each[2])]


def texts(operations: Sequence[Operation], column: str) -> list[str | bytes]:
    """The texts that a column gets."""
    return [value for _, row in written(operations) if isinstance(value := row.get(column), str | bytes)]


@pytest.mark.parametrize("column", ["model_card", "runbook"])
def test_long_texts_are_long_enough_to_go_out_of_line(many: list[Operation], column: str) -> None:
    lengths = [len(text) for text in texts(many, column)]
    assert min(lengths) > 2_000
    assert max(lengths) > 50_000


@pytest.mark.parametrize(
    ("table", "column"), [("models", "model_card"), ("node_pools", "runbook"), ("customers", "logo")]
)
def test_most_updates_leave_the_long_column_alone(many: list[Operation], table: str, column: str) -> None:
    updates = [each for each in many if isinstance(each, Update) and each.table == table]
    with_text = [each for each in updates if column in each.values]
    assert 0 < len(with_text) < len(updates) / 4


def test_binary_values_are_empty_short_and_long(many: list[Operation]) -> None:
    assert {0, 16, 300, 5000} == {len(value) for value in texts(many, "logo")}


def test_planned_times_rise(many: list[Operation]) -> None:
    times = [row["updated_at"] for _, row in written(many)]
    assert times == sorted(times, key=str)


def breaks(prop: Property, value: Any) -> bool:
    """Whether a value breaks its rules, as the contract is read by a person."""
    if value is None:
        return prop.required
    numbers = {name: Decimal(bound) for name in BOUNDS if (bound := getattr(prop, name)) is not None}
    valid = [set(rule.arguments["validValues"]) for rule in prop.quality if rule.metric == "invalidValues"]
    return (
        any(not BOUNDS[name](Decimal(value), bound) for name, bound in numbers.items())
        or (prop.pattern is not None and not re.search(prop.pattern, value))
        or (prop.min_length is not None and len(value) < prop.min_length)
        or any(value not in values for values in valid)
    )


def test_rows_hold_the_rules_of_the_platforms_contract(
    many: list[Operation], platform: dict[str, SchemaObject]
) -> None:
    broken = [
        (table, prop.name, row[prop.name])
        for table, row in written(many)
        for prop in platform[table].properties
        if prop.name in row and breaks(prop, row[prop.name])
    ]
    assert broken == []


def test_a_rule_that_is_broken_would_be_found(platform: dict[str, SchemaObject]) -> None:
    country = next(prop for prop in platform["customers"].properties if prop.name == "country")
    gpus = next(prop for prop in platform["node_pools"].properties if prop.name == "gpus_per_instance")
    status = next(prop for prop in platform["deployments"].properties if prop.name == "status")
    assert breaks(country, "de")
    assert breaks(gpus, 65)
    assert breaks(status, "gone")
