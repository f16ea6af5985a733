"""Which files a contract's table is tested on: those of its servers, or those that the call names. No Spark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hallmark.bronze.endings import FORMAT_OF, format_by_content, named_format, open_unpacked, refuse_packing
from hallmark.bronze.listing import list_landed
from hallmark.contracts.build_server import JSON_DELIMITERS
from hallmark.contracts.model import FORMATS, Contract, SchemaObject, Server
from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import DataError, SettingsError, did_you_mean

_PLACEHOLDER = re.compile(r"\{(?:model|object|schema|table)\}")
_GIVE_DATA = "name files of it in this machine: --data PATH"


@dataclass(frozen=True)
class Choice:
    """What the call says of the data: a server's name, files, folders or patterns, and where paths start."""

    server: str | None = None
    data: tuple[Path, ...] = ()
    base: Path | None = None


@dataclass(frozen=True)
class Place:
    """Files (of Delta: folders of tables) that are read as one server's.

    Attributes:
        server: how they are read.
        files: their absolute paths.
        roots: of a file, the folder below which folders may be named after its table; the base where it has none.
    """

    server: Server
    files: tuple[str, ...]
    roots: Mapping[str, Path] = field(default_factory=dict, compare=False)


def find_places(contract: Contract, tables: Sequence[SchemaObject], choice: Choice) -> dict[str, tuple[Place, ...]]:
    """The files of each table that is to be tested; a table without any has no place.

    Raises:
        SettingsError: a server that the contract has not, or one whose files can't be told apart by table.
        DataError: nothing to read, or a server that is not of this machine.
    """
    found: dict[str, list[Place]] = {table.name: [] for table in tables}
    base = _base(contract, choice)
    places = list(_given(contract, choice)) if choice.data else list(_served(contract, tables, choice))
    for name, place in places:
        for table in tables if name is None else [each for each in tables if each.name == name]:
            if files := tuple(
                file for file in place.files if name or _belongs(file, place.roots.get(file, base), table, contract)
            ):
                found[table.name].append(replace(place, files=files))
    if not any(found.values()):
        _refuse_nothing(contract, tables, choice, [file for _, place in places for file in place.files])
    return {name: tuple(each) for name, each in found.items()}


def _belongs(file: str, root: Path, table: SchemaObject, contract: Contract) -> bool:
    """Files of several tables are told apart by name: the file's, else that of the nearest folder below `root`."""
    if len(contract.objects) == 1 or contract.is_cdc:
        return True
    path = Path(file)
    folders = path.parent.relative_to(root).parts if path.parent.is_relative_to(root) else (path.parent.name,)
    owners = {_last_name(each): each.name for each in contract.objects} | {
        o.name.lower(): o.name for o in contract.objects
    }
    named = [re.split(r"[.\-]", path.name)[0].lower(), *(part.lower() for part in reversed(folders))]
    return next((owners[name] for name in named if name in owners), None) == table.name


def _last_name(table: SchemaObject) -> str:
    return table.physical_name.rpartition(".")[2].lower()


def _refuse_nothing(contract: Contract, tables: Sequence[SchemaObject], choice: Choice, files: Sequence[str]) -> None:
    names = ", ".join(table.name for table in tables)
    if files:
        raise DataError(
            "no file is known to be of a table",
            where=contract.file,
            got=", ".join(files[:3]),
            wanted=f"a file or folder named after {names}",
            todo="name the table: --schema NAME, with its files: --data PATH",
        )
    looked = [str(path) for path in choice.data] or [
        f"{server.name}: {_base(contract, choice) / server.path}" for server in _servers(contract, choice)
    ]
    raise DataError(
        "no data found",
        where=contract.file,
        got="; ".join(looked),
        todo="mend the path, give the folder that it starts from (--base DIR), or name files (--data PATH)",
    )


def _base(contract: Contract, choice: Choice) -> Path:
    return (choice.base or contract.file.parent).expanduser().resolve()


def _servers(contract: Contract, choice: Choice) -> tuple[Server, ...]:
    if choice.server is None:
        return tuple(server for server in contract.servers if server.type == "local")
    chosen = tuple(server for server in contract.servers if server.name == choice.server)
    if not chosen:
        names = [server.name for server in contract.servers]
        known = f"known: {', '.join(names) or 'none'}"
        raise SettingsError(
            "no such server",
            where=contract.file,
            got=choice.server,
            todo=did_you_mean(choice.server, names) or known,
        )
    return chosen


def _served(contract: Contract, tables: Sequence[SchemaObject], choice: Choice) -> Iterator[tuple[str | None, Place]]:
    servers = _servers(contract, choice)
    if foreign := next((server for server in servers if server.type != "local"), None):
        raise _letter_of_foreign(contract, foreign)
    if not servers:
        if contract.servers:
            raise _letter_of_foreign(contract, contract.servers[0])
        raise DataError("the contract names no server", where=contract.file, todo=_GIVE_DATA)
    base = _base(contract, choice)
    for server in servers:
        if not _PLACEHOLDER.search(server.path):
            yield None, Place(server, _files(base, server))
            continue
        for table in tables:
            path = _PLACEHOLDER.sub(table.name, server.path)
            yield table.name, Place(server, _files(base, replace(server, path=path)))


def _letter_of_foreign(contract: Contract, server: Server) -> DataError:
    return DataError(
        f"a server of type {server.type} is not read by contract test yet",
        where=f"{contract.file} (server {server.name})",
        got=server.path or None,
        todo=_GIVE_DATA,
    )


def _files(base: Path, server: Server) -> tuple[str, ...]:
    if server.format == "delta":
        found = sorted(Path("/").glob(str((base / server.path).relative_to("/"))))
        return tuple(str(path) for path in found if deltalog.exists(path))
    return tuple(landed.path for landed in list_landed(base, server))


def _given(contract: Contract, choice: Choice) -> Iterator[tuple[str | None, Place]]:
    asked = _servers(contract, choice) if choice.server else contract.servers
    by_server: dict[str, tuple[Server, list[str]]] = {}
    roots: dict[str, Path] = {}
    for file, file_format, root in _expanded(choice.data, asked):
        roots[file] = root
        server = _reader(asked, file_format, file, contract)
        by_server.setdefault(server.name, (server, []))[1].append(file)
    for server, files in by_server.values():
        yield None, Place(server, tuple(files), roots)


def _expanded(data: Sequence[Path], asked: Sequence[Server]) -> Iterator[tuple[str, str | None, Path]]:
    """Files with their formats, and the folder above what the call names: its own name may be a table's, too."""
    for given in data:
        path = given.expanduser().resolve()
        matching = [path] if path.exists() else sorted(Path("/").glob(str(path.relative_to("/"))))
        if not matching:
            raise DataError("no such file", where="--data", got=given, todo="name a file, a folder or a pattern")
        start = path if path.exists() else Path(re.split(r"[*?\[]", str(path))[0] + "_")
        root = start.parent.parent if path.is_file() else start.parent
        for each in matching:
            for file, file_format in _within(each, asked):
                yield file, file_format, root


def _within(path: Path, asked: Sequence[Server]) -> Iterator[tuple[str, str | None]]:
    if path.is_file():
        refuse_packing(path)
        yield str(path), _format_of(path)
    elif deltalog.exists(path):
        yield str(path), "delta"
    else:
        formats = {server.format for server in asked} | set(FORMAT_OF.values())
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(("_", ".")) for part in file.relative_to(path).parts)
            if file.is_file() and not hidden and named_format(file.with_suffix("")):
                refuse_packing(file)
            if file.is_file() and not hidden and named_format(file) in formats:
                yield str(file), named_format(file)


def _format_of(path: Path) -> str | None:
    """The format of a file that the call names: by its name, else by its first bytes."""
    if named := named_format(path):
        return named
    with open_unpacked(path) as stream:
        return format_by_content(stream.read(1000))


def _reader(asked: Sequence[Server], file_format: str | None, file: str, contract: Contract) -> Server:
    """The server as which a given file is read: one of its format, else as the file's name says."""
    readable = [_as_local(server) for server in asked if server.format in FORMATS]
    like = [server for server in readable if _reads(server, file_format)]
    if len({(server.format, tuple(sorted(server.options.items()))) for server in like}) > 1:
        raise SettingsError(
            "it is not clear as which server a file is read",
            where=contract.file,
            got=file,
            wanted=" or ".join(server.name for server in like),
            todo="name the server: --server NAME",
        )
    if like:
        return like[0]
    if file_format is None:
        known = ", ".join(FORMAT_OF)
        raise DataError(
            "a file of unknown format",
            where="--data",
            got=file,
            wanted=known,
            todo=f"rename it, or name a server of {contract.file.name} that has its format: --server NAME",
        )
    options = {"jsonLayout": "lines"} if file_format == "json" else {}
    if file_format == "csv" and Path(file).suffix.lower() == ".tsv":
        options = {"delimiter": "\t"}
    return Server(f"given_{file_format}", file, file_format, options)


def _reads(server: Server, file_format: str | None) -> bool:
    return server.format == file_format or file_format is None or (server.format, file_format) == ("debezium", "json")


def _as_local(server: Server) -> Server:
    """A server elsewhere, as files of it are read here: its delimiter is kept."""
    if server.type == "local":
        return server
    given = server.place.get("delimiter")
    if given is None:
        return replace(server, type="local")
    if server.format == "json":
        return replace(server, type="local", options={"jsonLayout": JSON_DELIMITERS.get(given, "lines")})
    return replace(server, type="local", options={"delimiter": str(given)})
