"""Stages: a source's columns and those that are made of them, as AutomateDV documents them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

INPUTS = {
    # a name with a blank can't be written as DDL of a test's input, so a view puts it there
    "raw_customer": "CUSTOMER_ID string, NAME string, PHONE string, BOOKED date, LOAD_DATE timestamp",
}
HEAD = "{%- set yaml_metadata -%}\n"
TAIL = """
{%- endset -%}
{%- set metadata = fromyaml(yaml_metadata) -%}
{{ hallmark.stage(include_source_columns=metadata.get('include_source_columns', true),
                  source_model=metadata.get('source_model', 'raw'), derived_columns=metadata['derived_columns'],
                  null_columns=metadata['null_columns'], hashed_columns=metadata['hashed_columns'],
                  ranked_columns=metadata['ranked_columns']) }}"""

GOOD = {
    "only_source": "x: 1",
    "from_source": "source_model: {outside_source: raw_customer}",
    "derived": """
derived_columns:
  RECORD_SOURCE: "!CRM's \\\\ own"
  EFFECTIVE_FROM: "LOAD_DATE"
  LOUD: "upper(NAME) || '!'"
  ONE: 1
  KEY:
    - "CUSTOMER_ID"
    - "year(LOAD_DATE)"
    - "!DEV"
  BOOKED:
    source_column: "BOOKING DATE"
    escape: true
  BOOKED_TEXT:
    source_column: ["BOOKING DATE", "!X", "NAME"]
    escape: true
  NOT_BOOKED: "`BOOKING DATE` is null"
  SAME_DAY: "Booking Date"
""",
    "only_derived": """
include_source_columns: false
derived_columns: {RECORD_SOURCE: "!CRM", EFFECTIVE_FROM: "LOAD_DATE"}
""",
    "overridden": """
derived_columns: {NAME: "upper(NAME)", was: NAME, load_date: "cast(LOAD_DATE as date)"}
hashed_columns: {PHONE: NAME, NAME_HK: NAME}
""",
    "nulls": """
null_columns:
  required: [CUSTOMER_ID]
  optional: [NAME, "PHONE"]
hashed_columns: {CUSTOMER_HK: CUSTOMER_ID, NAME_HK: NAME, ORIGINAL_HK: CUSTOMER_ID_ORIGINAL}
""",
    "only_nulls": "include_source_columns: false\nnull_columns: {required: CUSTOMER_ID}",
    "null_derived": "derived_columns: {REF: \"nullif(PHONE, '1')\"}\nnull_columns: {optional: REF}",
    "hashed": """
derived_columns: {SOURCE: "!crm"}
hashed_columns:
  CUSTOMER_HK: "customer_id"
  LINK_HK: [PHONE, CUSTOMER_ID]
  DICT_HK: {columns: [PHONE, CUSTOMER_ID]}
  HASHDIFF: {is_hashdiff: true, columns: [PHONE, "!9999-12-31", CUSTOMER_ID, "BOOKING DATE"]}
  SOURCE_HD: {is_hashdiff: true, columns: [SOURCE, NAME]}
  ALIASED_HD: {is_hashdiff: true, columns: [{source_column: NAME, alias: A}, {source_column: CUSTOMER_ID, alias: B}]}
  DAY_HK: ["LOAD_DATE::date", "NAME || '!'", "PHONE||CUSTOMER_ID"]
""",
    "only_hashed": "include_source_columns: false\nhashed_columns: {CUSTOMER_HK: CUSTOMER_ID}",
    "excluded": """
derived_columns: {SOURCE: "!crm"}
null_columns: {required: CUSTOMER_ID}
hashed_columns:
  SOME: {is_hashdiff: true, exclude_columns: true, columns: [phone, "booking date", LOAD_DATE, CUSTOMER_HK]}
  IN_ORDER: {exclude_columns: true, columns: [PHONE, LOAD_DATE, SOURCE]}
""",
    "all_hashed": """
include_source_columns: false
source_model: raw_customer
hashed_columns: {EVERYTHING: {is_hashdiff: true, exclude_columns: true}}
""",
    "ranked": """
include_source_columns: false
derived_columns: {WHO: NAME}
hashed_columns: {CUSTOMER_HK: CUSTOMER_ID}
ranked_columns:
  R: {partition_by: CUSTOMER_HK, order_by: LOAD_DATE}
  LATEST: {partition_by: CUSTOMER_HK, order_by: {LOAD_DATE: DESC}}
  DENSE: {partition_by: [CUSTOMER_HK], order_by: [LOAD_DATE], dense_rank: true}
  BOTH: {partition_by: [CUSTOMER_HK, "BOOKING DATE"], order_by: [{LOAD_DATE: DESC}, {WHO: asc}]}
  TEXT: {partition_by: CUSTOMER_HK, order_by: "LOAD_DATE desc"}
""",
    "ranked_casts": """
ranked_columns:
  R: {partition_by: "LOAD_DATE::date", order_by: ["PHONE::int", {"CUSTOMER_ID::int": DESC}]}
  TEXT: {partition_by: [CUSTOMER_ID, "LOAD_DATE::date"], order_by: "PHONE::int desc"}
""",
    "only_ranked": """
include_source_columns: false
ranked_columns: {AUTOMATE_DV_RANK: {partition_by: CUSTOMER_ID, order_by: LOAD_DATE}}
""",
    "of_ephemeral": """
source_model: passing
derived_columns: {SOURCE: "!crm"}
null_columns: {required: CUSTOMER_ID}
hashed_columns: {CUSTOMER_HK: CUSTOMER_ID}
""",
}
# what is wrong with a stage: its configuration, the argument that the letter names, what it got
BAD = {
    "unknown_hashed": (
        "hashed_columns: {CUSTOMER_HK: CUSTOMER_NO}",
        "hashed_columns.CUSTOMER_HK",
        "the column CUSTOMER_NO wanted: one of CUSTOMER_ID, NAME, PHONE, BOOKING DATE, LOAD_DATE",
    ),
    "hash_of_hash": ("hashed_columns: {A_HK: NAME, B_HK: A_HK}", "hashed_columns.B_HK", "the column A_HK"),
    "typo": (
        "hashed_columns: {HASHDIFF: {is_hashdif: true, columns: [NAME]}}",
        "hashed_columns.HASHDIFF",
        "is_hashdif wanted: one of is_hashdiff, columns, exclude_columns",
    ),
    "nothing_hashed": ("hashed_columns: {HASHDIFF: {is_hashdiff: true}}", "hashed_columns.HASHDIFF", "no columns"),
    "twice": ("hashed_columns: {NAME_HK: NAME, name_hk: PHONE}", "hashed_columns", "the column name_hk twice"),
    "null_twice": ("null_columns: {required: NAME, optional: name}", "null_columns", "the column name_ORIGINAL twice"),
    "unknown_null": ("null_columns: {required: CUSTOMER_NO}", "null_columns.required", "the column CUSTOMER_NO"),
    "null_kind": ("null_columns: {needed: NAME}", "null_columns", "needed wanted: one of required, optional"),
    "original": (
        'derived_columns: {NAME_ORIGINAL: "!x"}\nnull_columns: {required: NAME}',
        "null_columns.required",
        "a column NAME_ORIGINAL that is there already",
    ),
    "unknown_derived": (
        "derived_columns: {EFFECTIVE_FROM: BOOKING_DAY}",
        "derived_columns.EFFECTIVE_FROM",
        "the column BOOKING_DAY",
    ),
    "unknown_escaped": (
        'derived_columns: {A: {source_column: "NO NAME", escape: true}}',
        "derived_columns.A",
        "the column NO NAME",
    ),
    "no_partition": ("ranked_columns: {R: {order_by: NAME}}", "ranked_columns.R", "no partition_by"),
    "no_order": ("ranked_columns: {R: {partition_by: NAME}}", "ranked_columns.R", "no order_by"),
    "direction": (
        "ranked_columns: {R: {partition_by: NAME, order_by: {PHONE: down}}}",
        "ranked_columns.R",
        "order_by PHONE: down wanted: ASC or DESC",
    ),
    "unknown_ranked": (
        "ranked_columns: {R: {partition_by: NOBODY, order_by: PHONE}}",
        "ranked_columns.R",
        "the column NOBODY",
    ),
    "rank_is_there": (
        "ranked_columns: {NAME: {partition_by: NAME, order_by: PHONE}}",
        "ranked_columns.NAME",
        "the name of a column that is there already",
    ),
    "no_dictionary": ("hashed_columns: [CUSTOMER_HK]", "hashed_columns", "['CUSTOMER_HK'] wanted: a dictionary"),
    "nothing": ("include_source_columns: false", "include_source_columns", "false"),
    "no_source": ("source_model:", "source_model", "nothing wanted: a value"),
    "two_sources": (
        "source_model: [raw, raw_customer]",
        "source_model",
        "['raw', 'raw_customer'] wanted: one model's name",
    ),
    "blind": (
        "source_model: passing\nhashed_columns: {H: {exclude_columns: true, columns: NAME}}",
        "hashed_columns.H",
        "exclude_columns, and a source whose columns are not known",
    ),
}
MODELS = {
    "raw": "select CUSTOMER_ID, NAME, PHONE, BOOKED as `BOOKING DATE`, LOAD_DATE from {{ ref('raw_customer') }}",
    "passing": "{{ config(materialized='ephemeral') }} select * from {{ ref('raw_customer') }}",
    **{f"stg_{name}": HEAD + text + TAIL for name, text in GOOD.items()},
    **{f"stg_{name}": HEAD + text + TAIL for name, (text, _, _) in BAD.items()},
    "stg_positional": "{{ hallmark.stage(false, 'raw', {'S': '!x'}, none, {'H': 'NAME'}) }}",
}
ANN = ("1", "Ann", "555", "2026-01-05", "2026-02-01")


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    folder = tmp_path_factory.mktemp("stages")
    schema = f"vault_{folder.name}".replace("-", "_").lower()
    tables = "[{name: raw_customer}]"
    sources = f"version: 2\nsources: [{{name: outside_source, schema: {schema}, tables: {tables}}}]\n"
    project = VaultProject(
        spark, folder, MODELS, INPUTS, materialized="view", files={"models/inputs/sources.yml": sources}
    )
    project.load(raw_customer=[ANN])
    project.run("raw")
    return project


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def staged(vault: VaultProject, name: str, *rows: tuple[Any, ...], variables: dict[str, Any] | None = None) -> Any:
    """The one row of a stage over these rows of the source, as a dictionary; all rows, when there are several."""
    vault.load(raw_customer=rows or [ANN])
    answer = vault.command("run", "--select", f"stg_{name}", "--vars", json.dumps(variables or {}))
    assert answer.success, answer.result.results[0].message
    found = [row.asDict() for row in vault.table(f"stg_{name}").collect()]
    return found[0] if len(found) == 1 else found


def columns(vault: VaultProject, name: str) -> list[str]:
    return vault.table(f"stg_{name}").columns


@pytest.mark.parametrize("name", ["only_source", "from_source"])
def test_a_stage_of_nothing_else_is_its_source(vault: VaultProject, name: str) -> None:
    found = staged(vault, name)
    assert [str(found[column]) for column in ("CUSTOMER_ID", "NAME", "PHONE")] == ["1", "Ann", "555"]
    assert len(found) == 5


def test_derived_columns(vault: VaultProject) -> None:
    found = staged(vault, "derived")
    assert columns(vault, "derived")[:5] == ["CUSTOMER_ID", "NAME", "PHONE", "BOOKING DATE", "LOAD_DATE"]
    assert found["RECORD_SOURCE"] == "CRM's \\ own"
    assert found["EFFECTIVE_FROM"] == found["LOAD_DATE"]
    assert found["LOUD"] == "ANN!"
    assert found["ONE"] == 1
    assert found["KEY"] == "1||2026||DEV"
    assert found["BOOKED"] == found["SAME_DAY"] == found["BOOKING DATE"]
    assert found["BOOKED_TEXT"] == "2026-01-05||X||Ann"
    assert found["NOT_BOOKED"] is False


def test_lists_are_joined_by_a_variable(vault: VaultProject) -> None:
    assert staged(vault, "derived", variables={"concat_string": "-"})["KEY"] == "1-2026-DEV"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("only_derived", ["RECORD_SOURCE", "EFFECTIVE_FROM"]),
        ("only_nulls", ["CUSTOMER_ID_ORIGINAL", "CUSTOMER_ID"]),
        ("only_hashed", ["CUSTOMER_HK"]),
        ("only_ranked", ["AUTOMATE_DV_RANK"]),
        ("all_hashed", ["EVERYTHING"]),
        ("positional", ["S", "H"]),
    ],
)
def test_without_the_columns_of_the_source(vault: VaultProject, name: str, expected: list[str]) -> None:
    staged(vault, name)
    assert columns(vault, name) == expected


def test_a_made_column_takes_the_place_of_one_of_its_name(vault: VaultProject) -> None:
    found = staged(vault, "overridden")
    assert columns(vault, "overridden") == [
        "CUSTOMER_ID", "BOOKING DATE", "NAME", "was", "load_date", "PHONE", "NAME_HK"
    ]  # fmt: skip
    assert (found["NAME"], found["was"]) == ("ANN", "Ann")  # derived columns see the source, not each other
    assert str(found["load_date"]) == "2026-02-01"
    assert found["PHONE"] == found["NAME_HK"] == md5("ANN")


def test_keys_that_are_null_are_replaced_before_they_are_hashed(vault: VaultProject) -> None:
    found = staged(vault, "nulls", (None, None, "7", None, None))
    assert {name: found[name] for name in ("CUSTOMER_ID", "NAME", "PHONE")} == {
        "CUSTOMER_ID": "-1", "NAME": "-2", "PHONE": "7"
    }  # fmt: skip
    assert (found["CUSTOMER_ID_ORIGINAL"], found["NAME_ORIGINAL"], found["PHONE_ORIGINAL"]) == (None, None, "7")
    assert found["CUSTOMER_HK"] == "6BB61E3B7BCE0931DA574D19D1D82C88"
    assert found["NAME_HK"] == "5D7B9ADCBE1C629EC722529DD12E5129"
    assert found["ORIGINAL_HK"] is None


def test_what_stands_for_a_null_is_a_variable(vault: VaultProject) -> None:
    variables = {"null_key_required": "none'", "null_key_optional": -9}
    found = staged(vault, "nulls", (None, None, None, None, None), variables=variables)
    assert (found["CUSTOMER_ID"], found["NAME"], found["PHONE"]) == ("none'", "-9", "-9")


def test_an_empty_key_is_no_null(vault: VaultProject) -> None:
    assert staged(vault, "nulls", ("", "", "", None, None))["CUSTOMER_ID"] == ""


def test_null_columns_see_derived_ones(vault: VaultProject) -> None:
    found = staged(vault, "null_derived", ("1", "a", "1", None, None))
    assert (found["REF"], found["REF_ORIGINAL"]) == ("-2", None)


def test_hashed_columns(vault: VaultProject) -> None:
    found = staged(vault, "hashed")
    assert found["CUSTOMER_HK"] == md5("1")
    assert found["LINK_HK"] == found["DICT_HK"] == md5("555||1")
    assert found["HASHDIFF"] == md5("9999-12-31||2026-01-05||1||555")
    assert found["SOURCE_HD"] == md5("ANN||CRM")
    assert found["ALIASED_HD"] == md5("ANN||1")
    assert found["DAY_HK"] == md5("2026-02-01||ANN!||5551")


def test_hashes_of_nothing(vault: VaultProject) -> None:
    found = staged(vault, "hashed", (None, None, " ", None, None))
    assert (found["CUSTOMER_HK"], found["LINK_HK"], found["DICT_HK"]) == (None, None, None)
    assert found["ALIASED_HD"] == md5("^^||^^")


def test_a_hash_of_all_columns_but_some(vault: VaultProject) -> None:
    found = staged(vault, "excluded")
    assert found["SOME"] == md5("1||ANN||CRM")  # CUSTOMER_ID, NAME, SOURCE
    assert found["IN_ORDER"] == md5("ANN||2026-01-05||1")  # NAME, BOOKING DATE, then CUSTOMER_ID of the null columns


def test_a_hash_of_all_columns(vault: VaultProject) -> None:
    assert staged(vault, "all_hashed")["EVERYTHING"] == md5("2026-01-05||1||2026-02-01 00:00:00||ANN||555")


def test_ranked_columns(vault: VaultProject) -> None:
    rows = [("1", "a", "", None, f"2026-01-0{day}") for day in (1, 1, 2)] + [("2", "z", "", None, "2026-01-09")]
    found = sorted(
        (row["WHO"], row["R"], row["LATEST"], row["DENSE"], row["BOTH"], row["TEXT"])
        for row in staged(vault, "ranked", *rows)
    )
    assert found == [("a", 1, 2, 1, 2, 2), ("a", 1, 2, 1, 2, 2), ("a", 3, 1, 2, 1, 1), ("z", 1, 1, 1, 1, 1)]


def test_a_source_that_is_ephemeral(vault: VaultProject) -> None:
    found = staged(vault, "of_ephemeral", (None, "Ann", "", None, None))
    assert (found["NAME"], found["CUSTOMER_ID"], found["SOURCE"]) == ("Ann", "-1", "crm")
    assert found["CUSTOMER_HK"] == md5("-1")


def test_ranked_columns_take_casts(vault: VaultProject) -> None:
    day = "2026-01-01"
    rows = [("9", "a", "10", None, f"{day} 08:00"), ("9", "b", "9", None, f"{day} 09:00"), ("10", "c", "9", None, day)]
    found = sorted((row["NAME"], row["R"], row["TEXT"]) for row in staged(vault, "ranked_casts", *rows))
    assert found == [("a", 3, 1), ("b", 2, 2), ("c", 1, 1)]  # 10 is behind 9; as text it would be before


def test_an_empty_source(vault: VaultProject) -> None:
    vault.load(raw_customer=[])
    vault.run("stg_hashed")
    assert vault.rows("stg_hashed") == []


@pytest.mark.parametrize("name", BAD)
def test_what_makes_no_sense_is_a_letter(vault: VaultProject, name: str) -> None:
    vault.load(raw_customer=[ANN])
    _, argument, got = BAD[name]
    assert f"stage({argument}) in stg_{name} got: {got}" in " ".join(vault.refusal(f"stg_{name}").split())
