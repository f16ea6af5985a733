"""Data docs as pages that ask nobody for anything: GX's own load scripts, styles and a logo from seven servers."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path

from hallmark.gold.judge import Outcome

_STYLE = """
body {font-family: system-ui, sans-serif; margin: 1.5rem; color: #222; line-height: 1.4; max-width: 75rem}
table {border-collapse: collapse; margin: .5rem 0}
td, th {border: 1px solid #ddd; padding: .3rem .6rem; text-align: left; vertical-align: top}
thead {background: #f4f4f4}
nav ul {list-style: none; padding-left: 0}
.alert {background: #f4f4f4; padding: .5rem .8rem}
.collapse {font-size: .85em}
.cooltip .top, .btn-group {display: none}
.bad {color: #b00020; font-weight: 600}
.good, i.text-success::before {color: #1b6e2d}
i.text-success::before {content: "\\2714"}
i.text-danger::before {content: "\\2718"; color: #b00020}
i.text-warning::before {content: "!"; color: #a15c00}
"""
_SCRIPTS = re.compile(r"<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE)
_OUTSIDE_LINKS = re.compile(r"<link\b[^>]*?href=\"https?://[^>]*?>", re.DOTALL | re.IGNORECASE)
_OUTSIDE_IMAGES = re.compile(r"<img\b[^>]*?src=\"https?://[^>]*?>", re.DOTALL | re.IGNORECASE)
_OUTSIDE_PICTURES = re.compile(r"url\(['\"]?https?://[^)]*\)", re.IGNORECASE)
_OUTSIDE_ANCHORS = re.compile(
    r"<a\b[^>]*?href=\"https?://greatexpectations\.io/newsletter.*?</a>", re.DOTALL | re.IGNORECASE
)


def make_offline(folder: Path) -> None:
    """Take all that points outside from the pages in a folder, and give them a style of their own."""
    for page in folder.rglob("*.html"):
        page.write_text(offline(page.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.rmtree(folder / "static", ignore_errors=True)  # 4 MB of fonts and pictures that no page shows now


def offline(page: str) -> str:
    """A page without scripts, and without styles and pictures from elsewhere.

    >>> offline('<head><script src="https://a/b.js"></script></head><p>rows</p>').endswith("</head><p>rows</p>")
    True
    """
    for what in (_SCRIPTS, _OUTSIDE_LINKS, _OUTSIDE_IMAGES, _OUTSIDE_ANCHORS):
        page = what.sub("", page)
    return _OUTSIDE_PICTURES.sub("none", page).replace("</head>", f"<style>{_STYLE}</style></head>", 1)


def write_index(
    folder: Path, outcomes: Sequence[Outcome], failed: AbstractSet[tuple[str, str]], *, run_id: str, at: datetime
) -> None:
    """The entrance: GX's own is a table that a script fills. Ours links to the same pages, a line a table."""
    lines = "".join(_lines(folder, outcomes, failed))
    title = f"Whole-table expectations, run {html.escape(run_id)}, {at:%Y-%m-%d %H:%M} UTC"
    (folder / "index.html").write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1><table><thead><tr><th>table</th><th>verdict</th><th>expectations</th><th>pages</th>"
        f"<th>what does not hold</th></tr></thead><tbody>{lines}</tbody></table>"
        "<p>Checked with Great Expectations. History: tables ops.metrics and ops.expectations.</p></body></html>\n",
        encoding="utf-8",
    )


def _lines(folder: Path, outcomes: Sequence[Outcome], failed: AbstractSet[tuple[str, str]]) -> Iterator[str]:
    for table in sorted({each.expectation.table for each in outcomes}):
        mine = [each for each in outcomes if each.expectation.table == table]
        bad = [each for each in mine if not each.holds or (table, each.expectation.name) in failed]
        stops = any(each.expectation.severity == "error" for each in bad)
        verdict = '<td class="bad">does not hold</td>' if stops else '<td class="good">holds</td>'
        reasons = "<br>".join(f"{each.expectation.severity}: {html.escape(str(each))}" for each in bad)
        cells = f"<td>{len(mine)}</td><td>{_links(folder, table)}</td><td>{reasons}</td>"
        yield f"<tr><td>gold.{table}</td>{verdict}{cells}</tr>"


def _links(folder: Path, table: str) -> str:
    pages = [("results", page) for page in folder.glob(f"validations/gold/{table}/**/*.html")]
    pages += [("suite", page) for page in folder.glob(f"expectations/gold/{table}.html")]
    return " ".join(f'<a href="{html.escape(page.relative_to(folder).as_posix())}">{name}</a>' for name, page in pages)
