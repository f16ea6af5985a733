"""Servers of an ODCS document: where a source lands, and how it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hallmark.contracts.build_postgres import POSTGRES, read_postgres
from hallmark.contracts.build_property import read_name
from hallmark.contracts.build_quality import custom_of
from hallmark.contracts.build_source import FILE_OPTIONS, MAX_FILES, read_evolution, read_kafka, read_limit
from hallmark.contracts.model import FORMATS, Server
from hallmark.lakehouse.errors import did_you_mean

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

READER_OPTIONS = {"csv": ("nullValue", "delimiter", "encoding", "multiLine", "header"), "json": ("jsonLayout",)}
JSON_LAYOUTS = ("lines", "array", "map")
ENCODINGS = ("UTF-8", "ISO-8859-1", "US-ASCII", "UTF-16", "UTF-16BE", "UTF-16LE")  # those that Spark reads
_FLAGS = ("true", "false")
JSON_DELIMITERS = {"new_line": "lines", "array": "array", "none": "array"}  # ODCS's words for JSON in files
_KNOWN_KEYS = frozenset(
    {"server", "type", "path", "format", "customProperties", "description", "environment", "id", "roles"}
)


def read_server(entry: dict[str, Any], keys: Keys, build: Build) -> Server:
    """One server. Files of this machine, Kafka and Postgres are ingested; of others the place is kept.

    Raises:
        ContractError: when its path, format or an option can't be used.
    """
    name = read_name(str(entry["server"]), [*keys, "server"], build)  # it names a folder, too
    place = {key: value for key, value in entry.items() if key not in _KNOWN_KEYS}
    if entry["type"] == "kafka" and build.ingest:
        return read_kafka(name, entry, place, keys, build)
    if entry["type"] in POSTGRES and build.ingest:
        return read_postgres(name, entry, place, keys, build)
    if entry["type"] != "local":
        if build.ingest:
            what = f"servers of type {entry['type']!r} are not read yet"
            raise build.refuse(what, [*keys, "type"], wanted="local, kafka, postgres")
        path = str(entry.get("location") or entry.get("path") or entry.get("topic") or "")
        return Server(name, path, str(entry.get("format") or ""), {}, str(entry["type"]), place)
    path = str(entry.get("path", ""))
    if build.ingest:
        _refuse_path(path, keys, build)
    if entry.get("format") not in FORMATS:
        raise build.refuse("unknown format", [*keys, "format"], got=entry.get("format"), wanted=", ".join(FORMATS))
    return Server(
        name,
        path,
        entry["format"],
        _options(entry, keys, build),
        place=place,
        evolution=read_evolution(entry, keys, build),
        max_per_batch=read_limit(MAX_FILES, entry, keys, build),
    )


def has_no_header(server: Server) -> bool:
    """Whether the fields of its files are known by their places alone."""
    return server.format == "csv" and server.options.get("header", "true").lower() == "false"


def _refuse_path(path: str, keys: Keys, build: Build) -> None:
    for sign in ("**", "{", "[^"):
        if sign in path:
            raise build.refuse(f"`{sign}` is not read in a path", [*keys, "path"], todo="name the levels: a/*/b.csv")
    for part in path.split("/"):
        if part.count("[") != part.count("]"):
            raise build.refuse("a bracket is open in a path", [*keys, "path"], got=path, wanted="[abc], or none")
    if "\0" in path:
        raise build.refuse("a path has a character that no file has", [*keys, "path"], got=repr(path))
    if path.startswith(("/", "~")) or ".." in path.split("/"):
        raise build.refuse("the path leaves the data folder", [*keys, "path"], got=path, wanted="a path within it")


def _options(entry: dict[str, Any], keys: Keys, build: Build) -> dict[str, str]:
    options = {**_delimiter(entry, keys, build), **custom_of(entry)}
    known_options = (*READER_OPTIONS.get(entry["format"], ()), *FILE_OPTIONS)
    for option in options:
        if option not in known_options:
            hint = did_you_mean(option, known_options) or f"known: {', '.join(known_options) or 'none'}"
            what = f"unknown reader option {option!r} of format {entry['format']}"
            raise build.refuse(what, [*keys, "customProperties"], todo=hint)
    if len(str(options.get("delimiter", ","))) != 1:
        where = [*keys, "customProperties"]
        raise build.refuse("a delimiter is one character", where, got=repr(options["delimiter"]))
    choices = (
        ("jsonLayout", "lines", JSON_LAYOUTS),
        ("encoding", "UTF-8", ENCODINGS),
        ("multiLine", "false", _FLAGS),
        ("header", "true", _FLAGS),
    )
    for option, default, known in choices:
        value = str(options.get(option, default))
        if not {value, value.upper(), value.lower()} & {*known}:
            where = [*keys, "customProperties"]
            raise build.refuse(f"unknown {option}", where, got=value, wanted=", ".join(known))
    return {key: str(value) for key, value in options.items() if key not in FILE_OPTIONS}


def _delimiter(entry: dict[str, Any], keys: Keys, build: Build) -> dict[str, str]:
    given = entry.get("delimiter")
    if given is None:
        return {}
    if entry["format"] == "json":
        if given not in JSON_DELIMITERS:
            wanted = ", ".join(JSON_DELIMITERS)
            raise build.refuse("unknown delimiter of JSON", [*keys, "delimiter"], got=given, wanted=wanted)
        return {"jsonLayout": JSON_DELIMITERS[given]}
    return {"delimiter": str(given)}
