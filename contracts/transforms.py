"""A column's `transformLogic` as SQL that is tried row by row: an error in it is a broken row, no load that stops."""

from __future__ import annotations

from hallmark.contracts import sql
from hallmark.contracts.model import Property
from hallmark.lakehouse.names import RESCUED, quoted

TRANSFORM = "transform"
TRIED_PREFIX = "_tried_"
FAILED_PREFIX = "_failed_"


def can_fail(prop: Property) -> bool:
    """Whether a column's transform may raise an error for some row; one of plain texts is not worth a try."""
    return prop.transform is not None and sql.can_fail(prop.transform)


def plain_sql(transform: str) -> str:
    """The transform's value as text; a comment at its end ends with its line."""
    return f"cast((\n{transform}\n) as string)"


def tried_sql(transform: str) -> str:
    """The transform's value as text with `v` before it, `n` for a null; null where it raised an error.

    Spark has no function that tries any expression, but `try_to_binary` tries all that is within it; a test holds it
    to that. What two transforms share, Spark would take out of both and run untried: it takes nothing out of a branch.
    """
    told = f"coalesce(concat('v', {plain_sql(transform)}), 'n')"
    return f"if({RESCUED} is null, cast(try_to_binary({told}, 'utf-8') as string), null)"


def text_sql(prop: Property) -> str:
    """The text of a transform that was tried, from the column that `tried_sql` gave."""
    tried = quoted(TRIED_PREFIX + prop.name)
    return f"if(startswith({tried}, 'v'), substr({tried}, 2), null)"


def failed_sql(prop: Property) -> str:
    """Whether a transform that was tried raised an error."""
    return f"{RESCUED} is null and {quoted(TRIED_PREFIX + prop.name)} is null"
