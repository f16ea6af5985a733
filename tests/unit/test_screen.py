"""What a run says: a line a step, then a table, the sum of all gates, the answer, and where to look."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from hallmark.lakehouse.ledger import StepEntry
from hallmark.pipelines.answer import ModelDay
from hallmark.pipelines.execute import Done
from hallmark.pipelines.plan import RunPlan, Work
from hallmark.pipelines.screen import ScreenReporter, make_console, print_done, print_plan

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
GATE = StepEntry("7f3a", "bronze->silver", "silver.orders", 28_185, 28_171, 14, 28_171, 0, 0, 2.24, None, None, AT)
BRONZE = replace(GATE, layer="bronze", table_name="bronze.orders", rows_valid=None, rows_quarantined=None)
PLAN = RunPlan(
    (Work("bronze", "bronze.orders", "2 new files of landing, 3.0 MB"), Work("gold", "gold", "never built")), ()
)
DAY = ModelDay(date(2026, 11, 24), "llama", 1200, 2_000_000, Decimal("1234.5"), 812.4, "azure_trace")
WAREHOUSE = Path("/lake")
PATHS = """\

tables      /lake/<layer>/<table> (Delta)      ledger  /lake/ops
broken rows /lake/quarantine/<table>            logs    /lake/_logs
next: hallmark tables · hallmark status · hallmark dbt docs generate
"""


def done(*entries: StepEntry, plan: RunPlan = PLAN, seconds: float = 71.9) -> Done:
    return Done("7f3a", plan, entries, (), seconds)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What is on the screen, without the spaces at the ends of lines."""
    return "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())


def ending(capsys: pytest.CaptureFixture[str], run: Done, *days: ModelDay) -> str:
    print_done(make_console(), run, days, WAREHOUSE)
    return said(capsys).removesuffix(PATHS)


def test_a_plan_without_work_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(make_console(), RunPlan((), ()))
    assert said(capsys) == "nothing new: every table is up to date\n"


def test_a_plan_is_a_line_a_thing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(make_console(), PLAN)
    assert said(capsys) == (
        "layer   what           why\n"
        "bronze  bronze.orders  2 new files of landing, 3.0 MB\n"
        "gold    gold           never built\n"
    )


def test_a_plan_keeps_square_brackets_and_colons(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(make_console(), RunPlan((Work("bronze", "bronze.a", "1 new file of [red]b[/] :100:, 3.0 MB"),), ()))
    assert said(capsys).splitlines()[1] == "bronze  bronze.a  1 new file of [red]b[/] :100:, 3.0 MB"


def test_a_run_with_nothing_to_do_says_so_and_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    print_done(make_console(), done(plan=RunPlan((), ())), [], WAREHOUSE)
    assert said(capsys) == f"nothing new: every table is up to date, no row was changed\n{PATHS}"


def test_a_run_ends_with_a_table_and_the_sum_of_its_gates(capsys: pytest.CaptureFixture[str]) -> None:
    gold = replace(BRONZE, layer="gold", table_name="gold.dim_model", rows_in=None, rows_written=3, seconds=0.04)
    assert ending(capsys, done(BRONZE, GATE, gold)) == (
        "\n"
        "layer   table      rows in   valid  quarantined  written  seconds\n"
        "bronze  orders      28,185                        28,171      2.2\n"
        "silver  orders      28,185  28,171           14   28,171      2.2\n"
        "gold    dim_model                                      3      0.0\n"
        "nothing lost: 28,185 rows in = 28,171 valid + 14 quarantined  (run 7f3a, 1 min 12 s)\n"
    )


def test_the_sum_is_over_all_gates(capsys: pytest.CaptureFixture[str]) -> None:
    unreadable = replace(GATE, table_name="silver.changes", rows_in=3, rows_valid=0, rows_quarantined=3)
    assert ending(capsys, done(GATE, unreadable), ).splitlines()[-1] == (
        "nothing lost: 28,188 rows in = 28,171 valid + 17 quarantined  (run 7f3a, 1 min 12 s)"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (59.4, "59.4 s"), (59.5, "1 min 0 s"), (119.6, "2 min 0 s"), (3661, "61 min 1 s")],
)
def test_a_long_time_is_told_in_minutes(capsys: pytest.CaptureFixture[str], seconds: float, text: str) -> None:
    assert ending(capsys, done(GATE, seconds=seconds)).endswith(f"(run 7f3a, {text})\n")


def test_the_answer_is_a_line_a_model_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    unknown = replace(DAY, model="a", requests=1, tokens=7, cost_usd=None, latency_p95_ms=None)
    assert ending(capsys, done(plan=RunPlan((), ())), DAY, unknown).partition("\n\n")[2] == (
        "cost, tokens and p95 latency by model and day (gold.agg_model_daily)\n"
        "day         model  requests     tokens         USD    USD/1k  p95 ms  source\n"
        "2026-11-24  llama     1,200  2,000,000  1,234.5000  0.617250     812  azure_trace\n"
        "2026-11-24  a             1          7                                azure_trace\n"
    )


def test_without_days_there_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert "p95" not in ending(capsys, done(GATE))


def test_of_many_days_the_last_twenty_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    days = [replace(DAY, model=f"m{n:02}") for n in range(23)]
    lines = ending(capsys, done(plan=RunPlan((), ())), *days).partition("day  ")[2].splitlines()[1:]
    assert [line.split()[1] for line in lines[:-1]] == [f"m{n:02}" for n in range(3, 23)]
    assert lines[-1].strip() == "the last 20 of 23"


def test_a_models_name_keeps_square_brackets_and_colons(capsys: pytest.CaptureFixture[str]) -> None:
    day = replace(DAY, model="llama[4bit] [a] :100:", sources="[azure]")
    line = ending(capsys, done(plan=RunPlan((), ())), day).splitlines()[-1]
    assert line == "2026-11-24  llama[4bit] [a] :100:     1,200  2,000,000  1,234.5000  0.617250     812  [azure]"


def test_a_warehouses_name_keeps_square_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    print_done(make_console(), done(plan=RunPlan((), ())), [], Path("/lake[1]/[a]"))
    assert "tables      /lake[1]/[a]/<layer>/<table> (Delta)      ledger  /lake[1]/[a]/ops\n" in said(capsys)


def test_paths_stay_on_their_lines_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    place = Path("/" + "long" * 60)
    print_done(make_console(), done(plan=RunPlan((), ())), [], place)
    assert f"\ntables      {place}/<layer>/<table> (Delta)      ledger  {place}/ops\n" in said(capsys)


def test_tables_fit_into_the_width_of_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    long = replace(GATE, table_name="silver." + "a_long_name_" * 10)
    day = replace(DAY, model="a long name " * 10, sources="a_long_source, " * 10)
    lines = ending(capsys, done(long), day).splitlines()
    assert max(len(line) for line in lines) == 120
    assert lines.count("nothing lost: 28,185 rows in = 28,171 valid + 14 quarantined  (run 7f3a, 1 min 12 s)") == 1


@pytest.mark.parametrize(
    ("entry", "layer", "counts"),
    [
        (GATE, "silver", "    28,171 valid     14 quarantined  2.2 s"),
        (replace(GATE, rows_valid=0), "silver", "         0 valid     14 quarantined  2.2 s"),
        (BRONZE, "bronze", "    28,171 rows  2.2 s"),
        (replace(BRONZE, rows_written=1), "bronze", "         1 row  2.2 s"),
        (replace(BRONZE, rows_written=None), "bronze", "  2.2 s"),
    ],
)
def test_a_step_is_a_line_with_its_counts(
    capsys: pytest.CaptureFixture[str], entry: StepEntry, layer: str, counts: str
) -> None:
    ScreenReporter(make_console()).done(entry)
    assert said(capsys) == f"{layer}    orders                       {counts}\n"


@pytest.mark.parametrize("detail", ["landing, 2 files", "[a] [red]b[/] :100:", "long " * 40 + "end"])
def test_a_steps_line_ends_with_its_detail(capsys: pytest.CaptureFixture[str], detail: str) -> None:
    ScreenReporter(make_console()).done(replace(BRONZE, detail=detail))
    assert said(capsys) == f"bronze    orders                           28,171 rows  2.2 s  {detail}\n"


@pytest.mark.parametrize("text", ["2 dbt tests hold", "[a] was changed [/]", "long " * 40 + "end"])
def test_a_note_is_a_line(capsys: pytest.CaptureFixture[str], text: str) -> None:
    ScreenReporter(make_console()).note(text)
    assert said(capsys) == f"          {text}\n"


def test_in_a_log_only_slow_beginnings_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = ScreenReporter(make_console())
    reporter.working("spark", "starting")
    reporter.working("bronze", "bronze.orders")
    reporter.working("gold", "dbt")
    assert said(capsys) == "spark     starting …\ngold      dbt …\n"


@pytest.mark.parametrize("steps", [["bronze [a]"], ["spark starting", "bronze [a]"]])
def test_a_terminal_shows_what_is_at_work(steps: list[str]) -> None:
    screen = io.StringIO()
    reporter = ScreenReporter(Console(file=screen, force_terminal=True, width=120, color_system=None))
    for step in steps:
        reporter.working(*step.split(" "))
    reporter.close()
    assert "bronze [a]" in screen.getvalue()


def test_a_log_is_wide_enough_for_our_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert make_console().width == 120


def test_a_console_may_write_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    make_console(to_stderr=True).print("a")
    assert capsys.readouterr() == ("", "a\n")


def test_a_cost_that_counts_prompts_alone_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    print_done(make_console(), done(plan=RunPlan((), ())), [DAY, replace(DAY, model="phi", uncounted=7)], WAREHOUSE)
    rows = [line.split() for line in said(capsys).splitlines()]
    (llama,), (phi,) = ([row for row in rows if model in row] for model in ("llama", "phi"))
    assert (llama[3:6], phi[3:6]) == (
        ["2,000,000", "1,234.5000", "0.617250"],
        ["2,000,000*", "1,234.5000*", "0.617250*"],
    )
