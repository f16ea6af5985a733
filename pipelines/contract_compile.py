"""`hallmark contract compile`: contracts in the words of other tools, written or compared with what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallmark.contracts.exports.kinds import SUFFIXES, export_files, read_kinds
from hallmark.contracts.exports.words import MARK, untold_words
from hallmark.contracts.loader import load_given
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.words import many
from hallmark.pipelines.folder import write_folder

_HEAD = 4096  # characters within which a file says who wrote it


@dataclass(frozen=True)
class Compiled:
    """What was written, or with `checked` what would have to be.

    Attributes:
        out: the folder.
        checked: whether nothing was written.
        contracts: how many there are.
        missing: files that are not there (yet).
        differing: files that are there with another content.
        superfluous: files that a contract wrote that is no longer there.
        same: how many files are up to date.
        warnings: what stands in contracts and has no effect.
    """

    out: Path
    checked: bool
    contracts: int
    missing: tuple[str, ...]
    differing: tuple[str, ...]
    superfluous: tuple[str, ...]
    same: int
    warnings: tuple[str, ...]

    @property
    def drifted(self) -> bool:
        """Whether the folder is not what the contracts say."""
        return bool(self.missing or self.differing or self.superfluous)


def compile_contracts(
    settings: Settings, paths: Sequence[Path], out: Path, *, only: str | None = None, check: bool = False
) -> Compiled:
    """Compile contracts into `out`; with `check` only say what differs.

    Raises:
        ContractError: a contract can't be used, or there is none.
        SettingsError: an unknown kind, or a file of `out` that this command did not write is in the way.
    """
    kinds = read_kinds(only)
    # Only who sees all contracts of a folder can list them, and can tell that a file belongs to none.
    whole = not paths or any(path.is_dir() for path in paths)
    contracts = load_given(list(paths) or [settings.contracts])
    files = {name: text.encode() for name, text in export_files(contracts, kinds, with_index=whole).items()}
    found = _compare(files, out)
    superfluous = _superfluous(files, out, kinds) if whole else ()
    if not check:
        _refuse_strangers(out, found.differing)
        due = {name: files[name] for name in (*found.missing, *found.differing)}
        write_folder(out, due, superfluous)
    return Compiled(
        out=out,
        checked=check,
        contracts=len(contracts),
        missing=found.missing,
        differing=found.differing,
        superfluous=superfluous,
        same=len(files) - len(found.missing) - len(found.differing),
        warnings=tuple(f"{contract.id}: {words}" for contract in contracts for words in untold_words(contract)),
    )


def document(done: Compiled) -> dict[str, Any]:
    """The outcome for `--json`."""
    return {
        "out": done.out,
        "checked": done.checked,
        "contracts": done.contracts,
        "missing" if done.checked else "created": done.missing,
        "differing" if done.checked else "changed": done.differing,
        "superfluous" if done.checked else "removed": done.superfluous,
        "up_to_date": done.same,
        "warnings": done.warnings,
    }


def lines(done: Compiled) -> list[str]:
    """The outcome in lines of text."""
    words = ("missing", "differs", "superfluous") if done.checked else ("created", "changed", "removed")
    listed = zip(words, (done.missing, done.differing, done.superfluous), strict=True)
    told = [f"{word:<11} {done.out / name}" for word, names in listed for name in names]
    warned = [f"warning     {words}" for words in done.warnings]
    end = f"{many(done.contracts, 'contract')}, {many(done.same, 'file')} up to date in {done.out}"
    if done.checked and done.drifted:
        end += "\ndo: hallmark contract compile with the same arguments, without --check"
    return [*warned, *told, end]


@dataclass(frozen=True)
class _Found:
    missing: tuple[str, ...]
    differing: tuple[str, ...]


def _compare(files: Mapping[str, bytes], out: Path) -> _Found:
    there = {name: (out / name).read_bytes() for name in files if (out / name).is_file()}
    return _Found(
        missing=tuple(sorted(files.keys() - there.keys())),
        differing=tuple(sorted(name for name, content in there.items() if content != files[name])),
    )


def _superfluous(files: Mapping[str, bytes], out: Path, kinds: Sequence[str]) -> tuple[str, ...]:
    if not out.is_dir():
        return ()
    endings = tuple(SUFFIXES[kind] for kind in kinds)
    names = {file.name for file in out.iterdir() if file.is_file() and file.name.endswith(endings)}
    return tuple(sorted(name for name in names - files.keys() if _is_ours(out / name)))


def _is_ours(file: Path) -> bool:
    with file.open("rb") as stream:
        head = stream.read(_HEAD).decode("utf-8", errors="replace")
    return MARK in head or (file.name.endswith(SUFFIXES["gx"]) and MARK in file.read_text("utf-8", errors="replace"))


def _refuse_strangers(out: Path, names: Sequence[str]) -> None:
    for name in names:
        if not _is_ours(out / name):
            raise SettingsError(
                "a file is in the way that this command did not write",
                where=out / name,
                wanted=f"a file that says: {MARK}",
                todo="move it, or name another folder with --out",
            )
