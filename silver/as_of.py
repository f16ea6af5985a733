"""An entity of the vault as it was known at one time to be at another (bitemporal). Pure DataFrame functions.

The macro `as_of` of the dbt package is the same in SQL; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name

from hallmark.lakehouse.names import quoted

_VALID = "_valid"


@dataclass(frozen=True)
class Satellite:
    """A satellite's rows, and what its columns mean.

    Attributes:
        name: its load date comes out as `<name>_LDTS`.
        rows: its table, whole.
        key: the columns of its key, in the order of the entity's.
        payload: the columns that come out, under the same names.
        loaded_at: the column of the load date.
        effective_at: the column of the time from which a row is true; None says that the satellite has none. Where
            `as_of` has an `effective_at`, one or the other must be said.
    """

    name: str
    rows: DataFrame
    key: tuple[str, ...]
    payload: tuple[str, ...]
    loaded_at: str = "LOAD_DATE"
    effective_at: str | None = ""


def as_of(
    entity: DataFrame,
    key: Sequence[str],
    satellites: Sequence[Satellite],
    *,
    loaded_at: str = "LOAD_DATE",
    known_at: datetime | None = None,
    effective_at: datetime | None = None,
) -> DataFrame:
    """One row for every key that had been loaded by `known_at`, with the row of each satellite that was valid.

    Args:
        entity: a hub or a link.
        key: the columns of its key.
        satellites: what describes it.
        loaded_at: the entity's column of the load date.
        known_at: rows that were loaded by then count (a time without a zone is the session's); all without it.
        effective_at: of a satellite with such a column, rows that were effective by then count, and the one that took
            effect last is taken; of rows that took effect at once, the one that was loaded last. Without it, and of
            satellites that have none, the one that was loaded last. Rows equal in that are told apart by payload.

    Returns:
        The key, and of each satellite its payload and `<name>_LDTS`; nulls where no row was valid.

    Raises:
        ValueError: a satellite's key has another number of columns than the entity's, a column would come out twice, or
            `effective_at` is given and a satellite does not say whether it has such a column.
    """
    _check(key, satellites, by_effect=effective_at is not None)
    known = entity if known_at is None else entity.where(_column(loaded_at) <= _moment(known_at))
    result = known.select(*map(_column, key)).distinct()
    for satellite in satellites:
        valid = _valid_rows(satellite, tuple(key), known_at, effective_at)
        values = [F.col(_VALID)[f"_{place}"].alias(name) for place, name in enumerate(satellite.payload)]
        loaded = F.col(_VALID)["_loaded"].alias(f"{satellite.name}_LDTS")
        result = result.join(valid, list(key), "left").select(*map(_column, result.columns), *values, loaded)
    return result


def _valid_rows(
    satellite: Satellite, key: tuple[str, ...], known_at: datetime | None, effective_at: datetime | None
) -> DataFrame:
    """The valid row of each key as one struct: the greatest by effect, load and payload; no window, one aggregate."""
    loaded = _column(satellite.loaded_at)
    rows = satellite.rows.where(loaded.isNotNull() if known_at is None else loaded <= _moment(known_at))
    order = [loaded.alias("_loaded")]
    if satellite.effective_at and effective_at is not None:
        effective = _column(satellite.effective_at)
        rows = rows.where(effective <= _moment(effective_at))
        order.insert(0, effective.alias("_effective"))
    payload = [_column(name).alias(f"_{place}") for place, name in enumerate(satellite.payload)]
    keys = [_column(theirs).alias(ours) for theirs, ours in zip(satellite.key, key, strict=True)]
    return rows.groupBy(*keys).agg(F.max(F.struct(*order, *payload)).alias(_VALID))


def _check(key: Sequence[str], satellites: Sequence[Satellite], *, by_effect: bool) -> None:
    seen = [name.lower() for name in key]
    for satellite in satellites:
        if len(satellite.key) != len(key):
            raise ValueError(f"{satellite.name} has the key {', '.join(satellite.key)}, the entity {', '.join(key)}")
        if by_effect and satellite.effective_at == "":
            raise ValueError(f"effective_at is given, and {satellite.name} does not say its column (None: it has none)")
        for name in (*satellite.payload, f"{satellite.name}_LDTS"):
            if name.lower() in seen:
                raise ValueError(f"the column {name} of {satellite.name} comes out twice")
            seen.append(name.lower())


def _moment(moment: datetime) -> Column:
    # As text: a literal of a time without a zone is read in the zone of the machine, not of the session.
    return F.lit(moment.isoformat(sep=" ")).cast("timestamp")


def _column(name: str) -> Column:
    return F.col(quoted(name))
