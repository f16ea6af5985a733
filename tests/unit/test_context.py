"""What the steps of a run share: a row in the ledger for each that ended, and jobs side by side that fail together."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from hallmark.lakehouse.errors import MachineError
from hallmark.lakehouse.ledger import StepEntry
from hallmark.pipelines.context import Context, StepRow
from hallmark.pipelines.project import Project

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
LONGEST_WAIT = 10  # seconds; a test that waits that long has failed
HEAD_START = 0.05  # seconds until all jobs are handed out
ENTRY = StepEntry("7f3a", "bronze", "bronze.orders", None, None, None, None, -1, None, 0.0, None, None, AT)


class Listener:
    """Follows a run and remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.interrupted = False
        self._listening = threading.Lock()

    def working(self, layer: str, what: str) -> None:
        self.heard.append(f"{layer} {what}")

    def done(self, entry: StepEntry) -> None:
        self.interrupted |= not self._listening.acquire(blocking=False)
        self.heard.append(entry)
        time.sleep(0.002)  # lets another thread in
        if not self.interrupted:
            self._listening.release()

    def note(self, text: str) -> None:
        self.heard.append(f"note: {text}")


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def contexts(shop: Project, listener: Listener) -> Iterator[Callable[[int], Context]]:
    opened: list[Context] = []

    def of_workers(workers: int) -> Context:
        seconds = itertools.count()
        project = replace(shop, settings=shop.settings.model_copy(update={"workers": workers}))
        opened.append(Context(project, "7f3a", lambda: AT + timedelta(seconds=next(seconds)), listener))
        return opened[-1]

    yield of_workers
    for context in opened:
        context.close()


@pytest.fixture
def context(contexts: Callable[[int], Context]) -> Context:
    return contexts(2)


def fail(text: str = "boom") -> None:
    raise RuntimeError(text)


def untimed(entry: StepEntry) -> StepEntry:
    return replace(entry, seconds=0.0)


def test_a_steps_counts_become_its_entry(context: Context) -> None:
    with context.step("bronze", "bronze.orders") as row:
        row.rows_in, row.written, row.delta_version, row.detail = 5, 4, 3, "1 file"
    (entry,) = context.entries
    assert untimed(entry) == replace(ENTRY, rows_in=5, rows_written=4, delta_version=3, detail="1 file")


def test_a_step_that_counts_nothing_has_unknown_counts(context: Context) -> None:
    with context.step("bronze", "bronze.orders"):
        pass
    assert [untimed(entry) for entry in context.entries] == [ENTRY]


def test_a_steps_entry_is_written_to_the_ledger(context: Context) -> None:
    with context.step("bronze", "bronze.orders"):
        pass
    assert context.ledger.steps() == [asdict(entry) for entry in context.entries]


def test_the_reporter_hears_of_a_step_before_and_after(context: Context, listener: Listener) -> None:
    with context.step("bronze", "bronze.orders"):
        assert listener.heard == ["bronze bronze.orders"]
    assert listener.heard == ["bronze bronze.orders", *context.entries]


def test_a_gate_is_filed_under_its_hop_and_its_contract(context: Context) -> None:
    with context.step("silver", "silver.orders", context.project.events[0]) as row:
        row.hop = "bronze->silver"
    (entry,) = context.entries
    assert (entry.layer, entry.contract, entry.contract_version) == ("bronze->silver", "shop.orders", "1.2.0")


def test_a_step_that_fails_leaves_no_entry(context: Context, listener: Listener) -> None:
    with pytest.raises(RuntimeError, match="boom"), context.step("bronze", "bronze.orders"):
        fail()
    assert (context.ledger.steps(), context.entries, listener.heard) == ([], [], ["bronze bronze.orders"])


def test_entries_of_several_threads_are_all_kept(context: Context) -> None:
    names = [f"bronze.t{n}" for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: context.record("bronze", name, StepRow(), seconds=0), names))
    assert sorted(row["table_name"] for row in context.ledger.steps()) == sorted(names)
    assert sorted(entry.table_name for entry in context.entries) == sorted(names)


def test_the_reporter_hears_of_one_step_at_a_time(context: Context, listener: Listener) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: context.record("bronze", f"bronze.t{n}", StepRow(), seconds=0), range(16)))
    assert (len(listener.heard), listener.interrupted) == (16, False)


def test_the_newest_mark_of_a_step_counts(context: Context) -> None:
    context.mark("vault", {"silver.b": "1", "silver.a": "0"})
    context.mark("vault", {"silver.b": "2", "silver.a": "0"})
    assert context.ledger.last_detail("mark", "vault") == '{"missing": "", "silver.a": "0", "silver.b": "2"}'


def test_the_newest_mark_counts_also_when_the_clock_was_set_back(context: Context) -> None:
    context.mark("replay", {"tables": "orders"})
    context.clock = lambda: datetime(2001, 1, 1, tzinfo=UTC)
    for tables in ({"tables": "b"}, {"tables": "a"}, {}):
        context.mark("replay", tables)
    assert context.ledger.last_detail("mark", "replay") == '{"missing": ""}'


def test_a_mark_is_no_step_that_the_run_tells_of(context: Context, listener: Listener) -> None:
    context.mark("vault", {"silver.a": "0"})
    assert (context.entries, listener.heard) == ([], [])


def test_a_note_is_told_and_kept(context: Context, listener: Listener) -> None:
    context.note("something odd")
    assert (context.notes, listener.heard) == (["something odd"], ["note: something odd"])


def test_the_first_use_of_the_lake_opens_the_session(context: Context, listener: Listener) -> None:
    with pytest.raises(MachineError, match="no Java found"):
        _ = context.lake
    assert listener.heard == ["spark starting"]


def test_all_jobs_are_done(context: Context) -> None:
    done: set[int] = set()
    context.side_by_side([lambda n=n: done.add(n) for n in range(9)])
    assert done == set(range(9))


def test_as_many_jobs_as_there_are_workers_are_at_work_at_once(contexts: Callable[[int], Context]) -> None:
    together = threading.Barrier(3)
    contexts(3).side_by_side([lambda: together.wait(LONGEST_WAIT)] * 3)
    assert not together.broken


def test_a_failure_is_raised(context: Context) -> None:
    with pytest.raises(RuntimeError, match=r"^boom$"):
        context.side_by_side([lambda: None, fail, lambda: None])


def test_of_two_failures_that_of_the_first_job_is_raised(context: Context) -> None:
    second_failed = threading.Event()

    def first() -> None:
        second_failed.wait(LONGEST_WAIT)
        fail("first")

    def second() -> None:
        second_failed.set()
        fail("second")

    with pytest.raises(RuntimeError, match=r"^first$"):
        context.side_by_side([first, second])
    assert context.notes == ["failed as well: second"]


def test_a_failure_lets_the_jobs_at_work_end(context: Context) -> None:
    at_work, failing, ended = threading.Event(), threading.Event(), list[str]()

    def slow() -> None:
        at_work.set()
        failing.wait(LONGEST_WAIT)
        ended.append("slow")

    def failing_job() -> None:
        at_work.wait(LONGEST_WAIT)
        failing.set()
        fail()

    with pytest.raises(RuntimeError, match="boom"):
        context.side_by_side([slow, failing_job])
    assert ended == ["slow"]


def test_after_a_failure_no_waiting_job_is_started(contexts: Callable[[int], Context]) -> None:
    started: list[int] = []

    def fail_while_others_wait() -> None:
        time.sleep(HEAD_START)
        fail()

    with pytest.raises(RuntimeError, match="boom"):
        contexts(1).side_by_side([fail_while_others_wait, *(lambda n=n: started.append(n) for n in range(9))])
    assert started == []


def test_a_failure_does_not_keep_later_jobs_from_their_work(context: Context) -> None:
    done: list[str] = []
    with pytest.raises(RuntimeError, match="boom"):
        context.side_by_side([fail])
    context.side_by_side([lambda: done.append("later")])
    assert done == ["later"]


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_run_starts_no_waiting_job(contexts: Callable[[int], Context]) -> None:
    one_at_a_time, interrupted, started = contexts(1), threading.Event(), list[str]()
    main_thread = threading.get_ident()

    def interrupt() -> None:
        time.sleep(HEAD_START)
        signal.pthread_kill(main_thread, signal.SIGINT)
        interrupted.wait(LONGEST_WAIT)

    with pytest.raises(KeyboardInterrupt):
        one_at_a_time.side_by_side([interrupt, lambda: started.append("waiting")])
    interrupted.set()
    one_at_a_time.close()
    assert started == []
