"""`hallmark contract diff OLD NEW`: reads both sides, from disk or out of git, and prints what changed."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from hallmark.contracts.change_kinds import KINDS, Change
from hallmark.contracts.evolution import Comparison, compare, compare_all, next_version
from hallmark.contracts.loader import SUFFIX, read_document, refuse_twice
from hallmark.lakehouse.errors import ContractError
from hallmark.lakehouse.words import many

_LONGEST = 160


def diff(old: str, new: str) -> tuple[Comparison, ...]:
    """Compare two contract files, or two folders of them by contract id.

    Args:
        old: a file, a folder, or one of a git revision as git names it (`HEAD~1:contracts/a.odcs.yaml`).
        new: the same.

    Raises:
        ContractError: a side is not there or holds no contract; a file against a folder; an id twice in a folder.
    """
    with tempfile.TemporaryDirectory(prefix="hallmark-diff-") as scratch:
        places = [_place(side, Path(scratch) / name) for side, name in ((old, "old"), (new, "new"))]
        if places[0].is_dir() != places[1].is_dir():
            kinds = " and ".join("a folder" if place.is_dir() else "a file" for place in places)
            raise ContractError("a file can't be compared with a folder", where=f"{old} and {new}", got=kinds)
        if not places[0].is_dir():
            before, after = (read_document(place).content for place in places)
            return (compare(before, after),)
        one, other = (_contents(place, side) for place, side in zip(places, (old, new), strict=True))
        return compare_all(one, other)


def _contents(folder: Path, side: str) -> list[Mapping[str, Any]]:
    documents = [read_document(file) for file in sorted(folder.rglob(f"*{SUFFIX}"))]
    if not documents:
        raise ContractError("no contracts found", where=side, wanted=f"files named <table>{SUFFIX}")
    refuse_twice([(str(document.content["id"]), document.file) for document in documents], "contract id")
    return [document.content for document in documents]


def _place(side: str, scratch: Path) -> Path:
    path = Path(side).expanduser()
    if path.exists():
        return path
    revision, colon, name = side.partition(":")
    if not colon or not revision or revision.startswith("-"):
        raise ContractError(
            "no such file or folder", where=side, todo="or name one of a git revision: HEAD~1:contracts"
        )
    scratch.mkdir()
    if _git("cat-file", "-t", side).strip() == b"tree":
        with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", side))) as archive:
            archive.extractall(scratch, filter="data")
        return scratch
    file = scratch / Path(name).name
    file.write_bytes(_git("show", side))
    return file


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except OSError as error:
        raise ContractError("git can't be started", where=arguments[-1], got=error.strerror) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ContractError(
            "no such file or folder, neither on disk nor in git",
            where=arguments[-1],
            got=said[0] if said else f"git ended with {done.returncode}",
            wanted="a path, or <revision>:<path from the repository's root>",
        )
    return done.stdout


def document(found: Sequence[Comparison]) -> dict[str, Any]:
    """What `--json` prints."""
    contracts = [
        {
            "id": each.id,
            "old_version": each.old_version,
            "new_version": each.new_version,
            "demanded": each.demanded,
            "made": each.made,
            "enough": each.enough,
            "broken": each.broken,
            "changes": [
                {**asdict(change), "breaking": change.breaking, "meaning": KINDS[change.kind].meaning}
                for change in each.changes
            ],
        }
        for each in found
    ]
    return {"broken": any(each.broken for each in found), "contracts": contracts}


def print_found(console: Console, found: Sequence[Comparison]) -> None:
    """Print the contracts that changed, and how many did not."""
    for each in found:
        if each.changes or each.old_version != each.new_version:
            _print_one(console, each)
    same = sum(not each.changes and each.old_version == each.new_version for each in found)
    if same:
        console.print(f"{same} contract{'s' * (same > 1)} without a difference", soft_wrap=True)


def _print_one(console: Console, found: Comparison) -> None:
    console.print(Text(f"{found.id} {_version(found.old_version)} -> {_version(found.new_version)}", style="bold"))
    width = max((len(change.kind) for change in found.changes), default=0)
    for change in found.changes:
        line = Text("  BREAKING" if change.breaking else f"  {change.bump:<8}", style="red" if change.breaking else "")
        line.append(f" {change.kind:<{width}}  {change.path}: {_values(change)}", style="default")
        line.append(f"  ({KINDS[change.kind].meaning})", style="dim")
        console.print(line, soft_wrap=True)
    console.print(_verdict(found), soft_wrap=True)


def _version(version: str | None) -> str:
    return version or "nothing"


def _values(change: Change) -> str:
    return " -> ".join(_bounded(value) for value in (change.old, change.new))


def _bounded(value: str | None) -> str:
    if value is None:
        return "nothing"
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"


def _verdict(found: Comparison) -> Text:
    if found.old_version is None or found.new_version is None:
        if found.broken:
            return Text(
                "  WRONG: retire it first (status: retired, with a major version), then remove it", style="bold red"
            )
        return Text("  ok")
    demanded = found.demanded or "no"
    says = f"demands {demanded if demanded != 'no' else 'no bump'}, made: {found.made}"
    if found.broken:
        needs = f"{many(len(found.breaking), 'breaking change')} without a major bump"
        return Text(f"  WRONG: {needs} ({says}); make it {next_version(found.old_version, 'major')}", style="bold red")
    if not found.enough and found.demanded:
        return Text(f"  warning: {says}; make it {next_version(found.old_version, found.demanded)}", style="yellow")
    if not found.enough:
        return Text(f"  warning: the version went back ({found.old_version} -> {found.new_version})", style="yellow")
    return Text(f"  ok: {says}")
