"""The profile of a frame of texts: two passes of aggregations, a row of facts a column, never a row of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.contracts.draft_facts import DATE_FORMATS, NULL_WORDS, SHAPES, ColumnFacts, GroupFacts, Wish
from hallmark.contracts.model import Property
from hallmark.contracts.typing_sql import typed_sql
from hallmark.lakehouse.names import quoted, sql_text

PROBES: Mapping[str, Property] = {
    "int": Property("x", "x", "integer", "int"),
    "bigint": Property("x", "x", "integer", "bigint"),
    "double": Property("x", "x", "number", "double"),
    "decimal": Property("x", "x", "number", "decimal(38,18)"),
    "boolean": Property("x", "x", "boolean", "boolean"),
    "date": Property("x", "x", "date", "date"),
    "timestamp": Property("x", "x", "timestamp", "timestamp"),
    **{name: Property("x", "x", "date", "date", format=name) for name in DATE_FORMATS},
}
"""What each text is tried as: by the gate's own SQL, so that a type that fits all texts here fits them there."""

_FILLED = "if(trim(text) != '', text, null)"


def profile_columns(rows: DataFrame, declared: Mapping[str, str | None]) -> tuple[ColumnFacts, ...]:
    """The facts of the columns of `rows` named in `declared`, in its order; one pass.

    Args:
        rows: one STRING column for each name (a bronze row, or typed columns cast to text).
        declared: for each column the Spark type that the source states, None for a text.
    """
    columns = list(declared)
    cells = [F.struct(F.lit(i).alias("i"), F.col(quoted(name)).alias("text")) for i, name in enumerate(columns)]
    each = rows.select(F.explode(F.array(*cells)).alias("cell")).select("cell.i", "cell.text")
    probed = each.selectExpr("i", "text", *[f"{_probe_sql(name)} as `v_{name}`" for name in PROBES])
    found = {row["i"]: row for row in probed.groupBy("i").agg(*_aggregates()).collect()}
    return tuple(
        _facts(name, declared[name], found[i]) if i in found else ColumnFacts(name, 0, declared=declared[name])
        for i, name in enumerate(columns)
    )


def _probe_sql(name: str) -> str:
    sql = typed_sql(PROBES[name], _FILLED)
    # Parsing by a format throws and catches an exception for every text that is no date: a look first is far cheaper.
    return f"if(text rlike {sql_text(DATE_FORMATS[name])}, {sql}, null)" if name in DATE_FORMATS else sql


def _aggregates() -> list[Column]:
    number = "coalesce(v_double, cast(v_decimal as double))"
    time = "coalesce(v_timestamp, cast(v_date as timestamp))"
    written = "length(regexp_extract(trim(text), '[.]([0-9]*)', 1))"
    exponent = "coalesce(try_cast(nullif(regexp_extract(trim(text), '[eE]([+-]?[0-9]+)$', 1), '') as int), 0)"
    needed = f"length(rtrim('0', regexp_extract(trim(text), '[.]([0-9]*)', 1))) - {exponent}"
    outline = "text"
    for run, letter in (("[0-9]+", "9"), ("[A-Z]+", "A"), ("[a-z]+", "a")):
        outline = f"regexp_replace({outline}, '{run}', '{letter}')"
    singles = {
        "rows": "count(*)",
        "nulls": "count_if(text is null)",
        "blanks": "count_if(trim(text) = '')",
        "distinct": "approx_count_distinct(text)",
        "min_number": f"min({number})",
        "max_number": f"max({number})",
        "min_time": f"cast(min({time}) as string)",
        "max_time": f"cast(max({time}) as string)",
        "min_text": "min(left(text, 200))",
        "max_text": "max(left(text, 200))",
        "min_length": "min(char_length(text))",
        "max_length": "max(char_length(text))",
        "scale": f"max(if(v_double is not null, {needed}, null))",
        "min_fraction": f"min(if(v_double is not null, {written}, null))",
        "max_fraction": f"max(if(v_double is not null, {written}, null))",
        "first_outline": f"min(left({outline}, 100))",
        "last_outline": f"max(left({outline}, 100))",
        "is_json": "count_if(trim(text) rlike '^[{\\\\[]' and try_parse_json(text) is not null)",
        "is_card": "count_if(text rlike '^[0-9]([ -]?[0-9]){12,18}$' and luhn_check(regexp_replace(text, '[ -]', '')))",
    }
    unparsed = {f"un_{name}": f"count_if(trim(text) != '' and `v_{name}` is null)" for name in PROBES}
    words = {f"word_{i}": f"count_if(text = {sql_text(word)})" for i, word in enumerate(NULL_WORDS)}
    shapes = {
        f"is_{name}": f"count_if(trim(text) != '' and text rlike {sql_text(regex)})" for name, regex in SHAPES.items()
    }
    aggregates = {**singles, **unparsed, **words, **shapes}
    return [F.expr(sql).alias(name) for name, sql in aggregates.items()]


def _facts(name: str, declared: str | None, row: Row) -> ColumnFacts:
    outline = row["first_outline"] if row["first_outline"] == row["last_outline"] else None
    return ColumnFacts(
        column=name,
        rows=row["rows"],
        nulls=row["nulls"],
        blanks=row["blanks"],
        distinct=row["distinct"],
        declared=declared,
        unparsed={probe: row[f"un_{probe}"] for probe in PROBES},
        min_number=row["min_number"],
        max_number=row["max_number"],
        min_time=row["min_time"] and row["min_time"][:19],
        max_time=row["max_time"] and row["max_time"][:19],
        min_text=row["min_text"],
        max_text=row["max_text"],
        min_length=row["min_length"] or 0,
        max_length=row["max_length"] or 0,
        scale=max(0, row["scale"] or 0),
        min_fraction=row["min_fraction"] or 0,
        max_fraction=row["max_fraction"] or 0,
        words={word: row[f"word_{i}"] for i, word in enumerate(NULL_WORDS)},
        shapes={shape: row[f"is_{shape}"] for shape in (*SHAPES, "json", "card")},
        outline=outline,
    )


def count_groups(rows: DataFrame, wishes: Sequence[Wish], typed: Mapping[str, Property]) -> tuple[GroupFacts, ...]:
    """Answer the wishes exactly, in their order; one pass, and a row a wish comes back.

    Values are counted as the gate types them (`typed`): two texts of one number are one value. They are told apart by
    a hash of 64 bits: a collision would hide a key, never make one up.

    Args:
        rows: as for `profile_columns`.
        wishes: what to count; with `values` only of columns with few different ones.
        typed: how each column of the wishes is drafted.
    """
    if not wishes:
        return ()
    cells = F.array(*[F.expr(_cell(i, wish, typed)) for i, wish in enumerate(wishes)])
    each = rows.select(F.explode(cells).alias("cell")).where("cell is not null").select("cell.i", "cell.h", "cell.text")
    counted = each.groupBy("i", "h").agg(F.count("*").alias("n"), F.any_value("text").alias("text"))
    values = F.collect_list(F.when(F.col("text").isNotNull(), F.struct((-F.col("n")).alias("n"), "text")))
    answers = counted.groupBy("i").agg(
        F.count("*").alias("distinct"), F.max("n").alias("most"), F.sort_array(values).alias("values")
    )
    found = {row["i"]: row for row in answers.collect()}
    return tuple(_group(wish, found.get(i)) for i, wish in enumerate(wishes))


def _group(wish: Wish, row: Row | None) -> GroupFacts:
    if row is None:
        return GroupFacts(wish.columns, 0, 0)
    values = tuple((value["text"], -value["n"]) for value in row["values"])
    return GroupFacts(wish.columns, row["distinct"], row["most"], values)


def _cell(i: int, wish: Wish, typed: Mapping[str, Property]) -> str:
    props = {name: typed[name] if wish.values else replace(typed[name], key_position=1) for name in wish.columns}
    values = [typed_sql(prop, _source_text(prop, name)) for name, prop in props.items()]
    text = quoted(wish.columns[0]) if wish.values else "cast(null as string)"
    present = " and ".join(f"({value}) is not null" for value in values)
    return f"if({present}, named_struct('i', {i}, 'h', xxhash64({', '.join(values)}), 'text', {text}), null)"


def _source_text(prop: Property, column: str) -> str:
    text = f"({prop.transform})" if prop.transform else quoted(column)
    return text if prop.logical_type == "string" else f"if(trim({text}) != '', {text}, null)"
