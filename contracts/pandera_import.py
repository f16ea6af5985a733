"""A user's own Pandera schema for PySpark, compiled to the verdicts that contracts give: which rows, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.checks import NAMES, Check
from hallmark.contracts.compile import CUSTOM_PREFIX, CompiledTable
from hallmark.contracts.model import Contract, Property, Quality, SchemaObject
from hallmark.contracts.rules import Rule, row_rules
from hallmark.lakehouse.errors import ContractError, did_you_mean
from hallmark.lakehouse.names import quoted

if TYPE_CHECKING:
    from pandera.pyspark import DataFrameModel, DataFrameSchema

ColumnCheck = Callable[[Column], Column]

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
class CompiledSchema:
    """A Pandera schema, ready to judge typed rows, batch or stream.

    Attributes:
        table: the compiled rules.
        types: the Spark type of each column that the schema names, as text.
        optional: columns that may be missing.
        custom: registered checks: the column and the function, in the order of the rules `_custom_<i>`.
    """

    table: CompiledTable
    types: Mapping[str, str]
    optional: frozenset[str]
    custom: tuple[tuple[str, ColumnCheck], ...]

    def judge(self, frame: DataFrame) -> DataFrame:
        """The rows with `_errors` and `_warnings` (arrays of struct) added: nothing is run, and nothing is dropped.

        Raises:
            ContractError: when a column is missing, or has another type than the schema says.
        """
        self._refuse_misfits(frame)
        nothing = F.lit(None).cast("boolean")
        bad = [~check(F.col(quoted(column))) if column in frame.columns else nothing for column, check in self.custom]
        marked = frame.select("*", *[is_bad.alias(f"{CUSTOM_PREFIX}{i}") for i, is_bad in enumerate(bad)])
        judged = self.table.annotate(marked, nan_is_null=True)
        return judged.drop(*[f"{CUSTOM_PREFIX}{i}" for i in range(len(bad))])

    def _refuse_misfits(self, frame: DataFrame) -> None:
        there = {field.name: field.dataType.simpleString() for field in frame.schema}
        where = f"Pandera schema {self.table.table.name}"
        for name, kind in self.types.items():
            if name not in there and name not in self.optional:
                hint = did_you_mean(name, there) or None
                raise ContractError("the frame lacks a column of the schema", where=where, got=name, todo=hint)
            if name in there and there[name] != kind:
                raise ContractError(
                    f"column {name!r} has another type than the schema says", where=where, got=there[name], wanted=kind
                )


def compile_schema(schema: DataFrameSchema | type[DataFrameModel[Any]]) -> CompiledSchema:
    """Compile a `pandera.pyspark` schema or model.

    Compiled are: dtype, nullable, unique (of the whole schema), the built-in checks, and registered ones.

    Raises:
        ContractError: for a check that is neither Pandera's own nor registered.
    """
    known: Any = schema if hasattr(schema, "columns") else schema.to_schema()
    name = str(known.name or "frame")
    custom: list[tuple[str, ColumnCheck]] = []
    properties = tuple(_property(column_name, column, custom, name) for column_name, column in known.columns.items())
    unique = tuple(known.unique or ())
    table = SchemaObject(name, name, properties, quality=(_repeats(unique),) if unique else ())
    contract = Contract(f"pandera.{name}", name, "0", "pandera", (), (table,), Path(f"<Pandera schema {name}>"))
    rules = _with_custom(row_rules(table), custom)
    return CompiledSchema(
        table=CompiledTable(contract, table, rules),
        types={prop.name: prop.spark_type for prop in properties},
        optional=frozenset(column_name for column_name, column in known.columns.items() if not column.required),
        custom=tuple(custom),
    )


def _property(name: str, column: Any, custom: list[tuple[str, ColumnCheck]], schema: str) -> Property:
    quality = []
    for check in column.checks:
        if check.name in _NAMES:
            quality.append(Quality("custom", column=name, engine="pandera", arguments={"check": _check(check)}))
        elif check.name in _REGISTERED:
            custom.append((name, _named(check.name, _REGISTERED[check.name])))
        else:
            hint = did_you_mean(str(check.name), [*_NAMES, *_REGISTERED])
            raise ContractError(
                "a check can't be compiled",
                where=f"Pandera schema {schema}, column {name}",
                got=check.name or "a function without a name",
                wanted=f"one of {', '.join([*_NAMES, *_REGISTERED])}",
                todo=hint or "name it, and register a function Column -> Column: @register_check(name)",
            )
    kind = column.dtype.type.simpleString() if column.dtype is not None else "string"
    return Property(name, name, "string", kind, required=not column.nullable, quality=tuple(quality))


def _check(check: Any) -> Check:
    name, names = _NAMES[check.name]
    given = check.statistics or {}
    return Check(name, {ours: given[theirs] for theirs, ours in names.items() if given.get(theirs) is not None})


def _named(name: str, function: ColumnCheck) -> ColumnCheck:
    def check(column: Column) -> Column:
        return function(column)

    check.__name__ = name
    return check


def _repeats(columns: tuple[str, ...]) -> Quality:
    from decimal import Decimal

    from hallmark.contracts.measures import Comparison

    none = Comparison("mustBe", (Decimal(0),))
    return Quality("library", metric="duplicateValues", comparison=none, arguments={"properties": list(columns)})


def _with_custom(rules: tuple[Rule, ...], custom: list[tuple[str, ColumnCheck]]) -> tuple[Rule, ...]:
    own = [
        Rule(
            check.__name__, column, f"{column}: {check.__name__}", f"{CUSTOM_PREFIX}{i}",
            f"left(cast({quoted(column)} as string), 200)",
        )
        for i, (column, check) in enumerate(custom)
    ]  # fmt: skip
    return (*rules, *own)
