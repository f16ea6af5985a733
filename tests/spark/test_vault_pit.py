"""Point-in-time tables: for each key and as-of date the row of each satellite, as AutomateDV documents them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pyspark.sql import SparkSession
from vaults import VaultProject

GHOST = ("0" * 32, "1900-01-01")
INPUTS = {
    "hub_customer": "CUSTOMER_HK string, REGION string, LOAD_DATE timestamp",
    "hub_binary": "CUSTOMER_HK binary, LOAD_DATE date",
    "hub_two": "A_HK string, order string, LOAD_DATE timestamp",
    "as_of": "AS_OF_DATE timestamp",
    "as_of_days": "AS_OF_DATE date",
    "as_of_lost": "OTHER date",
    "SAT_DETAILS": "CUSTOMER_HK string, LOAD_DATE timestamp",
    "SAT_LOGIN": "CUSTOMER_FK string, LOADED timestamp",
    "SAT_BINARY": "CUSTOMER_HK binary, LOAD_DATE date",
    "SAT_TWO": "A string, B string, LOAD_DATE timestamp",
    "stg_details": "LOAD_DATE timestamp",
    "stg_login": "LOADED timestamp",
}
SATELLITES = (
    "{'SAT_DETAILS': {'pk': {'PK': 'CUSTOMER_HK'}, 'ldts': {'LDTS': 'LOAD_DATE'}},"
    " 'SAT_LOGIN': {'pk': {'FK': 'CUSTOMER_FK'}, 'ldts': {'LOADED': 'LOADED'}}}"
)
STAGES = "{'stg_details': 'LOAD_DATE', 'stg_login': 'LOADED'}"


def pit(**other: str) -> str:
    """A model that calls the macro; `other` arguments (as Jinja) in the place of the usual ones."""
    arguments = {
        "source_model": "'hub_customer'", "src_pk": "'CUSTOMER_HK'", "as_of_dates_table": "'as_of'",
        "satellites": SATELLITES, "stage_tables_ldts": STAGES, "src_ldts": "'LOAD_DATE'", **other,
    }  # fmt: skip
    return "{{ hallmark.pit(" + ", ".join(f"{name}={value}" for name, value in arguments.items()) + ") }}"


def sat(name: str, key: str = "'PK': 'CUSTOMER_HK'", ldts: str = "'LDTS': 'LOAD_DATE'") -> str:
    return f"{{'{name}': {{'pk': {{{key}}}, 'ldts': {{{ldts}}}}}}}"


MODELS = {
    "pit_customer": pit(),
    "pit_table": "{{ config(materialized='table') }}" + pit(),
    "pit_append": "{{ config(materialized='incremental') }}" + pit(),
    "pit_merge": "{{ config(materialized='incremental', incremental_strategy='merge',"
    " unique_key=['CUSTOMER_HK', 'AS_OF_DATE']) }}" + pit(),
    "pit_older": pit(stage_tables_ldts="none", stage_tables=STAGES),
    "pit_both": pit(stage_tables=STAGES),
    "pit_extra": pit(src_extra_columns="['REGION']"),
    "pit_days": pit(as_of_dates_table="'as_of_days'"),
    "pit_binary": pit(source_model="'hub_binary'", satellites=sat("SAT_BINARY")),
    "pit_two": pit(
        source_model="'hub_two'", src_pk="['A_HK', 'order']", satellites=sat("SAT_TWO", "'PK1': 'A', 'PK2': 'B'")
    ),
    "bad_as_of": pit(as_of_dates_table="'as_of_lost'"),
    "bad_pk": pit(satellites="{'SAT_DETAILS': {'ldts': {'LDTS': 'LOAD_DATE'}}}"),
    "bad_ldts": pit(satellites="{'SAT_DETAILS': {'pk': {'PK': 'CUSTOMER_HK'}}}"),
    "bad_list": pit(satellites="['SAT_DETAILS']"),
    "bad_column": pit(satellites=sat("SAT_DETAILS", ldts="'LDTS': 'LOADED'")),
    "bad_keys": pit(satellites=sat("SAT_TWO", "'PK1': 'A', 'PK2': 'B'")),
    "bad_twice": pit(satellites=sat("SAT_DETAILS", "'PK': 'CUSTOMER_HK'", "'pk': 'LOAD_DATE'")),
    "bad_hub": pit(src_ldts="'LOADED'"),
    "bad_stage": pit(stage_tables_ldts="{'stg_details': 'LOADED'}"),
    "bad_stages": pit(stage_tables_ldts="['stg_details']"),
    "bad_both": pit(stage_tables="{'stg_login': 'LOADED'}"),
    "bad_nothing": pit(satellites="none"),
}
Rows = Sequence[tuple[str | None, ...]]


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    return VaultProject(spark, tmp_path_factory.mktemp("pit"), MODELS, INPUTS, materialized="pit_incremental")


def day(number: int) -> str:
    return f"2026-01-{number:02}"


def load(
    vault: VaultProject, *, hub: str = "", details: str = "", login: str = "", dates: Sequence[int] = (), batch: int = 0
) -> None:
    """Keys with their days, as `a1 b2`; all that the tables hold. `batch` is the day of what the stages hold."""
    vault.load(
        hub_customer=[(each[0], "north", day(int(each[1:]))) for each in hub.split()],
        SAT_DETAILS=[(each[0], day(int(each[1:]))) for each in details.split()],
        SAT_LOGIN=[(each[0], day(int(each[1:]))) for each in login.split()],
        as_of=[(day(each),) for each in dates],
        stg_details=[(day(batch),)] if batch else [],
        stg_login=[],
    )


def found(vault: VaultProject, model: str = "pit_customer") -> list[str]:
    """Each row as `key date: day of details, day of login`; a dash for a ghost."""
    rows = vault.rows(
        model, "CUSTOMER_HK", "day(AS_OF_DATE)", "SAT_DETAILS_PK", "cast(SAT_DETAILS_LDTS as date)", "SAT_LOGIN_FK",
        "cast(SAT_LOGIN_LOADED as date)",
    )  # fmt: skip

    def told(key: str, pk: str, ldts: object) -> str:
        if (pk, str(ldts)) == GHOST:
            return "-"
        assert pk == key
        return str(ldts)[-2:].lstrip("0")

    return [f"{key} {at}: {told(key, a, b)} {told(key, c, d)}" for key, at, a, b, c, d in rows]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        pytest.param({"hub": "a1", "details": "a1 a3", "login": "a2", "dates": [1, 2, 3, 4]},
                     ["a 1: 1 -", "a 2: 1 2", "a 3: 3 2", "a 4: 3 2"], id="the newest load at or before the date"),
        pytest.param({"hub": "a1 b2", "dates": [1]}, ["a 1: - -", "b 1: - -"], id="a key without rows, and early"),
        pytest.param({"hub": "a1", "details": "b1 a5", "dates": [3]}, ["a 3: - -"], id="no hub, or too late"),
        pytest.param({"hub": "a1", "details": "a1", "dates": []}, [], id="no dates"),
        pytest.param({"hub": "", "details": "a1", "dates": [1]}, [], id="no keys"),
        pytest.param({"hub": "a1 a1", "details": "a1 a1", "dates": [2, 2]}, ["a 2: 1 -"], id="all of it twice"),
        pytest.param({"hub": "a1", "details": "a1 a2 a3 a4", "login": "a1 a4", "dates": [9, 5]},
                     ["a 5: 4 4", "a 9: 4 4"], id="several loads before one date"),
    ],
)  # fmt: skip
def test_a_first_run(vault: VaultProject, given: dict[str, object], wanted: list[str]) -> None:
    load(vault, **given)  # type: ignore[arg-type]
    vault.run("pit_customer", first=True)
    assert found(vault) == wanted


def test_the_columns_and_their_types(vault: VaultProject) -> None:
    load(vault, hub="a1", details="a1", dates=[1])
    vault.run("pit_customer", first=True)
    assert [f"{column.name} {column.dataType.simpleString()}" for column in vault.table("pit_customer").schema] == [
        "CUSTOMER_HK string", "AS_OF_DATE timestamp", "SAT_DETAILS_PK string", "SAT_DETAILS_LDTS timestamp",
        "SAT_LOGIN_FK string", "SAT_LOGIN_LOADED timestamp",
    ]  # fmt: skip


def test_a_time_within_the_day_decides(vault: VaultProject) -> None:
    load(vault, hub="a1", dates=[])
    vault.load(SAT_DETAILS=[("a", "2026-01-02 12:00:00")], as_of=[("2026-01-02 11:59:59",), ("2026-01-02 12:00:00",)])
    vault.run("pit_customer", first=True)
    assert vault.rows("pit_customer", "date_format(AS_OF_DATE, 'HH:mm')", "SAT_DETAILS_PK") == [
        ("11:59", GHOST[0]), ("12:00", "a"),
    ]  # fmt: skip


def test_dates_without_a_time(vault: VaultProject) -> None:
    load(vault, hub="a1", details="a2")
    vault.load(as_of_days=[(day(1),), (day(2),)])
    vault.run("pit_days", first=True)
    assert found(vault, "pit_days") == ["a 1: - -", "a 2: 2 -"]


def test_a_key_of_bytes_has_a_ghost_of_bytes(vault: VaultProject) -> None:
    load(vault, dates=[1, 2])
    vault.load(hub_binary=[(b"\x01" * 16, day(1))], SAT_BINARY=[(b"\x01" * 16, day(2))])
    vault.run("pit_binary", first=True)
    assert vault.rows("pit_binary", "hex(SAT_BINARY_PK)", "cast(SAT_BINARY_LDTS as string)", order="AS_OF_DATE") == [
        ("00" * 16, "1900-01-01"), ("01" * 16, day(2)),
    ]  # fmt: skip


@pytest.mark.parametrize(("algorithm", "length"), [("MD5", 32), ("SHA1", 40), ("sha", 64), ("SHA256", 64)])
def test_a_ghost_is_as_long_as_a_hash(vault: VaultProject, algorithm: str, length: int) -> None:
    load(vault, hub="a1", dates=[1])
    vault.run("pit_customer", first=True, variables={"hash": algorithm})
    assert vault.rows("pit_customer", "SAT_DETAILS_PK") == [("0" * length,)]


def test_a_key_of_two_columns(vault: VaultProject) -> None:
    load(vault, dates=[2])
    vault.load(hub_two=[("x", "y", day(1)), ("x", "z", day(1))], SAT_TWO=[("x", "y", day(1)), ("x", None, day(2))])
    vault.run("pit_two", first=True)
    assert vault.rows("pit_two", "A_HK", "`order`", "SAT_TWO_PK1", "SAT_TWO_PK2") == [
        ("x", "y", "x", "y"), ("x", "z", GHOST[0], GHOST[0]),
    ]  # fmt: skip


def test_columns_of_the_hub_come_along(vault: VaultProject) -> None:
    load(vault, hub="a1", details="a1", dates=[1, 2], batch=1)
    for first in (True, False):
        vault.run("pit_extra", first=first)
        assert vault.rows("pit_extra", "CUSTOMER_HK", "REGION", "day(AS_OF_DATE)", "SAT_DETAILS_PK") == [
            ("a", "north", 1, "a"), ("a", "north", 2, "a"),
        ]  # fmt: skip


FIRST = {"hub": "a1", "details": "a1", "login": "a2", "dates": [1, 2, 3], "batch": 1}


@pytest.mark.parametrize(
    ("second", "wanted"),
    [
        pytest.param(FIRST, ["a 1: 1 -", "a 2: 1 2", "a 3: 1 2"], id="nothing new"),
        pytest.param({**FIRST, "dates": [2, 3, 4]}, ["a 2: 1 2", "a 3: 1 2", "a 4: 1 2"], id="a window that rolls"),
        pytest.param({**FIRST, "details": "a1 a3", "batch": 3}, ["a 1: 1 -", "a 2: 1 2", "a 3: 3 2"], id="a change"),
        pytest.param({**FIRST, "hub": "a1 b3", "details": "a1 b3", "batch": 3, "dates": [1, 3]},
                     ["a 1: 1 -", "a 3: 1 2", "b 1: - -", "b 3: 3 -"], id="a new key has ghosts before it came"),
        pytest.param({**FIRST, "hub": "", "batch": 3}, [], id="a key that left the hub"),
        pytest.param({**FIRST, "dates": []}, [], id="no date is left"),
        pytest.param({**FIRST, "details": "a1 a2", "batch": 3}, ["a 1: 1 -", "a 2: 1 2", "a 3: 2 2"],
                     id="dates before the first load in the stages stay as they are"),
        pytest.param({**FIRST, "details": "a1 a2", "batch": 2}, ["a 1: 1 -", "a 2: 2 2", "a 3: 2 2"],
                     id="late rows, told by the stages"),
        pytest.param({**FIRST, "details": "a1 a2", "batch": 0}, ["a 1: 1 -", "a 2: 1 2", "a 3: 1 2"],
                     id="empty stages have changed nothing"),
        pytest.param({**FIRST, "details": "a1 a2", "batch": 9, "dates": [1, 2, 5]},
                     ["a 1: 1 -", "a 2: 1 2", "a 5: 2 2"], id="a new date is made wherever it lies"),
        pytest.param({**FIRST, "hub": "a1 b9", "details": "a1 b9", "batch": 9, "dates": [1, 5, 9]},
                     ["a 1: 1 -", "a 5: 1 2", "a 9: 1 2", "b 1: - -", "b 5: - -", "b 9: 9 -"],
                     id="a new key and a new date before it"),
    ],
)  # fmt: skip
def test_a_second_run(vault: VaultProject, second: dict[str, object], wanted: list[str]) -> None:
    load(vault, **FIRST)  # type: ignore[arg-type]
    vault.run("pit_customer", first=True)
    load(vault, **second)  # type: ignore[arg-type]
    for _ in range(2):
        vault.run("pit_customer")
        assert found(vault) == wanted


@pytest.mark.parametrize("model", ["pit_older", "pit_both"])
def test_stages_under_the_name_that_they_had_before(vault: VaultProject, model: str) -> None:
    load(vault, **FIRST)  # type: ignore[arg-type]
    vault.run(model, first=True)
    load(vault, hub="a1", details="a1 a2", login="a2", dates=[1, 2, 3], batch=2)
    vault.run(model)
    assert found(vault, model) == ["a 1: 1 -", "a 2: 2 2", "a 3: 2 2"]


def test_append_adds_what_is_missing_and_nothing_twice(vault: VaultProject) -> None:
    load(vault, **FIRST)  # type: ignore[arg-type]
    vault.run("pit_append", first=True)
    load(vault, hub="a1 b4", details="a1 a4 b4", login="a2", dates=[3, 4], batch=4)
    for _ in range(2):
        vault.run("pit_append")
        assert found(vault, "pit_append") == [
            "a 1: 1 -", "a 2: 1 2", "a 3: 1 2", "a 4: 4 2", "b 3: - -", "b 4: 4 -",
        ]  # fmt: skip


@pytest.mark.parametrize("model", ["pit_merge", "pit_table"])
def test_other_materializations_take_late_rows(vault: VaultProject, model: str) -> None:
    load(vault, **FIRST)  # type: ignore[arg-type]
    vault.run(model, first=True)
    load(vault, hub="a1", details="a1 a2", login="a2", dates=[1, 2, 3], batch=2)
    vault.run(model)
    assert found(vault, model) == ["a 1: 1 -", "a 2: 2 2", "a 3: 2 2"]


def test_a_table_of_other_columns_is_made_anew(vault: VaultProject) -> None:
    load(vault, **FIRST)  # type: ignore[arg-type]
    vault.run("pit_customer", first=True)
    vault.spark.sql(f"alter table {vault.schema}.pit_customer add column (SAT_GONE_PK string)")
    load(vault, **{**FIRST, "details": "a1 a2", "batch": 9})  # type: ignore[arg-type]
    vault.run("pit_customer")
    assert found(vault) == ["a 1: 1 -", "a 2: 2 2", "a 3: 2 2"]
    assert "SAT_GONE_PK" not in vault.table("pit_customer").columns


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("bad_as_of", ("pit(as_of_dates_table) in bad_as_of\n    got: the column AS_OF_DATE\n"
                      "    wanted: a column of as_of_lost: OTHER")),
        ("bad_pk", ("pit(satellites) in bad_pk\n    got: SAT_DETAILS without pk\n"
                   "    wanted: 'pk': {'PK': column} for every satellite")),
        ("bad_ldts", "pit(satellites) in bad_ldts\n    got: SAT_DETAILS without ldts\n"),
        ("bad_list", "pit(satellites) in bad_list\n    got: ['SAT_DETAILS']\n    wanted: a dictionary"),
        ("bad_column", ("pit(satellites) in bad_column\n    got: the column LOADED\n"
                       "    wanted: a column of SAT_DETAILS: CUSTOMER_HK, LOAD_DATE")),
        ("bad_keys", ("pit(satellites) in bad_keys\n    got: SAT_TWO with the key A, B\n"
                     "    wanted: a column for each of src_pk: CUSTOMER_HK")),
        ("bad_twice", "pit(satellites) in bad_twice\n    got: the column SAT_DETAILS_pk twice"),
        ("bad_hub", "pit(src_ldts) in bad_hub\n    got: the column LOADED\n    wanted: a column of hub_customer"),
        ("bad_stage", "pit(stage_tables_ldts) in bad_stage\n    got: the column LOADED\n"),
        ("bad_nothing", "pit(satellites) in bad_nothing\n    got: nothing\n"),
        (
            "bad_both",
            (
                "pit(stage_tables) in bad_both\n    got: {'stg_login': 'LOADED'}\n    wanted: what stage_tables_ldts "
                "says: {'stg_details': 'LOAD_DATE', 'stg_login': 'LOADED'}\n    do: leave it out"
            ),
        ),
        ("bad_stages", "pit(stage_tables_ldts) in bad_stages\n    got: ['stg_details']\n"),
    ],
)  # fmt: skip
def test_a_bad_argument_is_a_letter(vault: VaultProject, model: str, told: str) -> None:
    load(vault, hub="a1", dates=[1])
    vault.load(as_of_lost=[], SAT_TWO=[])
    assert told in vault.refusal(model, first=True)
