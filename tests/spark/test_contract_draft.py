"""The law of a draft: its contract lets every row that it was drawn from through the gate; and odd data."""

from __future__ import annotations

import gzip
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.compile import compile_table
from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract, Property
from hallmark.lakehouse.errors import DataError
from hallmark.lakehouse.names import BRONZE_METADATA
from hallmark.lakehouse.settings import load_settings
from hallmark.pipelines.contract_draft import Drafted, draft_from, read_source
from hallmark.pipelines.draft_source import Source, find_source


@dataclass(frozen=True)
class Made:
    drafted: Drafted
    contract: Contract
    broken: list[str]

    def __getitem__(self, name: str) -> Property:
        return next(prop for prop in self.contract.objects[0].properties if prop.name == name)


Draft = Callable[..., Made]


@pytest.fixture
def draft(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draft:
    """Draft from files (by name and content) or a place, and judge the same rows by the draft."""
    monkeypatch.chdir(tmp_path)

    def make(*what: str, **files: str | bytes) -> Made:
        for name, content in files.items():
            path = tmp_path / "data" / name.replace("__", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        names = what or tuple(f"data/{name.replace('__', '.')}" for name in files)
        source = find_source(names, load_settings(), file_format=None, out=None)
        drafted = draft_from(spark, source)
        file = tmp_path / "draft.odcs.yaml"
        file.write_text(drafted.text, encoding="utf-8")
        contract = load_contract(file)
        assert contract.warnings == ()
        return Made(drafted, contract, broken(spark, source, contract))

    return make


def broken(spark: SparkSession, source: Source, contract: Contract) -> list[str]:
    """The messages of all errors in the rows that could be read."""
    compiled = compile_table(contract, contract.objects[0])
    if source.finished:
        judged = compiled.check(spark.read.format("delta").load(str(source.delta)))
    else:
        rows, _ = read_source(spark, source)
        judged = compiled.judge(with_metadata(rows.where("_rescued is null")))
    told = Observation()  # a filter on verdicts would make Spark judge a wide row many times over
    messages = F.collect_set(F.get(F.col("_errors"), F.lit(0))["message"]).alias("messages")
    judged.observe(told, messages).select("_errors").write.format("noop").mode("overwrite").save()
    return list(told.get["messages"])


def with_metadata(rows: DataFrame) -> DataFrame:
    missing = [name for name in BRONZE_METADATA if name not in rows.columns]
    types = {name: "timestamp" if name == "_ingested_at" else "string" for name in missing}
    return rows.select("*", *[F.lit(None).cast(types[name]).alias(name) for name in missing])


def csv_of(rows: int, **columns: Callable[[int], object]) -> str:
    lines = [",".join(columns), *[",".join(str(cell(i)) for cell in columns.values()) for i in range(rows)]]
    return "\n".join(lines) + "\n"


EVERYTHING = csv_of(
    200,
    EventId=lambda i: i,
    ContextTokens=lambda i: i * 37 % 5000,
    Big=lambda i: i * 10**10,
    ratio=lambda i: i / 200,
    BilledCost=lambda i: f"{i}e-11",
    price=lambda i: f"{i}.50",
    zip=lambda i: f"0{1000 + i}",
    created_ms=lambda i: 1_700_000_000_000 + i,
    at=lambda i: f"2024-01-01 00:{i % 60:02}:07.1234567",
    day=lambda i: f"2024-02-{1 + i % 28:02}",
    us_day=lambda i: f"{1 + i % 12}/{1 + i % 28}/2024",
    is_on=lambda i: "true" if i % 2 else "FALSE",
    qos=lambda i: ["LS", "no", "Burstable"][i % 3],
    pod=lambda i: f"openb-pod-{i:04}",
    hash=lambda i: f"{i:032x}",
    email=lambda i: f"user{i}@example.com",
    gap=lambda i: "" if i % 2 else i,
    nothing=lambda _: "",
    mixed=lambda i: "oops" if i == 7 else i,
    padded=lambda i: f"  {i} ",
)


def test_a_draft_of_everything_reads_every_row_and_knows_its_types(draft: Draft) -> None:
    made = draft(events__csv=EVERYTHING)
    assert made.broken == []
    types = {prop.name: prop.spark_type for prop in made.contract.objects[0].properties}
    assert types == {
        "event_id": "int", "context_tokens": "int", "big": "bigint", "ratio": "double", "billed_cost": "decimal(38,15)",
        "price": "decimal(38,2)", "zip": "string", "created_ms": "timestamp", "at": "timestamp", "day": "date",
        "us_day": "date", "is_on": "boolean", "qos": "string", "pod": "string", "hash": "string", "email": "string",
        "gap": "int", "nothing": "string", "mixed": "string", "padded": "int",
    }  # fmt: skip


def test_a_draft_of_everything_has_the_rules_that_the_data_carry(draft: Draft) -> None:
    made = draft(events__csv=EVERYTHING)
    assert made.contract.objects[0].key == ("event_id",)
    assert (made["context_tokens"].minimum, made["context_tokens"].unit) == ("0", "tokens")
    assert (made["ratio"].minimum, made["ratio"].maximum) == ("0", "1")
    assert made["created_ms"].source_unit == "ms"
    assert made["us_day"].format == "M/d/yyyy"
    assert [rule.arguments for rule in made["qos"].quality] == [{"validValues": ["Burstable", "LS", "no"]}]
    assert made["pod"].pattern == "^openb-pod-[0-9]+$"
    assert made["hash"].pattern == "^[0-9a-f]{32}$"
    assert made["email"].personal
    assert "example" not in made.drafted.text
    assert [prop.name for prop in made.contract.objects[0].properties if not prop.required] == [
        "gap",
        "nothing",
        "mixed",
    ][:2]


def test_a_key_of_two_columns_is_found(draft: Draft) -> None:
    text = csv_of(
        200, value=lambda i: i % 7, pod_id=lambda i: f"p{i % 10}", at=lambda i: f"2024-01-01 00:00:{i // 10:02}"
    )
    assert draft(readings__csv=text).contract.objects[0].key == ("pod_id", "at")


def test_two_spellings_of_one_key_are_no_key(draft: Draft) -> None:
    text = csv_of(200, event_id=lambda i: i if i < 199 else "7.0")
    assert draft(events__csv=text).contract.objects[0].key == ()


def test_a_word_for_null_is_told_to_the_reader(draft: Draft) -> None:
    made = draft(
        bill__csv=csv_of(50, cost=lambda i: "NULL" if i % 2 else i / 8, zone=lambda i: "NULL" if i % 3 else "a")
    )
    assert made.contract.servers[0].options == {"nullValue": "NULL"}
    assert (made.broken, made["cost"].spark_type, made["cost"].required) == ([], "decimal(38,2)", False)


def test_nan_among_parquet_doubles_is_read_as_null(draft: Draft, spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(
        "select if(id = 3, double('NaN'), id / 7) as v, cast(id as decimal(9,2)) as d, "
        "date'2024-01-01' + cast(id as int) as day, timestamp'2024-01-01 00:00:00' as at, array(id) as many, "
        "cast(id as string) as text, id % 2 = 0 as even from range(100)"
    ).coalesce(1).write.parquet(str(tmp_path / "p"))
    made = draft(str(next((tmp_path / "p").glob("*.parquet"))))
    assert made.broken == []
    assert (made["v"].spark_type, made["v"].transform) == ("double", "nullif(`v`, 'NaN')")
    assert {prop.name: prop.spark_type for prop in made.contract.objects[0].properties} == {
        "v": "double", "d": "decimal(9,2)", "day": "date", "at": "timestamp", "many": "string", "text": "string",
        "even": "boolean",
    }  # fmt: skip


def test_a_finished_delta_table_keeps_its_names_and_types(draft: Draft, spark: SparkSession, tmp_path: Path) -> None:
    rows = spark.sql(
        "select id as EventId, if(id = 3, double('NaN'), id / 100) as ratio, 'x' as _source from range(100)"
    )
    rows.write.format("delta").save(str(tmp_path / "table"))
    made = draft("table")
    assert made.broken == []
    assert made.contract.servers[0].format == "delta"
    assert [(p.name, p.spark_type, p.maximum) for p in made.contract.objects[0].properties] == [
        ("EventId", "bigint", None),
        ("ratio", "double", None),
    ]


def test_nested_json_is_kept_as_text(draft: Draft) -> None:
    lines = [json.dumps({"id": i, "usage": {"tokens": i}, "tags": ["a"]}) for i in range(40)]
    made = draft(calls__jsonl="\n".join(lines))
    assert (made.broken, made["usage"].spark_type, made["id"].spark_type) == ([], "string", "int")
    assert made.drafted.text.count("# JSON objects or arrays, kept as text") == 2


def test_names_that_are_not_plain_are_made_plain_and_kept_as_source(draft: Draft) -> None:
    made = draft(odd__csv="Größe (cm),東京,2xx,a`b,id,ID,_file\n1,2,3,4,5,6,7\n")
    names = {prop.name: prop.source for prop in made.contract.objects[0].properties}
    assert names == {
        "grosse_cm": "Größe_cm_", "column_2": "東京", "n_2xx": "2xx", "a_b": "a_b", "id": "id", "id_2": "ID_2",
        "source_file": "source_file",
    }  # fmt: skip
    assert made.broken == []
    assert "# the header of odd.csv has 'id' more than once: the later ones got a number" in made.drafted.text


def test_a_wide_file_is_drafted(draft: Draft) -> None:
    made = draft(wide__csv=csv_of(40, **{f"c{i}": lambda row, i=i: row * i for i in range(150)}))
    assert (made.drafted.columns, made.broken) == (150, [])


def test_few_rows_give_types_and_no_rules(draft: Draft) -> None:
    made = draft(few__csv="event_id,tokens\n1,5\n2,6\n")
    assert "# 2 rows are too few for rules (30 at least): these are types and guesses" in made.drafted.text
    assert [(p.required, p.minimum, p.key_position) for p in made.contract.objects[0].properties] == [
        (False, None, None)
    ] * 2


def test_rows_that_cannot_be_read_are_left_out_and_counted(draft: Draft) -> None:
    lines = [json.dumps({"id": i}) for i in range(40)]
    made = draft(calls__jsonl="\n".join([*lines, "not json"]))
    assert (made.drafted.rows, made.drafted.unreadable, made.broken) == (40, 1, [])
    assert "# 1 of 41 rows can't be read as a row and is left out" in made.drafted.text


def test_a_file_with_unreadable_rows_alone_is_refused(draft: Draft) -> None:
    with pytest.raises(DataError) as letter:
        draft(calls__jsonl='{"id": 1\n{"id": 2\n')
    assert letter.value.what in {"no rows to draft from", "the layout of the JSON file is not known"}


def test_the_same_data_give_the_same_draft(draft: Draft) -> None:
    assert draft(events__csv=EVERYTHING).drafted.text == draft(events__csv=EVERYTHING).drafted.text


@pytest.mark.parametrize(
    "columns",
    [
        {"amount": ["1E-10", "2.5e3", "7", "1e-18", "123456789012345678.5"]},
        {"amount": ["1e-19", "1", "2"]},
        {"n": ["2147483647", "-2147483648", "12.0", "+5", "7."]},
        {"n": ["9223372036854775807", "-1", "00", "0", "1"]},
        {"n": ["9223372036854775808", "1", "2"]},
        {"created_at": ["1700000000.123456789", "978307200", "4102444799"]},
        {"at": ["2024-01-01", "2024-01-01T00:00Z", "2024-01-01 00:00:00.123456789 +01:00"]},
        {"d": ["2024-1-1", "2024-12-31"]},
        {"d": ["0000-01-01", "9999-12-31", "1999-02-28"]},
        {"s": [" a", "a ", "a"], "t": ["x\ty", "ü", "日本"]},
        {"code": ["A-1", "A-2", "B-3"], "curr_currency": ["USD", "EUR", "USD"]},
        {"used_pct": ["0", "100", "99.9"], "util": ["0", "1", "0.5"], "hour": ["0", "23", "24"]},
        {"flag": ["y", "n", "Y"], "is_x": ["0", "1", "0"]},
        {"ip": ["1.2.3.4", "::1", "999.1.1.1"], "card_number": ["4111111111111111", "4111111111111111", "1"]},
    ],
    ids="_".join,
)
def test_no_row_is_refused_at_the_edges_of_types(draft: Draft, columns: dict[str, list[str]]) -> None:
    made = draft(edge__csv=csv_of(120, **{name: _around(texts) for name, texts in columns.items()}))
    assert made.broken == []


def _around(texts: list[str]) -> Callable[[int], Any]:
    return lambda i: texts[i % len(texts)]


def test_a_column_that_begins_with_an_underscore_is_the_sources_own(draft: Draft) -> None:
    made = draft(mongo__jsonl="\n".join(json.dumps({"_id": i, "_file": "a"}) for i in range(40)))
    assert {prop.name: prop.source for prop in made.contract.objects[0].properties} == {
        "id": "_id",
        "source_file": "source_file",
    }
    assert made.broken == []


def test_a_file_that_breaks_off_is_named(draft: Draft, tmp_path: Path) -> None:
    rows = (f"{secrets.token_hex(30)},1\n" for _ in range(40_000))
    whole = gzip.compress("".join(["a,b\n", *rows]).encode())
    with pytest.raises(DataError) as letter:
        draft(broken__csv__gz=whole[: len(whole) - 1000])
    assert (letter.value.what, letter.value.where) == ("a file can't be read", str(tmp_path / "data" / "broken.csv.gz"))
