"""What a contract test says: a short text, one JSON document, or JUnit XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from hallmark.lakehouse.names import MASK
from hallmark.lakehouse.words import by_number, many
from hallmark.pipelines.contract_results import Result, Sample, TableTest, Trial

_STYLES = {"ok": "green", "warning": "yellow", "broken": "bold red"}
# What XML 1.0 has no place for; Spark's texts and a source's values may have it.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def print_tested(console: Console, tested: Trial, root: Path) -> None:
    """Rows, then the rules that are worth a line with samples of what breaks them, then the verdict."""
    contract = tested.contract
    console.print(Text(f"contract {contract.id} {contract.version} ({_short(str(contract.file), root)})"))
    for table in tested.tables:
        _print_table(console, table, root)
    for line in (*contract.warnings, *tested.notes):
        console.print(Text(f"note: {line}", style="dim"), soft_wrap=True)
    console.print()
    verdict = Text(verdict_of(tested), style=_STYLES["ok" if tested.holds else "broken"])
    console.print(verdict, soft_wrap=True)


def verdict_of(tested: Trial) -> str:
    """The last line."""
    broken, warned = tested.count("broken"), tested.count("warning")
    every, warn = broken + warned + tested.count("ok"), by_number(warned, "warns", "warn")
    if broken:
        return f"violated: {broken} of {many(every, 'rule')} broken" + (f", {warned} more {warn}" if warned else "")
    return f"holds: {many(every, 'rule')}" + (f", {warned} of them only {warn}" if warned else "")


def _print_table(console: Console, table: TableTest, root: Path) -> None:
    console.print()
    files = table.files[0] if len(table.files) == 1 else f"{len(table.files)} files"
    console.print(
        Text(f"{table.table}: {_short(files, root)} ({', '.join(dict.fromkeys(table.servers))})"), soft_wrap=True
    )
    console.print(Text(f"rows {table.rows:,}   valid {table.valid:,}   broken {table.broken:,}"))
    if table.new_columns:
        console.print(Text(f"not in the contract: {', '.join(table.new_columns)}", style="yellow"), soft_wrap=True)
    if table.missing_columns:
        console.print(Text(f"in no file, so null: {', '.join(table.missing_columns)}", style="yellow"), soft_wrap=True)
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for name in ("", "rule", "found", "wanted"):
        grid.add_column(name, justify="right" if name == "found" else "left", overflow="fold")
    told = [result for result in table.results if _is_worth_a_line(result)]
    for result in told:
        outcome = result.outcome
        mark = Text(result.state, style=_STYLES[result.state])
        grid.add_row(mark, Text(_plain(outcome.message)), Text(found_of(result)), Text(outcome.wanted))
        for sample in result.samples:
            parts = (_shown(sample.value), _short(sample.file or "", root), _plain(sample.key or ""))
            grid.add_row("", Text(f"  {'  '.join(part for part in parts if part)}", style="dim"))
    if told:
        console.print(grid)
    for skipped in table.skipped:
        line = f"not run: {_plain(skipped.message)}: {skipped.why}"
        console.print(Text(line, style="dim"), soft_wrap=True)
    rest = len(table.results) - len(told)
    if rest:
        hold = f"{' more' if told else ''} {by_number(rest, 'holds', 'hold')} for every row"
        console.print(Text(f"{many(rest, 'rule')}{hold}", style="dim"))


def _is_worth_a_line(result: Result) -> bool:
    is_row_rule = bool(result.outcome.fingerprint) or result.outcome.rule == "relationship"
    return not is_row_rule or not result.outcome.holds or bool(result.outcome.measured)


def found_of(result: Result) -> str:
    """What was measured, with its unit."""
    outcome, number = result.outcome, result.outcome.measured
    if number is None:
        return "nothing"
    if isinstance(number, str):
        return _plain(number)
    text = f"{number:,.0f}" if number == number.to_integral_value() else f"{number.normalize():.6g}"
    return {"percent": f"{text} %", "rows": "1 row" if number == 1 else f"{text} rows"}.get(outcome.unit, text)


def _short(file: str, root: Path) -> str:
    path = Path(file)
    return str(path.relative_to(root)) if path.is_absolute() and path.is_relative_to(root) else file


def _shown(value: str | None) -> str:
    return "null" if value is None else repr(_plain(value)) if value != MASK else value


def _plain(text: str) -> str:
    return _CONTROLS.sub("\ufffd", text)


def document(tested: Trial) -> dict[str, Any]:
    """All of it, for `--json`."""
    contract = tested.contract
    return {
        "contract": contract.id,
        "version": contract.version,
        "file": str(contract.file),
        "verdict": "holds" if tested.holds else "violated",
        "rules": {state: tested.count(state) for state in ("ok", "warning", "broken")},
        "tables": [_table_document(table) for table in tested.tables],
        "warnings": list(contract.warnings),
        "notes": list(tested.notes),
    }


def _table_document(table: TableTest) -> dict[str, Any]:
    return {
        "table": table.table,
        "servers": list(table.servers),
        "files": list(table.files),
        "rows": table.rows,
        "valid": table.valid,
        "broken": table.broken,
        "new_columns": list(table.new_columns),
        "missing_columns": list(table.missing_columns),
        "rules": [_result_document(result) for result in table.results],
        "not_run": [asdict(skipped) for skipped in table.skipped],
    }


def _result_document(result: Result) -> dict[str, Any]:
    outcome = result.outcome
    return {
        "rule": outcome.rule,
        "columns": list(outcome.columns),
        "message": outcome.message,
        "state": result.state,
        "severity": outcome.severity,
        "measured": _number(outcome.measured),
        "unit": outcome.unit,
        "wanted": outcome.wanted,
        "samples": [asdict(sample) for sample in result.samples],
    }


def _number(measured: Decimal | str | None) -> int | float | str | None:
    if not isinstance(measured, Decimal):
        return measured
    return int(measured) if measured == measured.to_integral_value() else float(measured)


def junit(tested: Trial) -> str:
    """JUnit XML: a suite a table, a case a rule, a failure with samples where one is broken, skipped where not run."""
    suites = ET.Element("testsuites", _counts(tested.tables))
    suites.set("name", _xml(f"{tested.contract.id} {tested.contract.version}"))
    for table in tested.tables:
        suite = ET.SubElement(suites, "testsuite", {"name": _xml(table.table), **_counts([table])})
        for result in table.results:
            _case(suite, f"{tested.contract.id}.{table.table}", result)
        for skipped in table.skipped:
            name = {"name": _xml(f"{skipped.rule}: {skipped.message}"), "time": "0"}
            case = ET.SubElement(suite, "testcase", {**name, "classname": _xml(f"{tested.contract.id}.{table.table}")})
            ET.SubElement(case, "skipped", {"message": _xml(skipped.why)})
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _counts(tables: Sequence[TableTest]) -> dict[str, str]:
    results = [result for table in tables for result in table.results]
    failures, skipped = sum(result.state == "broken" for result in results), sum(len(t.skipped) for t in tables)
    counts = {"tests": len(results) + skipped, "failures": failures, "errors": 0, "skipped": skipped}
    return {name: str(count) for name, count in counts.items()}


def _case(suite: ET.Element, of: str, result: Result) -> None:
    outcome = result.outcome
    name = f"{outcome.rule}: {outcome.message}"
    case = ET.SubElement(suite, "testcase", {"name": _xml(name), "classname": _xml(of), "time": "0"})
    if result.state == "ok":
        return
    says = f"found {found_of(result)}, wanted {outcome.wanted}"
    lines = [says, *map(_sample_line, result.samples)]
    if result.state == "broken":
        ET.SubElement(case, "failure", {"message": _xml(says), "type": _xml(outcome.rule)}).text = _xml(
            "\n".join(lines)
        )
    else:
        ET.SubElement(case, "system-out").text = _xml("\n".join(["warning: " + lines[0], *lines[1:]]))


def _sample_line(sample: Sample) -> str:
    key = f", {sample.key}" if sample.key else ""
    return f"{_shown(sample.value)} in {sample.file}{key}"


def _xml(text: str) -> str:
    return _NO_XML.sub("", text)
