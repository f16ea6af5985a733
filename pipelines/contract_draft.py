"""`hallmark contract draft`: reads what landed as the gate would, profiles it in two passes, writes a contract file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.bronze.listing import as_glob
from hallmark.bronze.probe import unreadable
from hallmark.bronze.readers import read_files
from hallmark.contracts.draft_facts import MIN_ROWS, ColumnFacts, GroupFacts, Wish
from hallmark.contracts.draft_keys import candidate_keys, primary_key
from hallmark.contracts.draft_names import silver_names
from hallmark.contracts.draft_profile import count_groups, profile_columns
from hallmark.contracts.draft_rules import Draft, draft_property, wants_values
from hallmark.contracts.draft_types import Kind, kind_of
from hallmark.contracts.draft_yaml import Head, contract_text
from hallmark.contracts.loader import SUFFIX, load_contract
from hallmark.contracts.model import Server
from hallmark.lakehouse.errors import DataError, HallmarkError, SettingsError
from hallmark.lakehouse.names import (
    BRONZE_METADATA,
    IDENTIFIER,
    MESSAGE_METADATA,
    RECORD_KEY,
    RESCUED,
    RESCUED_COLUMNS,
    UNDECLARED,
    bronze_column,
    quoted,
)
from hallmark.lakehouse.session import session_apart
from hallmark.lakehouse.settings import Settings
from hallmark.lakehouse.words import by_number, many
from hallmark.pipelines.draft_source import Source, find_source

_TECHNICAL = frozenset({*BRONZE_METADATA, *MESSAGE_METADATA, RECORD_KEY, RESCUED_COLUMNS, UNDECLARED})
_TEXT_TYPES = ("array", "struct", "map", "variant")


@dataclass(frozen=True)
class Drafted:
    """A drafted contract's text, and what it was drawn from."""

    text: str
    rows: int
    columns: int
    unreadable: int


def draft_contract(
    what: Sequence[str],
    settings: Settings,
    *,
    contract_id: str | None = None,
    file_format: str | None = None,
    out: Path | None = None,
    force: bool = False,
) -> Drafted:
    """Draft a contract for files or a table, and write it to `out` when that is given.

    Raises:
        DataError: nothing to draft from: no such file, no rows, no format that is known.
        SettingsError: an id that is none, or `out` exists and `force` is not given.
        MachineError: Spark does not start.
    """
    _refuse_bad_call(contract_id, out, force=force)
    source = find_source(what, settings, file_format=file_format, out=out)
    with session_apart(settings) as spark:
        drafted = draft_from(spark, source, contract_id)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(drafted.text, encoding="utf-8")
    return drafted


def _refuse_bad_call(contract_id: str | None, out: Path | None, *, force: bool) -> None:
    if contract_id is not None:
        parts = contract_id.split(".")
        if len(parts) != 2 or not all(IDENTIFIER.match(part) for part in parts):
            raise SettingsError("not the id of a contract", where="--id", got=contract_id, wanted="domain.name")
    if out is not None and out.exists() and not force:
        raise SettingsError("the file is there already", where=out, todo="name another --out, or overwrite it: --force")


def draft_from(spark: SparkSession, source: Source, contract_id: str | None = None) -> Drafted:
    """Profile a source and draft its contract; two passes over the data.

    Raises:
        DataError: it has no rows or no columns.
    """
    told = Observation()
    with _bad_files_named(source):
        rows, declared = read_source(spark, source)
        watched = rows.observe(told, F.count("*").alias("rows"), F.count_if(F.col(RESCUED).isNotNull()).alias("unread"))
        facts = profile_columns(watched.where(F.col(RESCUED).isNull()), declared)
    counts = {name: int(value) for name, value in told.get.items()}
    if counts["rows"] == counts["unread"] or not facts:
        raise DataError(
            "no rows to draft from",
            where=source.label,
            got=f"{many(counts['rows'], 'row')}, {counts['unread']:,} of them unreadable",
            todo="name data that has rows; if it has, name its format: --format",
        )
    drafts = _drafts(rows.where(F.col(RESCUED).isNull()), facts, finished=source.finished)
    remarks = list(source.remarks)
    if facts[0].rows < MIN_ROWS:
        remarks.append(
            f"{many(facts[0].rows, 'row')} {by_number(facts[0].rows, 'is', 'are')} too few for rules "
            f"({MIN_ROWS} at least): these are types and guesses"
        )
    if counts["unread"]:
        remarks.append(
            f"{counts['unread']:,} of {counts['rows']:,} rows can't be read as "
            f"{by_number(counts['unread'], 'a row and is', 'rows and are')} left out: "
            "the gate will keep them in quarantine"
        )
    head = Head(contract_id or source.id, source.servers, source.label, facts[0].rows, tuple(remarks))
    text = contract_text(head, drafts)
    _proof_read(text)
    return Drafted(text, facts[0].rows, len(drafts), counts["unread"])


def _drafts(rows: DataFrame, facts: Sequence[ColumnFacts], *, finished: bool) -> list[Draft]:
    kinds = {each.column: kind_of(each, finished=finished) for each in facts}
    names = silver_names(kinds, keep=finished)
    lists = [Wish((each.column,), values=True) for each in facts if wants_values(each, kinds[each.column])]
    keys = [Wish(group) for group in candidate_keys([(each, kinds[each.column]) for each in facts])]
    typed = {each.column: draft_property(each, names[each.column], kinds[each.column]).model for each in facts}
    found = count_groups(rows, [*lists, *keys], typed)
    values = {group.columns[0]: group for group in found[: len(lists)]}
    key = primary_key(found[len(lists) :], facts[0].rows)
    return [_draft(each, names, kinds, values.get(each.column), key) for each in facts]


def _draft(
    facts: ColumnFacts,
    names: Mapping[str, str],
    kinds: Mapping[str, Kind],
    values: GroupFacts | None,
    key: tuple[str, ...],
) -> Draft:
    position = key.index(facts.column) + 1 if facts.column in key else None
    others = [names[column] for column in key if column != facts.column]
    because = f"{many(facts.rows, 'different value')} in {many(facts.rows, 'row')}"
    because += f"{' with ' * bool(others)}{', '.join(others)}"
    return draft_property(
        facts, names[facts.column], kinds[facts.column], key=position, key_because=because, values=values
    )


@contextmanager
def _bad_files_named(source: Source) -> Iterator[None]:
    try:
        yield
    except HallmarkError:
        raise
    except Exception:
        for server, paths in source.files:
            if bad := unreadable(paths, server.format):
                todo = "mend it, or leave it out"
                raise DataError("a file can't be read", where=bad[0].path, got=bad[0].reason, todo=todo) from None
        raise


def read_source(spark: SparkSession, source: Source) -> tuple[DataFrame, dict[str, str | None]]:
    """The rows as texts with `_rescued`, and for each column the type that the source states.

    Raises:
        DataError: when there is nothing to read.
    """
    if source.delta is not None:
        frame = spark.read.format("delta").load(str(source.delta))
        return _as_texts(frame, typed=source.finished)
    frames = [_read_server(spark, source.label, server, paths) for server, paths in source.files]
    rows = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames)
    declared = _declared(spark, source)
    return rows, {name: declared.get(name.lower()) for name in rows.columns if name not in _TECHNICAL}


def _as_texts(frame: DataFrame, *, typed: bool) -> tuple[DataFrame, dict[str, str | None]]:
    fields = [each for each in frame.schema.fields if each.name not in _TECHNICAL]
    if typed:  # other names can't stand in the contract of a finished table
        fields = [each for each in fields if IDENTIFIER.match(each.name) and not each.name.startswith("_")]
    columns = [
        (F.to_json(F.col(quoted(each.name))) if each.dataType.typeName() in _TEXT_TYPES else F.col(quoted(each.name)))
        .cast("string")
        .alias(each.name)
        for each in fields
    ]
    rescued = F.col(RESCUED) if RESCUED in frame.columns else F.lit(None).cast("string").alias(RESCUED)
    types = {each.name: each.dataType.simpleString() if typed else None for each in fields}
    return frame.select(*columns, rescued), types


def _read_server(spark: SparkSession, label: str, server: Server, paths: Sequence[str]) -> DataFrame:
    frame = read_files(spark, server, paths)
    if frame is None:
        raise DataError("no rows to draft from", where=label, todo="name data that has rows")
    return frame


def _declared(spark: SparkSession, source: Source) -> dict[str, str]:
    """What Parquet files state as types, by column in small letters; nothing where two of them differ."""
    stated: dict[str, set[str]] = {}
    for server, paths in source.files:
        for path in paths if server.format == "parquet" else ():
            for each in spark.read.parquet(as_glob(path)).schema.fields:
                stated.setdefault(bronze_column(each.name).lower(), set()).add(each.dataType.simpleString())
    return {name: types.pop() for name, types in stated.items() if len(types) == 1}


def _proof_read(text: str) -> None:
    """A draft that our own reader refuses must not leave the house."""
    with tempfile.TemporaryDirectory(prefix="hallmark-draft-") as place:
        file = Path(place) / f"draft{SUFFIX}"
        file.write_text(text, encoding="utf-8")
        load_contract(file)
