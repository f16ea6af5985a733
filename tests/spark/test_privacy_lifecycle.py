"""A person forgotten for good, and sealed values opened for somebody who has the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from landing import Landing
from pyspark.sql import SparkSession

from hallmark.bronze import subjects
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import DataError, SettingsError
from hallmark.lakehouse.keyring import own_key_file, read_key_file
from hallmark.lakehouse.ledger import RUNS
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import Lake
from hallmark.pipelines import privacy
from hallmark.pipelines.privacy import Forgotten, Wanted

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: crm.people
version: 1.0.0
status: active
servers: [{server: csv, type: local, path: "*.csv", format: csv}]
schema:
  - name: people
    customProperties: [{property: dataSubject, value: {property: person, domain: people}}]
    properties:
      - {name: row_id, logicalType: string, primaryKey: true}
      - {name: person, logicalType: string, customProperties: [{property: protection, value: encrypt}]}
      - {name: name, logicalType: string, required: true, customProperties: [{property: protection, value: encrypt}]}
"""
HEADER = "row_id,person,name\n"
SILVER, BRONZE = Table("silver", "people"), Table("bronze", "people")


@pytest.fixture
def landing(spark: SparkSession, tmp_path: Path) -> Landing:
    landing = Landing(Lake(spark, tmp_path / "warehouse"), tmp_path, contract=CONTRACT)
    landing.put("1.csv", HEADER + "1,ann,Ann Quux\n2,bo,Bo Bar\n3,ann,Ann Quux\n4,,Nobody\n5,cy,Cy,too many\n")
    landing.bronze()
    landing.silver()
    return landing


def revealed(landing: Landing, wanted: Wanted) -> list[dict[str, Any]]:
    settings, ring = landing.project.settings, read_key_file(own_key_file(landing.lake.warehouse))
    refs = None if wanted.subject is None else subjects.refs_of(ring, wanted.subject, wanted.domain)
    rows = list(privacy.sealed_rows(settings, wanted, refs))
    cells = {cell for row in rows for text in row.values() if isinstance(text, str) for cell in privacy.cells_in(text)}
    texts = privacy.open_cells(landing.lake, ring, cells)
    return [{name: privacy.filled(value, texts) for name, value in row.items()} for row in rows]


def names(landing: Landing) -> dict[str, str]:
    return {row["row_id"]: row["name"] for row in revealed(landing, Wanted(SILVER, ("row_id", "name")))}


def on_disk(landing: Landing) -> set[bytes | None]:
    """The wrapped keys in all files of the key table, those that its newest version does not have included."""
    files = landing.lake.path(subjects.SUBJECT_KEYS).rglob("*.parquet")
    return {key for file in files for key in pq.read_table(file, columns=["wrapped"]).column(0).to_pylist()}


def wrapped(landing: Landing) -> dict[str, bytes]:
    rows = deltalog.read(landing.lake.path(subjects.SUBJECT_KEYS)).to_pylist()
    return {row["ref"]: row["wrapped"] for row in rows if row["wrapped"]}


def test_a_forgotten_person_opens_for_nobody_and_the_others_still_do(landing: Landing) -> None:
    assert names(landing) == {"1": "Ann Quux", "2": "Bo Bar", "3": "Ann Quux", "4": "Nobody"}
    before = wrapped(landing)
    assert privacy.forget(landing.context(), "ann", "people") == Forgotten(1, 0)
    assert names(landing) == {"1": "forgotten", "2": "Bo Bar", "3": "forgotten", "4": "Nobody"}
    (gone,) = {key for ref, key in before.items() if ref not in wrapped(landing)}
    assert gone not in on_disk(landing)
    assert on_disk(landing) - {None} == {*wrapped(landing).values()}
    assert privacy.forget(landing.context(), "ann", "people") == Forgotten(0, 1)
    status = privacy.status(landing.project)
    assert (status.counted.persons, status.counted.forgotten, status.counted.tables) == (1, 1, 1)


def test_who_is_forgotten_stays_forgotten_when_more_of_them_comes(landing: Landing) -> None:
    privacy.forget(landing.context(), "ann", "people")
    landing.put("2.csv", HEADER + "6,ann,Ann Again\n7,dee,Dee\n")
    landing.bronze()
    landing.silver()
    assert {row["row_id"]: row["name"].partition(":")[2][33:] for row in landing.rows(SILVER)}["6"] == "forgotten"
    assert names(landing)["7"] == "Dee"


def test_the_ledger_does_not_know_who_it_was(landing: Landing) -> None:
    privacy.forget(landing.context(), "ann", "people")
    assert "privacy forget (a subject)" in {row["command"] for row in landing.rows(RUNS)}
    assert not [row for row in landing.rows(RUNS) if "ann" in row["command"]]


def test_a_run_that_was_killed_before_the_old_files_went_is_finished_by_the_next(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = wrapped(landing)

    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(subjects, "purge", killed)
        with pytest.raises(KeyboardInterrupt):
            privacy.forget(landing.context(), "ann", "people")
    (gone,) = {key for ref, key in before.items() if ref not in wrapped(landing)}
    assert gone in on_disk(landing)
    assert privacy.forget(landing.context(), "ann", "people") == Forgotten(0, 1)
    assert gone not in on_disk(landing)


@pytest.mark.parametrize(("name", "domain"), [("Ann", "people"), ("ann", "default")])
def test_somebody_who_is_not_there_is_a_letter(landing: Landing, name: str, domain: str) -> None:
    with pytest.raises(DataError) as error:
        privacy.forget(landing.context(), name, domain)
    assert str(error.value) == (
        f"DataError: nothing was ever sealed for this\n  where: domain {domain}\n"
        "  do: look at its spelling, and at the dataSubject of the contract"
    )


def test_what_could_not_be_read_is_forgotten_by_its_table(landing: Landing) -> None:
    (row,) = revealed(landing, Wanted(BRONZE, ("_rescued",)))
    assert row == {"_rescued": "5,cy,Cy,too many"}
    assert privacy.forget_unread(landing.context(), BRONZE) == Forgotten(1, 0)
    assert privacy.forget_unread(landing.context(), BRONZE) == Forgotten(0, 1)
    (row,) = revealed(landing, Wanted(BRONZE, ("_rescued",)))
    assert row == {"_rescued": "forgotten"}
    landing.put("2.csv", HEADER + "8,ed,Ed,too many\n")
    landing.bronze()
    assert {"_rescued": "8,ed,Ed,too many"} in revealed(landing, Wanted(BRONZE, ("_rescued",)))


def test_the_rows_of_one_person_and_so_many_of_them(landing: Landing) -> None:
    rows = revealed(landing, Wanted(SILVER, ("row_id", "name"), "ann", "people"))
    assert sorted(row["row_id"] for row in rows) == ["1", "3"]
    assert len(revealed(landing, Wanted(SILVER, limit=2))) == 2


def test_a_table_or_column_that_is_not_there_is_a_letter(landing: Landing) -> None:
    with pytest.raises(SettingsError, match="no such table"):
        revealed(landing, Wanted(Table("silver", "peple")))
    with pytest.raises(SettingsError) as error:
        revealed(landing, Wanted(SILVER, ("nam",)))
    assert str(error.value) == (
        "SettingsError: no such column\n  where: silver.people\n  got: nam\n  do: did you mean 'name'?"
    )


def test_equal_values_of_one_person_are_equal_cells_and_of_two_persons_are_not(landing: Landing) -> None:
    landing.put("2.csv", HEADER + "9,ann,Bo Bar\n10,ann,Ann Quux\n")
    landing.bronze()
    cells = {row["row_id"]: row["name"] for row in landing.rows(BRONZE) if row["row_id"]}
    assert cells["10"] == cells["1"] == cells["3"]
    assert cells["9"].split(":")[2] != cells["2"].split(":")[2]
