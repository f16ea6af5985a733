"""What a run has to do, decided from what was found: nothing without a reason, and everything that follows from one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hallmark.bronze.plan import IngestPlan, LandedFile
from hallmark.bronze.snapshots import Contents, Last, SnapshotPlan, TableShape
from hallmark.bronze.topics import Marks, TopicPlan
from hallmark.contracts.model import Server, Snapshot
from hallmark.lakehouse.errors import HallmarkError, StepError
from hallmark.lakehouse.names import Table
from hallmark.pipelines.plan import ANEW, CHANGING, HASHES, LAYERS, UNFINISHED, Built, Found, RunPlan, plan_run
from hallmark.silver.plan import Hop

REQUESTS, READINGS = Table("bronze", "requests"), Table("bronze", "gpu_readings")
SILVER = Table("silver", "requests")
FILE = LandedFile("/data/a.csv", 28_185, datetime(2024, 10, 27, tzinfo=UTC))
READ: Mapping[str, Mapping[str, str]] = {
    "vault": {"silver.requests": "3", "dbt_project": "aa"},
    "gold": {"silver.requests": "3", "dbt_project": "aa", "contract gold.fct_requests": "cc"},
    "platinum": {"bronze.gpu_readings": "5"},
}


def source(table: Table = REQUESTS, *new: LandedFile, rewritten: tuple[str, ...] = ()) -> IngestPlan:
    return IngestPlan(table, Server("landing", "*.csv", "csv"), Path("/data"), (), new, 1, rewritten)


# As a finished run leaves it.
QUIET = Found(
    ingests=(source(), source(READINGS)),
    hops=(Hop(REQUESTS, SILVER, after=3, until=3),),
    half_done=frozenset(),
    built={step: Built(step, read, read) for step, read in READ.items()},
    telemetry=frozenset({READINGS}),
)


def rebuilt(step: str, *, read: Mapping[str, str] | None = None, now: Mapping[str, str] | None = None) -> Found:
    """The quiet find, but for what one step has read or would read now."""
    built = Built(step, READ[step] if read is None else read, READ[step] if now is None else now)
    return replace(QUIET, built={**QUIET.built, step: built})


def texts(plan: RunPlan) -> list[str]:
    return [f"{work.layer} {work.target}: {work.why}" for work in plan.work]


def test_nothing_new_is_no_work() -> None:
    assert plan_run(QUIET) == RunPlan((), ())


def topic(*, read: int, end: int, begin: int = 0, trouble: HallmarkError | None = None) -> TopicPlan:
    server = Server("live", "t", "json", type="kafka", topics=("t",), skips_lost=True)
    return TopicPlan(REQUESTS, server, (), {"t": {0: read}}, Marks({"t": {0: begin}}, {"t": {0: end}}), trouble)


def test_new_messages_go_through_as_files_do_and_none_are_no_work() -> None:
    assert plan_run(replace(QUIET, topics=(topic(read=9, end=9),))) == RunPlan((), ())
    assert texts(plan_run(replace(QUIET, topics=(topic(read=9, end=1010),))))[:2] == [
        "bronze bronze.requests: 1,001 new messages of live",
        "silver silver.requests: bronze.requests gets new rows",
    ]
    lost = replace(QUIET, topics=(topic(read=3, begin=8, end=9),))
    assert texts(plan_run(lost))[0] == "bronze bronze.requests: 1 new message of live, 5 lost before"


def test_a_topic_that_cannot_be_read_is_work_that_nothing_follows() -> None:
    found = replace(QUIET, topics=(topic(read=0, end=5, trouble=StepError("the Kafka broker does not answer")),))
    assert texts(plan_run(found)) == ["bronze bronze.requests: live can't be read: the Kafka broker does not answer"]


def snapshot(contents: Contents, trouble: HallmarkError | None = None) -> SnapshotPlan:
    server = Server("crm", "shop.requests", "", type="postgres", snapshot=Snapshot())
    last = Last(3, "5-aa", None, datetime(2026, 11, 27, tzinfo=UTC))
    return SnapshotPlan(REQUESTS, server, (), (), last, TableShape(()), contents, trouble)


def test_a_table_that_changed_goes_through_as_files_do_and_one_that_did_not_is_no_work() -> None:
    assert plan_run(replace(QUIET, snapshots=(snapshot(Contents(5, "5-aa")),))) == RunPlan((), ())
    changed = plan_run(replace(QUIET, snapshots=(snapshot(Contents(6, "6-bb")),)))
    assert texts(changed)[:2] == [
        "bronze bronze.requests: crm has changed since snapshot 3, 6 rows",
        "silver silver.requests: bronze.requests gets new rows",
    ]
    assert changed.new_bytes == 3_000


def test_a_database_that_cannot_be_read_is_work_that_nothing_follows() -> None:
    found = snapshot(Contents(6, "6-bb"), StepError("the database does not answer"))
    assert texts(plan_run(replace(QUIET, snapshots=(found,)))) == [
        "bronze bronze.requests: crm can't be read: the database does not answer"
    ]


def test_a_new_file_goes_through_all_layers_that_come_from_it() -> None:
    found = replace(QUIET, ingests=(source(REQUESTS, FILE), source(READINGS)))
    assert texts(plan_run(found)) == [
        "bronze bronze.requests: 1 new file of landing, 28.2 kB",
        "silver silver.requests: bronze.requests gets new rows",
        "silver vault: silver.requests changes",
        "gold gold: 2 tables before it change",
    ]


def test_a_telemetry_file_goes_to_platinum_too() -> None:
    found = replace(QUIET, ingests=(source(), source(READINGS, FILE)))
    assert texts(plan_run(found)) == [
        "bronze bronze.gpu_readings: 1 new file of landing, 28.2 kB",
        "platinum platinum: bronze.gpu_readings changes",
    ]


def test_rows_that_only_silver_lacks_need_no_bronze() -> None:
    found = replace(QUIET, hops=(Hop(REQUESTS, SILVER, after=3, until=4),))
    assert texts(plan_run(found)) == [
        "silver silver.requests: bronze.requests has new rows",
        "silver vault: silver.requests changes",
        "gold gold: 2 tables before it change",
    ]


def test_a_load_that_was_cut_off_is_finished() -> None:
    found = replace(QUIET, half_done=frozenset({SILVER}))
    assert texts(plan_run(found)) == [
        "silver silver.requests: its last load was cut off between two writes",
        "silver vault: silver.requests changes",
        "gold gold: 2 tables before it change",
    ]


def test_a_replay_that_was_cut_off_is_finished() -> None:
    found = replace(QUIET, rewinding=frozenset({SILVER}))
    assert texts(plan_run(found)) == [
        "silver silver.requests: its replay from bronze was cut off",
        "silver vault: silver.requests changes",
        "gold gold: 2 tables before it change",
    ]


def test_a_changed_dbt_project_builds_the_vault_and_gold_again() -> None:
    assert texts(plan_run(rebuilt("vault", now={**READ["vault"], "dbt_project": "bb"}))) == [
        "silver vault: changed since it was built: dbt_project",
        "gold gold: vault changes",
    ]


def test_a_changed_gold_contract_builds_gold_alone_again() -> None:
    assert texts(plan_run(rebuilt("gold", now={**READ["gold"], "contract gold.fct_requests": "dd"}))) == [
        "gold gold: changed since it was built: contract gold.fct_requests"
    ]


def test_a_new_source_of_a_step_builds_it_again() -> None:
    assert texts(plan_run(rebuilt("platinum", now={**READ["platinum"], "bronze.more": "0"}))) == [
        "platinum platinum: changed since it was built: bronze.more"
    ]


def test_a_source_that_is_gone_builds_a_step_again() -> None:
    assert texts(plan_run(rebuilt("platinum", now={}))) == ["platinum platinum: something it was built from is gone"]


def test_a_step_that_was_stopped_is_built_again_though_all_that_it_reads_is_as_before() -> None:
    read = {**READ["platinum"], UNFINISHED: "7f3a"}
    found = rebuilt("platinum", read=read, now=READ["platinum"])
    assert texts(plan_run(found)) == ["platinum platinum: its last build was stopped, or cut off"]


def test_of_many_changes_three_are_named() -> None:
    now = {**READ["vault"], "d": "1", "c": "1", "b": "1", "a": "1"}
    assert texts(plan_run(rebuilt("vault", now=now)))[0] == "silver vault: changed since it was built: a, b, c"


@pytest.mark.parametrize(
    ("read", "why"),
    [
        ({ANEW: "run-2"}, "silver was replayed from bronze"),
        ({HASHES: "{}"}, "its keys are hashed in another way now: it is built from scratch"),
    ],
)
def test_a_vault_that_forgets_what_it_has_says_why(read: Mapping[str, str], why: str) -> None:
    now = {**READ["vault"], HASHES: '{"hash_mode": "hardened"}'}
    found = rebuilt("vault", read={**now, **read}, now=now)
    assert found.built["vault"].anew
    assert texts(plan_run(found))[0] == f"silver vault: {why}"


@pytest.mark.parametrize(
    ("read", "hashes"),
    [({}, "B"), ({**READ["vault"], HASHES: "B"}, "B"), ({**READ["vault"], HASHES: "A"}, CHANGING)],
)
def test_a_build_that_begins_says_how_its_keys_may_be_hashed_until_it_is_done(
    read: Mapping[str, str], hashes: str
) -> None:
    begun = Built("vault", read, {**READ["vault"], HASHES: "B"}).begun("run-1")
    assert begun == {**read, HASHES: hashes, UNFINISHED: "run-1"}
    for put_back, anew in (("B", hashes == CHANGING), ("A", True)):
        assert Built("vault", begun, {**READ["vault"], HASHES: put_back}).anew == anew


def test_a_vault_that_was_never_built_has_nothing_to_forget() -> None:
    assert not rebuilt("vault", read={}, now={HASHES: "{}"}).built["vault"].anew


@pytest.mark.parametrize(
    ("step", "work"),
    [
        ("vault", ["silver vault: never built", "gold gold: vault changes"]),
        ("gold", ["gold gold: never built"]),
        ("platinum", ["platinum platinum: never built"]),
    ],
)
def test_what_was_never_built_is_built(step: str, work: list[str]) -> None:
    assert texts(plan_run(rebuilt(step, read={}))) == work


@pytest.mark.parametrize("layer", LAYERS)
def test_one_layer_may_be_asked_for(layer: str) -> None:
    found = replace(QUIET, ingests=(source(REQUESTS, FILE), source(READINGS, FILE)))
    assert {work.layer for work in plan_run(found, [layer]).work} == {layer}


def test_work_comes_in_the_order_of_the_layers() -> None:
    found = replace(QUIET, ingests=(source(READINGS, FILE), source(REQUESTS, FILE)))
    layers = [work.layer for work in plan_run(found).work]
    assert layers == sorted(layers, key=LAYERS.index)
    assert set(layers) == set(LAYERS)


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ([0], "1 new file of landing, 0.0 kB"),
        ([99_949], "1 new file of landing, 99.9 kB"),
        ([100_000], "1 new file of landing, 0.1 MB"),
        ([1_500_000, 1_500_000], "2 new files of landing, 3.0 MB"),
    ],
)
def test_new_files_are_told_by_number_and_size(sizes: list[int], text: str) -> None:
    found = replace(QUIET, ingests=(source(REQUESTS, *(replace(FILE, bytes=size) for size in sizes)),))
    assert plan_run(found).work[0].why == text


def test_rewritten_files_are_told_once_by_name_and_are_no_work() -> None:
    names = tuple(f"/data/{letter}.csv" for letter in "fbeacd")
    plans = (source(rewritten=names), source(READINGS, rewritten=("/data/a.csv",)))
    assert plan_run(replace(QUIET, ingests=plans)) == RunPlan((), tuple(sorted(names)))
