"""Each landed file is in bronze once, however often the process was killed and whatever was done to the folder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from landing import BRONZE, HEADER, Landing

from hallmark.bronze.ingest import Ingested, Load, checkpoint_of, ingest
from hallmark.lakehouse.errors import ProgressError, StepError
from hallmark.lakehouse.ledger import FILES, Ledger
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.execute import dry_run
from hallmark.pipelines.survey import ingest_plans

pytestmark = pytest.mark.compiled


def csv(*ids: str) -> str:
    return HEADER + "".join(f"{each},2026-01-01,1\n" for each in ids)


def ids(landing: Landing) -> list[str]:
    return sorted(row["request_id"] for row in landing.rows(BRONZE))


def again(landing: Landing, *, max_files: int = 1000) -> Ingested:
    """Ask for the CSV files once more, whether or not one is new."""
    context = landing.context()
    plan = ingest_plans(context.project, context.ledger)[0]
    return ingest(landing.lake, plan, Load(context.run_id, context.clock(), max_files))


def checkpoint(landing: Landing) -> Path:
    return checkpoint_of(landing.lake.warehouse, ingest_plans(landing.project, Ledger(landing.lake.warehouse))[0])


def untick(landing: Landing) -> None:
    """What a kill leaves that falls after the Delta commit: the checkpoint does not say that the batch is done."""
    for file in (checkpoint(landing) / "commits").iterdir():
        file.unlink()


def test_a_second_ingest_adds_nothing_and_a_new_file_only_itself(landing: Landing) -> None:
    landing.put("a.csv", csv("a"))
    assert [entry.rows_written for entry in landing.bronze()] == [1]
    version = landing.lake.version(BRONZE)
    assert landing.bronze() == []
    assert again(landing) == Ingested(rows=0, rescued=0)
    assert landing.lake.version(BRONZE) == version
    landing.put("b.csv", csv("b"))
    assert [entry.rows_written for entry in landing.bronze()] == [1]
    assert ids(landing) == ["a", "b"]


def test_a_batch_that_comes_again_adds_nothing(landing: Landing) -> None:
    landing.put("a.csv", csv("a"))
    landing.bronze()
    untick(landing)
    shutil.rmtree(table_path(landing.lake.warehouse, FILES))
    assert [entry.rows_written for entry in landing.bronze()] == [0]
    assert ids(landing) == ["a"]
    assert [Path(row["file"]).name for row in landing.rows(FILES)] == ["a.csv"], "the ledger has caught up"
    untick(landing)
    assert again(landing) == Ingested(rows=0, rescued=0)
    assert [Path(row["file"]).name for row in landing.rows(FILES)] == ["a.csv"]


def test_many_files_are_cut_into_batches(landing: Landing) -> None:
    for n in range(3):
        landing.put(f"{n}.csv", csv(f"id-{n}"), days_old=3 - n)
    assert again(landing, max_files=2) == Ingested(rows=3, rescued=0)
    assert sorted((row["request_id"], row["_load_id"]) for row in landing.rows(BRONZE)) == [
        ("id-0", "requests/csv/000000"),
        ("id-1", "requests/csv/000000"),
        ("id-2", "requests/csv/000001"),
    ]


def test_files_much_older_than_the_newest_are_still_read(landing: Landing) -> None:
    landing.put("new.csv", csv("new"))
    landing.bronze()
    landing.put("old.csv", csv("old"), days_old=30)
    assert [entry.rows_written for entry in landing.bronze()] == [1]
    assert ids(landing) == ["new", "old"]


def test_a_file_that_was_rewritten_is_not_read_again_and_is_told(landing: Landing) -> None:
    path = landing.put("a.csv", csv("a"), days_old=1)
    landing.bronze()
    landing.put("a.csv", csv("a", "b"))
    landing.put("c.csv", csv("c"))
    plan = dry_run(landing.project, ["bronze"])
    assert plan.rewritten == (str(path),)
    assert [item.why for item in plan.work] == ["1 new file of csv, 0.0 kB"]
    landing.bronze()
    assert ids(landing) == ["a", "c"]
    assert dry_run(landing.project, ["bronze"]).rewritten == (str(path),), "it is told until it lands under a new name"


def test_an_empty_file_that_gets_its_content_later_is_told(landing: Landing) -> None:
    path = landing.put("a.csv", "")
    landing.bronze()
    assert landing.bronze() == []
    landing.put("a.csv", csv("a"))
    assert dry_run(landing.project, ["bronze"]).rewritten == (str(path),)


def test_a_path_with_dots_names_the_same_files(landing: Landing) -> None:
    landing.put("a.csv", csv("a"))
    landing.bronze()
    (landing.base / "other").mkdir()
    settings = landing.project.settings.model_copy(update={"landing": landing.base / "other" / ".." / "files"})
    assert dry_run(type(landing.project)(settings, landing.project.contracts), ["bronze"]).work == ()


def test_another_data_folder_goes_on_where_the_first_one_stopped(landing: Landing) -> None:
    landing.put("a.csv", csv("a"))
    landing.bronze()
    shutil.rmtree(landing.files)
    elsewhere = Landing(landing.lake, landing.base / "elsewhere", runs=iter(range(1, 9)))
    elsewhere.put("b.csv", csv("b"))
    elsewhere.bronze()
    assert sorted((row["request_id"], row["_load_id"]) for row in landing.rows(BRONZE)) == [
        ("a", "requests/csv/000000"),
        ("b", "requests/csv/000001"),
    ]


def test_a_load_that_fails_tells_no_text_that_may_quote_rows_and_keeps_nothing(landing: Landing) -> None:
    landing.put("a.csv", csv("a"))
    context = landing.context()
    plan = ingest_plans(context.project, context.ledger)[0]
    broken = replace(plan, server=replace(plan.server, options={"encoding": "ann@example.com"}))
    with pytest.raises(StepError) as letter:
        ingest(landing.lake, broken, Load(context.run_id, context.clock(), 1000))
    assert str(letter.value) == (
        "StepError: a source could not be read into bronze\n"
        f"  where: {BRONZE} from csv\n"
        "  got: LookupError\n"
        "  do: nothing of this batch was kept; mend the cause and run again"
    )
    landing.bronze()
    assert ids(landing) == ["a"]


def test_rows_without_the_list_of_files_are_refused(landing: Landing) -> None:
    landing.put("a.csv", csv("a"))
    landing.bronze()
    landing.put("b.csv", csv("b"))
    folder = checkpoint(landing)
    shutil.rmtree(folder)
    with pytest.raises(ProgressError) as letter:
        landing.bronze()
    assert str(letter.value) == (
        "ProgressError: the list of files already read is gone, but bronze holds their rows\n"
        f"  where: {folder}\n"
        f"  do: restore the folder; or, to read all again, delete {landing.lake.path(BRONZE)}, {folder.parent} "
        "and all built from the table"
    )
    assert ids(landing) == ["a"]


def test_the_list_of_files_without_the_rows_is_refused_until_it_is_deleted_too(landing: Landing) -> None:
    landing.put("a.csv", csv("a"))
    landing.bronze()
    folder = checkpoint(landing)
    shutil.rmtree(landing.lake.path(BRONZE))
    with pytest.raises(ProgressError) as letter:
        landing.bronze()
    assert str(letter.value) == (
        "ProgressError: a bronze table is gone, but not the list of files already read into it\n"
        f"  where: {landing.lake.path(BRONZE)}\n"
        f"  do: restore the table; or, to read all again, delete {landing.lake.path(BRONZE)}, {folder.parent} "
        "and all built from the table"
    )
    shutil.rmtree(folder.parent)
    landing.bronze()
    assert ids(landing) == ["a"]
