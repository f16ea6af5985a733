"""Quarantine after rows were judged once more from bronze: what each of its rows is now. Pure, on Arrow tables.

Rows have no number: equal ones can't be told apart, and so many of them are matched as there are.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hallmark.contracts.quarantine import (
    EXPIRED,
    FIXED,
    QUARANTINED_AT,
    REJECTED,
    STATUS,
    STATUS_AT,
    STATUS_BY,
    STATUS_CONTRACT,
)
from hallmark.lakehouse.names import INGESTED_AT, sql_text

if TYPE_CHECKING:
    import pyarrow as pa

_DECIDED = (REJECTED, EXPIRED)
DECIDED_SQL = f"{STATUS} in ({', '.join(map(sql_text, _DECIDED))}) and {STATUS_BY} is not null"
"""Rows of a quarantine table that a person decided about: they are not judged again."""


def reconciled(
    known: pa.Table, broken: pa.Table, names: Sequence[str], *, since: datetime | None, at: datetime, contract: str
) -> pa.Table:
    """The quarantine table after all its source's rows, or those since a time, were judged anew.

    A row that breaks its contract again keeps the time of its first quarantine, has today's reasons, and is open also
    when a replay had fixed it; one that was open and holds is fixed; one that was not there comes in. Rows that a
    person decided about stay as they are.

    Args:
        known: what quarantine has: bronze columns, verdict, status and lifecycle (`QUARANTINE_DDL`).
        broken: the rows that break the contract: bronze columns, verdict, `_status`, `_quarantined_at`.
        names: the bronze columns of `broken`; one that `known` lacks is null in it.
        since: rows ingested before were not judged again, UTC; None for all were.
        at: when, UTC.
        contract: the contract and its version that judged.

    Returns:
        The columns of both.
    """
    import pyarrow as pa

    statuses = known.column(STATUS).to_pylist()
    judged = sorted(
        _judged_again(known, since), key=lambda i: statuses[i] == FIXED
    )  # of equal rows the open ones first
    waiting: dict[tuple[Any, ...], deque[int]] = defaultdict(deque)
    for i, key in zip(judged, _keys(_at(known, judged), names), strict=True):
        waiting[key].append(i)
    places = [waiting[key].popleft() if waiting.get(key) else None for key in _keys(broken, names)]
    again = {i: n for n, i in enumerate(places) if i is not None}
    holding = [i for i in judged if i not in again and statuses[i] != FIXED]
    gone = {*again, *holding}
    same_again = _at(broken, again.values())
    parts = [
        _at(known, [i for i in range(known.num_rows) if i not in gone]),
        _with(_at(known, holding), {STATUS: FIXED, STATUS_AT: at, STATUS_CONTRACT: contract}),
        _with(same_again, {QUARANTINED_AT: _at(known, again).column(QUARANTINED_AT)}),
        _at(broken, [n for n, i in enumerate(places) if i is None]),
    ]
    return pa.concat_tables(parts, promote_options="default")


def _judged_again(known: pa.Table, since: datetime | None) -> list[int]:
    """The numbers of the rows that no person decided about, and that were ingested since then."""
    columns = [known.column(name).to_pylist() for name in (STATUS, STATUS_BY, INGESTED_AT)]
    return [
        i
        for i, (status, by, ingested) in enumerate(zip(*columns, strict=True))
        if not (by is not None and status in _DECIDED) and (since is None or ingested >= since)
    ]


def _keys(rows: pa.Table, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    nothing = [None] * rows.num_rows
    return zip(*(rows.column(n).to_pylist() if n in rows.column_names else nothing for n in names), strict=True)


def _at(rows: pa.Table, numbers: Iterable[int]) -> pa.Table:
    import pyarrow as pa

    return rows.take(pa.array([*numbers], pa.int64()))


def _with(rows: pa.Table, given: Mapping[str, Any]) -> pa.Table:
    """The rows with other values in some columns: one value for all, or a column."""
    import pyarrow as pa

    for name, value in given.items():
        field = rows.schema.field(name)
        column = value if isinstance(value, pa.ChunkedArray) else pa.repeat(pa.scalar(value, field.type), len(rows))
        rows = rows.set_column(rows.schema.get_field_index(name), field, column)
    return rows
