"""A user's own Pandera schema for PySpark, compiled to the verdicts that contracts give: which rows, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name
from pyspark.sql import types as T  # noqa: N812

from hallmark.contracts.checks import NAMES, Check
from hallmark.contracts.compile import CUSTOM_PREFIX, CompiledTable
from hallmark.contracts.exports.pandera_checks import HAS_TYPE
from hallmark.contracts.measures import Comparison
from hallmark.contracts.model import Contract, Property, Quality, Reaction, SchemaObject
from hallmark.contracts.pandera_fitting import refuse_misfit
from hallmark.contracts.regex import refuse_foreign
from hallmark.contracts.rules import Rule, row_rules
from hallmark.lakehouse.errors import ContractError, did_you_mean
from hallmark.lakehouse.names import BAD, ERRORS, WARNINGS, quoted

if TYPE_CHECKING:
    from pandera.pyspark import DataFrameModel, DataFrameSchema

ColumnCheck = Callable[[Column], Column]
_UNREAD: dict[str, dict[str, Any]] = {  # what a schema may say and is not compiled, and its value where it says nothing
    "schema": {
        "checks": [], "parsers": [], "dtype": None, "coerce": False, "drop_invalid_rows": False, "index": None,
        "ordered": False, "unique_column_names": False, "add_missing_columns": False, "on_missing_columns": None,
    },
    "column": {
        "parsers": [], "coerce": False, "drop_invalid_rows": False, "regex": False, "unique": False, "default": None,
    },
}  # fmt: skip

_REGISTERED: dict[str, ColumnCheck] = {}
_NAMES = {
    "greater_than_or_equal_to": ("ge", {"min_value": "value"}),
    "greater_than": ("gt", {"min_value": "value"}),
    "less_than_or_equal_to": ("le", {"max_value": "value"}),
    "less_than": ("lt", {"max_value": "value"}),
    "equal_to": ("eq", {"value": "value"}),
    "not_equal_to": ("ne", {"value": "value"}),
    "in_range": ("in_range", {key: key for key in ("min_value", "max_value", "include_min", "include_max")}),
    "isin": ("isin", {"allowed_values": "values"}),
    "notin": ("notin", {"forbidden_values": "values"}),
    "str_matches": ("str_matches", {"pattern": "value"}),
    "str_contains": ("str_contains", {"pattern": "value"}),
    "str_startswith": ("str_startswith", {"string": "value"}),
    "str_endswith": ("str_endswith", {"string": "value"}),
    "str_length": ("str_length", {key: key for key in ("min_value", "max_value", "exact_value")}),
}


def register_check(name: str) -> Callable[[ColumnCheck], ColumnCheck]:
    """Name a check of one's own: a function from a column to a truth column, true where a value is good.

    A schema's check of that name (`pa.Check(..., name="is_even")`) then compiles to it. A null is never bad.

    Raises:
        ContractError: when Pandera has a check of that name.
    """
    if name in _NAMES or name in NAMES:
        raise ContractError(
            "a check of that name is Pandera's own", where=f"register_check({name!r})", todo="rename it"
        )

    def register(function: ColumnCheck) -> ColumnCheck:
        _REGISTERED[name] = function
        return function

    return register


@dataclass(frozen=True)
class Registered:
    """A registered check at a column; `reaction` is that of its broken rows."""

    column: str
    name: str
    function: ColumnCheck
    reaction: Reaction


@dataclass(frozen=True)
class CompiledSchema:
    """A Pandera schema, ready to judge typed rows, batch or stream.

    Attributes:
        table: the table that the schema describes; a column without a dtype has the type of the frame's.
        types: the Spark type of each column that has a dtype, as text.
        optional: columns that may be missing.
        custom: the registered checks, in the order of the rules `_custom_<i>`.
        strict: whether a frame may have no other columns.
    """

    table: SchemaObject
    types: Mapping[str, str]
    optional: frozenset[str]
    custom: tuple[Registered, ...]
    strict: bool = False

    def judge(self, frame: DataFrame) -> DataFrame:
        """The rows with `_errors`, `_warnings` (arrays of struct), `_bad` (boolean) added: nothing is run or dropped.

        Raises:
            ContractError: when a column is missing, has another type than the schema says, or is one too many.
        """
        self._refuse_misfits(frame)
        nothing = F.lit(None).cast("boolean")
        bad = [
            ~own.function(F.col(quoted(own.column))) if own.column in frame.columns else nothing for own in self.custom
        ]
        marked = frame.select("*", *[is_bad.alias(f"{CUSTOM_PREFIX}{i}") for i, is_bad in enumerate(bad)])
        judged = self._compiled(frame).annotate(marked, nan_is_null=True)
        return judged.drop(*[f"{CUSTOM_PREFIX}{i}" for i in range(len(bad))])

    def _compiled(self, frame: DataFrame) -> CompiledTable:
        there = {field.name: _ddl(field.dataType) for field in frame.schema}
        table = replace(self.table, properties=tuple(self._given(prop, there) for prop in self.table.properties))
        file = Path(f"<Pandera schema {table.name}>")
        contract = Contract(f"pandera.{table.name}", table.name, "0", "pandera", (), (table,), file)
        return CompiledTable(contract, table, self._rules(table))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that `judge` runs, if each column without a dtype is a text."""
        return self._rules(self.table)

    def _rules(self, table: SchemaObject) -> tuple[Rule, ...]:
        return (*row_rules(table), *map(_rule, range(len(self.custom)), self.custom))

    def _given(self, prop: Property, there: Mapping[str, str]) -> Property:
        if prop.name not in there:  # it may be missing, and its values are not
            return replace(prop, required=False)
        return prop if prop.name in self.types else replace(prop, spark_type=there[prop.name])

    def _refuse_misfits(self, frame: DataFrame) -> None:
        there = {field.name: field.dataType.simpleString() for field in frame.schema}
        where = f"Pandera schema {self.table.name}"
        if ours := [name for name in there if name.lower() in {ERRORS, WARNINGS, BAD}]:
            raise ContractError(
                "the frame has a column of the verdict's name",
                where=where,
                got=", ".join(ours),
                todo="drop it, or give it another name: judged rows have a new one",
            )
        for name in (prop.name for prop in self.table.properties):
            if name not in there and name not in self.optional:
                hint = did_you_mean(name, there) or None
                raise ContractError("the frame lacks a column of the schema", where=where, got=name, todo=hint)
            kind = self.types.get(name)
            if name in there and kind not in {None, there[name]}:
                raise ContractError(
                    f"column {name!r} has another type than the schema says", where=where, got=there[name], wanted=kind
                )
        names = [prop.name for prop in self.table.properties]
        if self.strict and (others := [name for name in there if name not in names]):
            raise ContractError(
                "the frame has a column that the strict schema lacks",
                where=where,
                got=", ".join(others),
                wanted=", ".join(names),
            )


def compile_schema(schema: DataFrameSchema | type[DataFrameModel[Any]]) -> CompiledSchema:
    """Compile a `pandera.pyspark` schema or model.

    Compiled are: dtype, nullable, required, unique and strict (of the whole schema), the built-in checks, registered
    ones, and `raise_warning`, whose rows get a warning. docs/pandera.md has the whole list.

    Raises:
        ContractError: for a check that is neither Pandera's own nor registered, a pattern that Java can't run, and
            whatever else of the schema would have no effect.
    """
    known: Any = schema if hasattr(schema, "columns") else schema.to_schema()
    name = str(known.name or "frame")
    where = f"Pandera schema {name}"
    _refuse_unread(known, "schema", where)
    if known.strict not in {True, False}:
        raise _unread("strict", known.strict, where)
    for column in known.unique or ():
        if column not in known.columns:
            hint = did_you_mean(column, known.columns) or None
            raise ContractError("unique is over a column that the schema lacks", where=where, got=column, todo=hint)
    custom: list[Registered] = []
    types: dict[str, str] = {}
    read = [_property(column_name, column, custom, types, where) for column_name, column in known.columns.items()]
    repeats = (_repeats(tuple(known.unique)),) if known.unique else ()
    return CompiledSchema(
        table=SchemaObject(name, name, tuple(read), quality=repeats),
        types=types,
        optional=frozenset(column_name for column_name, column in known.columns.items() if not column.required),
        custom=tuple(custom),
        strict=bool(known.strict),
    )


def _refuse_unread(given: Any, what: str, where: str) -> None:
    for key, nothing in _UNREAD[what].items():
        if (value := getattr(given, key, nothing)) not in (nothing, None):
            raise _unread(key, value, where)


def _unread(key: str, value: Any, where: str) -> ContractError:
    return ContractError(
        f"{key} of a Pandera schema is not compiled", where=where, got=value, todo="leave it out, or do it beforehand"
    )


def _property(name: str, column: Any, custom: list[Registered], types: dict[str, str], schema: str) -> Property:
    where = f"{schema}, column {name}"
    _refuse_unread(column, "column", where)
    if column.dtype is not None:
        types[name] = column.dtype.type.simpleString()
    quality = []
    for check in column.checks:
        reaction = Reaction("warn" if check.raise_warning else "quarantine")
        if check.name in _NAMES:
            found = {"check": _check(check, where)}
            quality.append(Quality("custom", column=name, engine="pandera", arguments=found, reaction=reaction))
        elif check.name in _REGISTERED:
            custom.append(Registered(name, check.name, _REGISTERED[check.name], reaction))
        elif check.name == HAS_TYPE and column.dtype is None:  # of our own export
            types[name] = check.statistics["wanted"]
        else:
            hint = did_you_mean(str(check.name), [*_NAMES, *_REGISTERED])
            raise ContractError(
                "a check can't be compiled",
                where=where,
                got=check.name or "a function without a name",
                wanted=f"one of {', '.join([*_NAMES, *_REGISTERED])}",
                todo=hint or "name it, and register a function Column -> Column: @register_check(name)",
            )
    kind = types.get(name, "string")
    for rule in quality if name in types else ():
        refuse_misfit(rule.arguments["check"], kind, where)
    return Property(name, name, "string", kind, required=not column.nullable, quality=tuple(quality))


def _check(check: Any, where: str) -> Check:
    name, names = _NAMES[check.name]
    given = {ours: check.statistics[theirs] for theirs, ours in names.items() if theirs in (check.statistics or {})}
    if name in {"str_matches", "str_contains"}:
        given["value"] = _pattern(given["value"], name, where)
    return Check(name, {key: value for key, value in given.items() if value is not None})


def _pattern(given: str | re.Pattern[str], name: str, where: str) -> str:
    text, flags = (given, re.UNICODE) if isinstance(given, str) else (given.pattern, given.flags)
    broken = "" if flags == re.UNICODE else "its flags are lost: write them into the pattern, such as (?i)"
    try:
        refuse_foreign(text)
    except ValueError as error:
        broken = str(error)
    if broken:
        raise ContractError(f"the pattern of {name} can't be run by Spark", where=where, got=f"{text} ({broken})")
    return text


def _repeats(columns: tuple[str, ...]) -> Quality:
    none = Comparison("mustBe", (Decimal(0),))
    return Quality("library", metric="duplicateValues", comparison=none, arguments={"properties": list(columns)})


def _rule(number: int, own: Registered) -> Rule:
    return Rule(
        own.name,
        own.column,
        f"{own.column}: {own.name}",
        f"{CUSTOM_PREFIX}{number}",
        f"left(cast({quoted(own.column)} as string), 200)",
        own.reaction,
    )


def _ddl(kind: T.DataType) -> str:
    """The type as SQL; `simpleString` leaves names of fields unquoted."""
    if isinstance(kind, T.StructType):
        return f"struct<{', '.join(f'{quoted(field.name)}: {_ddl(field.dataType)}' for field in kind)}>"
    if isinstance(kind, T.ArrayType):
        return f"array<{_ddl(kind.elementType)}>"
    if isinstance(kind, T.MapType):
        return f"map<{_ddl(kind.keyType)}, {_ddl(kind.valueType)}>"
    return kind.simpleString()
