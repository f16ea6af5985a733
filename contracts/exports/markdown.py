"""Pages as Markdown (GitHub's): whatever a contract's texts hold, they are shown and never obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hallmark.contracts.exports.page import Block, Cell, Code, Facts, Grid, Link, Page, Paragraph, Span
from hallmark.contracts.exports.words import one_line

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def markdown(page: Page) -> str:
    """The page as Markdown text."""
    lines = [f"<!-- {one_line(page.origin).replace('--', '- -')} -->", f"# {_text(page.title)}", "", _text(page.lead)]
    if page.stem != "index":
        lines += ["", "[All contracts](README.md)"]
    for section in page.sections:
        if section.blocks:
            lines += ["", f"{'#' * section.level} {_text(section.title)}"]
            for block in section.blocks:
                lines += ["", *_block(block)]
    return "\n".join(lines) + "\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield _cell(block.cell)
    elif isinstance(block, Facts):
        yield "| | |"
        yield "|---|---|"
        yield from (f"| **{_text(name)}** | {_cell(value)} |" for name, value in block.rows)
    else:
        yield from _grid(block)


def _grid(grid: Grid) -> Iterator[str]:
    yield f"| {' | '.join(map(_text, grid.headers))} |"
    yield f"|{'---|' * len(grid.headers)}"
    for row in grid.rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(spans: Cell) -> str:
    return "".join(map(_span, spans))


def _span(span: Span) -> str:
    if isinstance(span, Code):
        return _code(span.text)
    if isinstance(span, Link):
        to = f"{span.page}.md" if span.page else span.to
        return f"[{_text(span.text)}](<{to.replace('|', '%7C')}>)"
    return _text(span)


def _text(text: str) -> str:
    words = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    # At a line's beginning these would make a list or an underline.
    words = re.sub(r"^(?=[-+=])", r"\\", words)
    words = re.sub(r"^(\d+)(?=[.)](\s|$))", r"\1\\", words)
    # GitHub makes links of bare addresses by itself: those that are ours are links already.
    words = words.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
    return f"{' ' * text[:1].isspace()}{words}{' ' * text[-1:].isspace()}"


def _code(text: str) -> str:
    words = one_line(text).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{pad}{words}{pad}{fence}"
