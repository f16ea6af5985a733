"""A contract in other words: nothing of it is left out in silence, nothing in it is obeyed, order changes nothing."""

from __future__ import annotations

import ast
import html as html_text
import json
import random
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from everything import everything
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hallmark.contracts.exports.claims import AS_IT_CAME
from hallmark.contracts.exports.dbt import dbt_yml
from hallmark.contracts.exports.ddl import spark_ddl
from hallmark.contracts.exports.gx import expectation_suite
from hallmark.contracts.exports.kinds import KINDS, export_files
from hallmark.contracts.exports.page import plain
from hallmark.contracts.exports.pandera_source import pandera_source
from hallmark.contracts.exports.table_claims import claims_of
from hallmark.contracts.exports.words import one_line
from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract
from hallmark.contracts.rules import row_rules
from hallmark.lakehouse.settings import PACKAGE_ROOT

SHIPPED = sorted((PACKAGE_ROOT / "contracts").rglob("*.odcs.yaml"))
SMALL = r"""
apiVersion: v3.1.0
kind: DataContract
id: gold.days
version: 1.0.0
status: active
domain: gold
servers: [{server: warehouse, type: local, path: "gold/days", format: delta}]
schema:
  - name: days
    description: "One row a day; all of them"
    properties:
      - name: day
        logicalType: date
        primaryKey: true
        partitioned: true
        description: "It's the day"
        logicalTypeOptions: {minimum: "2020-01-01"}
      - {name: n, logicalType: integer, physicalType: int, customProperties: [{property: unit, value: rows}]}
      - {name: who, logicalType: string, classification: personal, logicalTypeOptions: {pattern: 'a\\'}}
"""


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return everything(tmp_path_factory.mktemp("contract"))


@pytest.fixture
def small(tmp_path: Path) -> Contract:
    return everything(tmp_path, SMALL)


def files(contract: Contract) -> dict[str, str]:
    return export_files([contract], KINDS, with_index=True)


def shown(name: str, text: str) -> str:
    """What a reader of an export sees, in one line: without the escapes of its language."""
    if name.endswith(".md"):
        text = MarkdownIt("commonmark").enable("table").render(text)
    if name.endswith((".md", ".html")):
        return one_line(html_text.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", text, flags=re.DOTALL)))
    if name.endswith(".json"):
        return " ".join(map(one_line, leaves(json.loads(text))))
    if name.endswith(".yml"):
        words = [line for line in text.splitlines() if line.startswith("#")] + [*map(str, leaves(yaml.safe_load(text)))]
        return one_line(" ".join(words)).replace("{% raw %}", "").replace("{% endraw %}", "")
    if name.endswith(".py"):
        strings = [each.value for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Constant)]
        return one_line(f"{text} {' '.join(map(str, strings))}")
    return one_line(text)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


@pytest.mark.parametrize("kind", KINDS)
def test_every_claim_stands_in_every_export(contract: Contract, kind: str) -> None:
    ((name, text),) = export_files([contract], [kind], with_index=False).items()
    seen = shown(name, text)
    claims = claims_of(contract, contract.objects[0])
    pages = kind in {"markdown", "html"}
    wanted = [claim.says for claim in claims if pages or claim.name not in {"type", "required"}]
    if kind == "dbt":  # it has words of its own for that
        wanted.remove("service level: freshness 24 h of orders.placed_at")
    if pages:  # they show these in tables of their own
        wanted = [claim.says for claim in claims if claim.name not in {"sla", "relationship", "text"}]
    assert len(wanted) > 30
    assert [says for says in wanted if one_line(says) not in seen] == []


@pytest.mark.parametrize("kind", ["ddl", "dbt", "gx", "pandera"])
def test_what_becomes_of_broken_rows_stands_in_every_export(contract: Contract, kind: str) -> None:
    ((name, text),) = export_files([contract], [kind], with_index=False).items()
    seen = shown(name, text)
    for words in (
        "the row is kept out, dropped",
        "the row passes with a warning; above 5 % the load stops",
        "the row is kept out, in quarantine; above 10 rows the load stops",
        "encryptedName of email is documented: its protection is none",
    ):
        assert words in seen
    assert seen.count("ersonal data (") >= 1


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_rule_is_a_claim(file: Path) -> None:
    contract = load_contract(file)
    for table in contract.objects:
        rules = row_rules(table, key_is_unique=True)[1:]
        said = [claim for claim in claims_of(contract, table) if claim.name != "sla"]
        assert {rule.message for rule in rules if not rule.unique_over} <= {claim.says for claim in said}
        assert {claim.name for claim in said if claim.untold == AS_IT_CAME} <= {"transform"}


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_a_page_shows_all_of_the_contract(contract: Contract, suffix: str) -> None:
    seen = shown(f"x{suffix}", files(contract)[f"sales.orders{suffix}"])
    # What a column is like stands there in words, not as a number or a truth value.
    told = [plain(leaf) for leaf in leaves(contract.document) if not isinstance(leaf, bool | int | None)]
    told = [leaf for leaf in told if leaf not in {"object", "array", "integer", "number"}]
    assert len(told) > 150
    assert [leaf for leaf in told if one_line(leaf) not in seen] == []


class Tags(HTMLParser):
    """The tags and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links |= {str(value) for name, value in attrs if name in {"href", "src"}}
        assert not any(name.startswith("on") for name, _ in attrs)


def test_an_html_page_obeys_nothing_of_the_contract(contract: Contract) -> None:
    found = Tags()
    found.feed(files(contract)["sales.orders.html"])
    assert found.tags & {"script", "b", "img", "iframe", "link"} == set()
    assert "javascript:alert(2)" in files(contract)["sales.orders.html"]
    assert {link for link in found.links if not link.startswith(("https://", "#", "index.html"))} == set()
    assert "https://example.org/orders?a=1&b=2" in found.links


def test_a_markdown_page_obeys_nothing_of_the_contract(contract: Contract) -> None:
    text = files(contract)["sales.orders.md"]
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    raw = [t.content for token in tokens for t in [token, *(token.children or [])] if t.type.startswith("html")]
    assert len(raw) == 1  # who wrote it
    assert {token.type for token in tokens} & {"bullet_list_open", "code_block", "blockquote_open"} == set()
    links = {t.attrs["href"] for token in tokens for t in token.children or [] if t.type == "link_open"}
    assert {link for link in links if not str(link).startswith(("https://", "README.md"))} == set()


def test_the_index_leads_to_every_page(contract: Contract, small: Contract) -> None:
    found = export_files([contract, small], ["markdown", "html"], with_index=True)
    links = Tags()
    links.feed(found["index.html"])
    assert links.links - {"#sales", "#gold"} == {"sales.orders.html", "gold.days.html"} <= set(found)
    assert "[Orders \\<b\\>of\\</b\\> the \\| shop](<sales.orders.md>)" in found["README.md"]


def shuffled(value: Any, dice: random.Random) -> Any:
    if isinstance(value, Mapping):
        keys = dice.sample(list(value), len(value))
        return {key: shuffled(value[key], dice) for key in keys}
    return [shuffled(each, dice) for each in value] if isinstance(value, list) else value


@settings(max_examples=15)
@given(seed=st.integers())
def test_the_order_of_keys_changes_nothing(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("shuffled")
    document = everything(folder).document
    mixed = yaml.safe_dump(shuffled(document, random.Random(seed)), sort_keys=False)  # noqa: S311 -- no secret
    assert files(everything(folder, mixed)) == files(everything(folder))


def test_ddl_makes_tables_with_their_constraints(small: Contract) -> None:
    assert spark_ddl(small) == (
        "-- Written by hallmark contract compile from gold.days 1.0.0: change the contract, not this file.\n"
        "-- gold.days\n"
        "-- For new tables: a constraint that is already there can't be added again.\n"
        "-- The columns are the contract's; hallmark's own tables have technical columns beside them.\n"
        "\n"
        "create schema if not exists `gold`;\n"
        "\n"
        "create table `gold`.`days` (\n"
        "  `day` date not null comment 'It\\'s the day.',\n"
        "  `n` int comment 'Unit: rows.',\n"
        "  `who` string comment 'Personal data (personal): its values are masked in reasons.'\n"
        ")\n"
        "using delta\n"
        "partitioned by (`day`)\n"
        "comment 'One row a day; all of them'\n"
        "tblproperties ('hallmark.contract' = 'gold.days', 'hallmark.version' = '1.0.0');\n"
        "\n"
        "-- day: >= 2020-01-01\n"
        "alter table `gold`.`days` add constraint `day_minimum` "
        "check ((`day` < cast('2020-01-01' as date)) is not true);\n"
        "\n"
        "-- who: like a\\\\ .\n"
        "alter table `gold`.`days` add constraint `who_pattern` check ((not (`who` rlike 'a\\\\\\\\')) is not true);\n"
        "\n"
        "-- Not enforced by this table:\n"
        "--   day: unique: Delta has no constraint across rows\n"
    )


def test_a_table_that_is_built_here_is_a_model_of_dbt(small: Contract) -> None:
    text = dbt_yml(small)
    (model,) = yaml.safe_load(text)["models"]
    assert (model["name"], model["config"]["partition_by"]) == ("days", ["day"])
    assert model["data_tests"] == [
        {"primary_key": {"arguments": {"columns": ["day"]}, "description": "day: unique"}},
    ]
    day, n, who = model["columns"]
    assert [next(iter(test)) for test in day["data_tests"]] == ["not_null", "contract_rule"]
    assert n == {"name": "n", "description": "Unit: rows.", "data_type": "int", "config": {"meta": {"unit": "rows"}}}
    assert who["config"]["meta"] == {"classification": "personal", "personal": True}


def test_a_table_that_lands_is_a_source_of_dbt(contract: Contract) -> None:
    (source,) = yaml.safe_load(dbt_yml(contract))["sources"]
    (table,) = source["tables"]
    columns = {column["name"]: column for column in table["columns"]}
    assert (source["name"], table["config"]["loaded_at_field"]) == ("silver", "placed_at")
    assert table["config"]["freshness"] == {"error_after": {"count": 24, "period": "hour"}}
    kinds = {name: [next(iter(test)) for test in column.get("data_tests", [])] for name, column in columns.items()}
    assert kinds["stars"] == ["accepted_values", "contract_measure"]
    # dbt would write 'it's' into its SQL as it stands.
    assert kinds["channel"] == ["contract_rule", "contract_rule", "contract_measure"]
    assert kinds["shop"] == ["contract_rule", "relationships"]
    assert kinds["reference"] == ["contract_rule", "unique"]
    (weight,) = columns["weight"]["data_tests"]
    assert weight["contract_rule"]["config"]["severity"] == "warn"
    fields = columns["address"]["config"]["meta"]["fields"]
    assert [field["name"] for field in fields] == ["address.city", "address.zip"]


def test_a_pandera_module_needs_nothing_of_ours(contract: Contract) -> None:
    tree = ast.parse(pandera_source(contract))
    imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imports == {"datetime", "pandera.pyspark", "pyspark.sql.types"}


@pytest.mark.filterwarnings("default")  # pandera's own imports warn
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_a_pandera_module_of_a_shipped_contract_runs(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # pandera imports pyspark.pandas, which makes pyarrow ignore time zones in the whole process unless this is set.
    monkeypatch.setenv("PYARROW_IGNORE_TIMEZONE", "")
    contract = load_contract(file)
    made: dict[str, Any] = {}
    exec(compile(pandera_source(contract), "exported_pandera.py", "exec"), made)  # noqa: S102 -- it is a program
    for table in contract.objects:
        assert [*made["SCHEMAS"][table.name].columns] == [prop.name for prop in table.properties]


def test_a_suite_says_what_it_does_not_say(contract: Contract) -> None:
    suite = json.loads(expectation_suite(contract, contract.objects[0]))
    left = [words.partition(":")[0] for words in suite["meta"]["not_said"]]
    assert left.count("amount") == 1  # a multiple of
    assert {"address", "tags", "parts[].sku", "Orders are checked by hand on Mondays."} <= set(left)
    assert suite["meta"]["personal"]["columns"] == ["email", "address"]
    severities = {each["meta"]["says"]: each.get("severity") for each in suite["expectations"]}
    assert (severities["weight: <= 1000.5"], severities["quantity: >= 0"]) == ("warning", "critical")


def test_no_export_names_a_place_of_this_machine(contract: Contract) -> None:
    folder = str(contract.file.parent)
    assert [name for name, text in files(contract).items() if folder in text] == []
