"""What a draft is made from: files, grouped by the servers that a contract would have, or a table of the warehouse."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hallmark.bronze import sniff
from hallmark.contracts.draft_names import words_of
from hallmark.contracts.loader import SUFFIX, load_contracts
from hallmark.contracts.model import Contract, Server
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.catalog import tables_on_disk
from hallmark.lakehouse.errors import ContractError, DataError, SettingsError, did_you_mean
from hallmark.lakehouse.names import SCHEMAS, Table
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.tables import table_path
from hallmark.lakehouse.words import by_number, many

_READ_GLOB = re.compile(r"^[^{}\[\]/*]*[*?][^{}\[\]/*]*$")  # what a contract's path may hold
FORMATS = ("csv", "json", "parquet", "delta")


@dataclass(frozen=True)
class Source:
    """Data to draft from.

    Attributes:
        id: the contract's id, unless the caller names one.
        label: what was read, in words.
        files: the servers of the draft, each with its files.
        servers: servers of the draft that are not read from (those that landed a bronze table).
        delta: folder of the Delta table to read, when it is one.
        finished: the table is typed already; its columns keep their names and types.
        remarks: what a person should know.
    """

    id: str
    label: str
    files: tuple[tuple[Server, tuple[str, ...]], ...] = ()
    servers: tuple[Server, ...] = ()
    delta: Path | None = None
    finished: bool = False
    remarks: tuple[str, ...] = ()


def find_source(what: Sequence[str], settings: Settings, *, file_format: str | None, out: Path | None) -> Source:
    """Find out what the arguments of the command name.

    Raises:
        DataError: no such file or table, or a file without rows or of no known format.
        SettingsError: an unknown format.
    """
    if file_format is not None and file_format not in FORMATS:
        raise SettingsError("no such format", where="--format", got=file_format, wanted=", ".join(FORMATS))
    schema, _, name = what[0].partition(".")
    if len(what) == 1 and schema in SCHEMAS and re.fullmatch(r"\w+", name) and not Path(what[0]).exists():
        return _table(Table(schema, name), settings)
    return _files(what, settings, file_format=file_format, out=out)


def _table(table: Table, settings: Settings) -> Source:
    path = table_path(settings.warehouse, table)
    if not deltalog.exists(path):
        known = [str(each) for each in tables_on_disk(settings.warehouse, table.schema)]
        raise DataError(
            "no such table", where=settings.warehouse, got=table,
            todo=did_you_mean(str(table), known) or "hallmark tables lists them",
        )  # fmt: skip
    own = Server("warehouse", f"{table.schema}/{table.name}", "delta")
    if table.schema != "bronze":
        return Source(str(table), f"the table {table}", servers=(own,), delta=path, finished=True)
    contract = _contract_of(table, settings)
    if contract is None:
        remark = "no contract says where these rows come from: put the servers that land them in place of this one"
        return Source(str(table), f"the table {table}", servers=(own,), delta=path, remarks=(remark,))
    if contract.is_cdc:
        raise DataError(
            "the table holds change events of a database, not rows of one table",
            where=table,
            todo=f"draft from a table that they are turned into: silver.{contract.objects[0].name}",
        )
    return Source(contract.id, f"the table {table}", servers=contract.servers, delta=path)


def _contract_of(table: Table, settings: Settings) -> Contract | None:
    try:
        contracts = load_contracts(settings.contracts)
    except ContractError:  # a draft may well be the way to mend them
        return None
    return next((each for each in contracts if each.is_source and each.bronze_name == table.name), None)


def _paths(what: Iterable[str]) -> list[Path]:
    found: list[Path] = []
    for argument in what:
        path = Path(argument).expanduser()
        named = [path] if path.exists() else [Path(name) for name in sorted(glob.glob(str(path)))]  # noqa: PTH207 -- the argument is the pattern
        named = [each for each in named if each == path or not each.name.startswith((".", "_"))]
        if not named:
            raise _no_such_file(argument, path)
        found += [each.resolve() for each in named]
    return list(dict.fromkeys(found))


def _no_such_file(argument: str, path: Path) -> DataError:
    beside = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
    hint = did_you_mean(path.name, beside)
    return DataError(
        "no such file or table",
        where=path.parent.absolute(),
        got=argument,
        todo=hint
        or "name a file, files by a pattern in quotes, a folder of a Delta table, or a table such as bronze.x",
    )


@dataclass(frozen=True)
class _Looks:
    """What files of one server have in common."""

    folder: Path
    kind: str
    options: tuple[tuple[str, str], ...]


def _looks(path: Path, file_format: str | None) -> _Looks:
    kind = file_format or sniff.format_of(path)
    options = sniff.csv_options(path) if kind == "csv" else sniff.json_options(path) if kind == "json" else {}
    return _Looks(path.parent, kind, tuple(sorted(options.items())))


def _files(what: Sequence[str], settings: Settings, *, file_format: str | None, out: Path | None) -> Source:
    paths = _paths(what)
    groups: dict[_Looks, list[Path]] = {}
    for path in paths:
        groups.setdefault(_looks(path, file_format), []).append(path)
    if any(looks.kind == "delta" for looks in groups):
        return _delta_folder(paths, settings, out)
    remarks: list[str] = []
    files: list[tuple[Server, tuple[str, ...]]] = []
    taken: set[str] = set()
    for looks, members in groups.items():
        place, remark = _place(looks.folder, settings, out)
        given = Path(what[0]).name if len(what) == 1 and len(groups) == 1 and len(members) > 1 else ""
        pattern = given if _READ_GLOB.match(given) else _pattern([member.name for member in members])
        server = Server(_free(looks.folder.name, taken), f"{place}{pattern}", looks.kind, dict(looks.options))
        files.append((server, tuple(map(str, members))))
        remarks += [remark] * bool(remark) + _too_wide(looks.folder, pattern, members) + _of_headers(looks, members)
    label = files[0][0].path if len(files) == 1 else "files of several kinds or folders"
    return Source(
        id=_id(paths, out),
        label=f"{label} ({_count(paths)})",
        files=tuple(files),
        servers=tuple(server for server, _ in files),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _of_headers(looks: _Looks, members: Sequence[Path]) -> list[str]:
    if looks.kind != "csv":
        return []
    repeated = {name: path.name for path in members for name in sniff.repeated_names(path, dict(looks.options))}
    return [
        f"the header of {file} has {name!r} more than once: the later ones got a number"
        for name, file in repeated.items()
    ]


def _delta_folder(paths: Sequence[Path], settings: Settings, out: Path | None) -> Source:
    if len(paths) > 1:
        raise DataError("a Delta table is drafted alone", got=f"{len(paths)} places", todo="name one folder")
    if not deltalog.exists(paths[0]):
        raise DataError("no Delta table", where=paths[0], todo="name the folder of one, or another --format")
    place, remark = _place(paths[0].parent, settings, out)
    server = Server(_free(paths[0].parent.name, set()), f"{place}{paths[0].name}", "delta")
    label = f"the Delta table {server.path}"
    return Source(
        _id(paths, out), label, servers=(server,), delta=paths[0], finished=True, remarks=(remark,) * bool(remark)
    )


def _place(folder: Path, settings: Settings, out: Path | None) -> tuple[str, str]:
    """A folder as a contract writes it: relative to the data folder, else to the contract's or the current folder."""
    data = settings.data.expanduser().resolve() if settings.data else None
    for base in filter(None, [data, out.resolve().parent if out else None, Path.cwd()]):
        if folder.is_relative_to(base):
            place = folder.relative_to(base).as_posix()
            return ("" if place == "." else f"{place}/"), ""
    return "", "server paths are relative to the data folder: here the folder of the files is taken for it"


def _pattern(files: Sequence[str]) -> str:
    """A glob for files of one folder: what they have in common, a star for the rest.

    >>> _pattern(["log_1.csv", "log_20.csv"]), _pattern(["a[1].csv"])
    ('log_*.csv', 'a?1?.csv')
    """
    prefix = _common_start(files)
    suffix = _common_start([name[len(prefix) :][::-1] for name in files])[::-1]
    pattern = files[0] if len(files) == 1 else f"{prefix}*{suffix}"
    return re.sub(r"[\[\]{}]", "?", pattern)


def _common_start(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:same]


def _common_words(stems: Sequence[str]) -> str:
    """What names have in common, to the last whole word.

    >>> _common_words(["log_10", "log_11"]), _common_words(["trace_code", "trace_conv"]), _common_words(["a"])
    ('log', 'trace', 'a')
    """
    start = _common_start(stems)
    return start if start in stems else re.sub(r"[^_\W]*$", "", start).rstrip("_-. ")


def _too_wide(folder: Path, pattern: str, members: Sequence[Path]) -> list[str]:
    others = [each for each in folder.glob(pattern) if each not in members and not each.name.startswith((".", "_"))]
    were = by_number(len(others), "was", "were")
    return [f"the path {pattern} takes in {many(len(others), 'more file')}, which {were} not read"] if others else []


def _free(name: str, taken: set[str]) -> str:
    plain = name = _plain(name) or "landing"
    while name in taken:
        name = f"{plain}_{len(taken) + 1}"
    taken.add(name)
    return name


def _plain(name: str) -> str:
    plain = "_".join(words_of(name))
    return f"n_{plain}" if plain[:1].isdigit() else plain


def _id(paths: Sequence[Path], out: Path | None) -> str:
    """`folder.file` of the contract to be written, else of the data."""
    if out is not None and out.name.endswith(SUFFIX):
        domain, name = out.resolve().parent.name, out.name.removesuffix(SUFFIX)
    else:
        stems = [path.name.partition(".")[0] for path in paths]
        domain, name = paths[0].parent.name, _common_words(stems) or paths[0].parent.name
    return f"{_plain(domain) or 'landing'}.{_plain(name) or 'rows'}"


def _count(paths: Sequence[Path]) -> str:
    return many(len(paths), "file")
