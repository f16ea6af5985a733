"""Pages as HTML: one file each, no script, nothing loaded from elsewhere; readable on a phone and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from hallmark.contracts.exports.page import Block, Cell, Code, Facts, Grid, Link, Page, Paragraph, Section, Span
from hallmark.contracts.exports.words import one_line

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5a636e; --line: #d8dde3; --paper: #fff; --tint: #f4f6f8;
  --mark: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4af; --line: #363d45; --paper: #14171a;
  --tint: #1d2126; --mark: #e0b050; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; padding-top: .5rem; border-top: 3px solid var(--mark); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
a { color: inherit; text-decoration-color: var(--mark); text-underline-offset: .2em; }
.lead, footer { color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; font-size: .9rem; }
code { font: .875em/1.4 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .35rem 1rem; margin: .75rem 0; }
dt { color: var(--soft); } dd { margin: 0; white-space: pre-line; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .45rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; border-bottom-width: 2px; overflow-wrap: normal; }
td code { white-space: nowrap; }
td { white-space: pre-line; }
.wide { overflow-x: auto; }
.wide th, .wide td { min-width: 7rem; }
td.in1 { padding-left: 1.6rem; } td.in2 { padding-left: 2.6rem; } td.in3 { padding-left: 3.6rem; }
@media (max-width: 45rem) {
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  table, tbody, tr, td { display: block; width: 100%; } thead { display: none; }
  tr { margin: 0 0 .75rem; padding: .5rem .75rem; background: var(--tint); border-radius: .4rem; }
  td, .wide td { padding: .15rem 0; border: 0; min-width: 0; }
  td:empty { display: none; }
  td[data-name]::before { content: attr(data-name) "  "; color: var(--soft); font-size: .8rem; }
  td code { white-space: normal; overflow-wrap: anywhere; }
  td:first-child, td:first-child code { font-weight: 600; } td:first-child::before { content: none; }
  td.in1, td.in2, td.in3 { padding-left: 0; }
}
@media print { nav { display: none; } body { max-width: none; } }
"""


def html(page: Page) -> str:
    """The page as one HTML file."""
    shown = [section for section in page.sections if section.blocks]
    up = "" if page.stem == "index" else '<a href="index.html">All contracts</a>'
    lines = [
        "<!DOCTYPE html>",
        f"<!-- {escape(one_line(page.origin)).replace('--', '- -')} -->",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(page.title)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        f"<header>{up}<h1>{escape(page.title)}</h1>",
        f'<p class="lead">{escape(page.lead)}</p></header>',
        *_contents(shown),
        "<main>",
        *(line for section in shown for line in _section(section)),
        "</main>",
        f"<footer><p>{escape(one_line(page.origin))}</p></footer>",
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _contents(sections: list[Section]) -> Iterator[str]:
    top = [section for section in sections if section.level == 2]
    if len(top) > 2:
        links = "".join(f'<li><a href="#{_anchor(s.title)}">{escape(s.title)}</a></li>' for s in top)
        yield f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _section(section: Section) -> Iterator[str]:
    yield f'<h{section.level} id="{_anchor(section.title)}">{escape(section.title)}</h{section.level}>'
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"<p>{_cell(block.cell)}</p>"
    elif isinstance(block, Facts):
        yield "<dl>"
        yield from (f"<dt>{escape(name)}</dt><dd>{_cell(value)}</dd>" for name, value in block.rows)
        yield "</dl>"
    else:
        yield from _grid(block)


def _grid(grid: Grid) -> Iterator[str]:
    yield f'<div class="{"wide" if len(grid.headers) > 6 else "grid"}"><table>'
    yield f"<thead><tr>{''.join(f'<th>{escape(name)}</th>' for name in grid.headers)}</tr></thead><tbody>"
    indents = grid.indents or (0,) * len(grid.rows)
    for row, indent in zip(grid.rows, indents, strict=True):
        first = f' class="in{min(indent, 3)}"' if indent else ""
        cells = [
            f'<td{first if i == 0 else ""} data-name="{escape(name)}">{_cell(value)}</td>'
            for i, (name, value) in enumerate(zip(grid.headers, row, strict=True))
        ]
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _cell(spans: Cell) -> str:
    return "".join(map(_span, spans))


def _span(span: Span) -> str:
    if isinstance(span, Code):
        return f"<code>{escape(span.text)}</code>"
    if isinstance(span, Link):
        to = f"{span.page}.html" if span.page else span.to
        return f'<a href="{escape(to)}">{escape(span.text)}</a>'
    return escape(span)
