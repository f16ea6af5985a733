"""`hallmark vault generate`: the dbt files of a vault, written or compared; never over one that somebody edited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallmark.contracts.loader import load_given
from hallmark.contracts.vault.files import MARK, body_of, fingerprint, vault_files, written_fingerprint
from hallmark.contracts.vault.model import Vault
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.names import IDENTIFIER
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.words import many
from hallmark.pipelines.dbt_project import project_file, project_variables
from hallmark.pipelines.folder import write_folder

FOLDER = Path("models") / "generated"
_WANTED = {"hash_mode": "hardened", "hash_content_casing": "disabled"}


@dataclass(frozen=True)
class Generated:
    """What was written, or with `checked` what would have to be. Paths are below `out`.

    Attributes:
        out: the folder.
        checked: whether nothing was written.
        forced: whether edited files were written over.
        tables: how many hubs, links and satellites there are.
        missing: files that are not there (yet).
        differing: files that nobody edited, and whose contract says something else now.
        edited: files that somebody edited, whose contract says what it said: they are kept.
        behind: edited files whose contract says something else now, with the fingerprint of what it says: kept as well.
        strange: files without a first line of ours: kept.
        superfluous: files of these contracts that are no part of their vault any more, and that nobody edited.
        left: the same, edited: kept.
        same: how many files are up to date.
        notes: what to look at.
    """

    out: Path
    checked: bool
    forced: bool
    tables: int
    missing: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    behind: tuple[tuple[str, str], ...] = ()
    strange: tuple[str, ...] = ()
    superfluous: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    same: int = 0
    notes: tuple[str, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether the folder is not what the contracts say, but for what a person changed on purpose."""
        return bool(self.missing or self.differing or self.behind or self.strange or self.superfluous or self.left)


def generate(
    settings: Settings,
    paths: Sequence[Path],
    out: Path | None,
    *,
    check: bool = False,
    force: bool = False,
    prefix: str = "",
) -> Generated:
    """Write the vault of contracts into `out`; with `check` only say what differs.

    Args:
        settings: where contracts and the dbt project are, where the call does not say it.
        paths: contract files and folders of them; without one: all contracts.
        out: folder; without it `models/generated` of the dbt project.
        check: write nothing.
        force: write over edited files, too.
        prefix: what the names of models begin with.

    Raises:
        ContractError: a contract can't be used, or has no vault.
        SettingsError: a model of that name is elsewhere in the dbt project; the folder can't be written.
    """
    if prefix and not IDENTIFIER.match(prefix):
        wanted = "a letter, then letters, digits and underscores"
        raise SettingsError("not a prefix of names", where="--prefix", got=repr(prefix), wanted=wanted)
    out = out if out is not None else settings.dbt_project / FOLDER
    contracts = load_given(list(paths) or [settings.contracts])
    vault, files = vault_files(contracts, prefix=prefix)
    project = _project(out)
    if project is not None:
        _refuse_other_models(vault, project, out)
    found = _compare(out, files, vault)
    notes = (*vault.notes, *_unset(project))
    tables = sum(len(part.tables) for each in vault.contracts for part in each.parts)
    done = Generated(out, checked=check, forced=force, notes=notes, tables=tables, **found)
    if not check:
        kept = () if not force else (*done.edited, *(name for name, _ in done.behind), *done.strange)
        due = {name: files[name].encode() for name in (*done.missing, *done.differing, *kept)}
        write_folder(out, due, done.superfluous)
    return done


def document(done: Generated) -> dict[str, Any]:
    """The outcome for `--json`."""
    written = not done.checked
    kept = "overwritten" if done.forced and written else "kept"
    return {
        "out": done.out,
        "checked": done.checked,
        "tables": done.tables,
        "created" if written else "missing": done.missing,
        "changed" if written else "differing": done.differing,
        "removed" if written else "superfluous": done.superfluous,
        kept: {
            "edited": done.edited,
            "behind": [{"file": name, "fingerprint": wanted} for name, wanted in done.behind],
            "not_ours": done.strange,
        },
        "left": done.left,
        "up_to_date": done.same,
        "notes": done.notes,
    }


def lines(done: Generated) -> list[str]:
    """The outcome in lines of text."""
    words = ("missing", "differs", "superfluous") if done.checked else ("created", "changed", "removed")
    listed = zip(words, (done.missing, done.differing, done.superfluous), strict=True)
    told = [f"{word:<11} {done.out / name}" for word, names in listed for name in names]
    word = "overwritten" if done.forced and not done.checked else "kept"
    told += [f"{word:<11} {done.out / name}: edited" for name in done.edited]
    told += [
        f"{word:<11} {done.out / name}: edited, and its contract says something else now (fingerprint {wanted})"
        for name, wanted in done.behind
    ]
    told += [f"{word:<11} {done.out / name}: not written by this command" for name in done.strange]
    told += [f"{'kept':<11} {done.out / name}: edited, and no part of the vault any more" for name in done.left]
    told += [f"{'note':<11} {words}" for words in done.notes]
    told.append(f"{many(done.tables, 'table')}, {many(done.same, 'file')} up to date in {done.out}")
    if done.checked and done.drifted:
        told.append("do: hallmark vault generate with the same arguments, without --check")
    if not done.forced and (done.behind or done.strange or done.left):
        told.append(
            "do: mend the edited files by hand and put the fingerprint into their first line, "
            "or write over them with --force; delete what is no part any more"
        )
    return told


def _compare(out: Path, files: Mapping[str, str], vault: Vault) -> dict[str, Any]:
    states: dict[str, list[Any]] = {
        name: [] for name in ("missing", "differing", "edited", "behind", "strange", "same")
    }
    for name, text in sorted(files.items()):
        state = _state(out / name, text)
        states[state].append((name, fingerprint(body_of(text))) if state == "behind" else name)
    same = len(states.pop("same"))
    others = [name for name in _ours(out, [each.folder for each in vault.contracts]) if name not in files]
    edited = [name for name in others if _is_edited(_read(out / name))]
    superfluous = tuple(name for name in others if name not in edited)
    found = {name: tuple(values) for name, values in states.items()}
    return {**found, "same": same, "superfluous": superfluous, "left": tuple(edited)}


def _state(file: Path, text: str) -> str:
    if not file.is_file():
        return "missing"
    there = _read(file)
    if there == text:
        return "same"
    written = written_fingerprint(there)
    if written is None:
        return "strange"
    if not _is_edited(there):
        return "differing"
    return "edited" if written == fingerprint(body_of(text)) else "behind"


def _is_edited(text: str) -> bool:
    return written_fingerprint(text) != fingerprint(body_of(text))


def _read(file: Path) -> str:
    return file.read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n")


def _ours(out: Path, folders: Sequence[str]) -> Iterator[str]:
    for folder in folders:
        for file in sorted((out / folder).rglob("*")):
            if file.is_file() and MARK in _read(file).partition("\n")[0]:
                yield file.relative_to(out).as_posix()


def _project(out: Path) -> Path | None:
    """The folder of the dbt project that `out` is in; None where it is in none."""
    folder = out.absolute()
    return next((each for each in (folder, *folder.parents) if (each / "dbt_project.yml").is_file()), None)


def _refuse_other_models(vault: Vault, project: Path, out: Path) -> None:
    models = vault.models
    folders = project_file(project).get("model-paths") or ["models"]
    for folder in folders:
        for file in sorted((project / str(folder)).rglob("*")):
            named = file.stem if file.suffix in {".sql", ".py"} else ""
            if named in models and out.absolute() not in file.absolute().parents:
                raise SettingsError(
                    f"the dbt project has a model {named!r} already",
                    where=file,
                    got=f"the same of contract {models[named].contract.id}",
                    wanted="each name once in a dbt project",
                    todo="generate other contracts, put a prefix before all names (--prefix), or remove that model",
                )


def _unset(project: Path | None) -> Iterator[str]:
    if project is None:
        return
    known = project_variables(project)
    for name, wanted in _WANTED.items():
        if str(known.get(name)).lower() != wanted:
            yield f"set the variable {name}: {wanted} in {project / 'dbt_project.yml'} before the first load"
