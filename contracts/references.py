"""Where a relationship leads: `table.column`, or in ODCS's long form `schema/<table>/properties/<column>`."""

from __future__ import annotations

from hallmark.contracts.model import Relationship


def owner_of(relation: Relationship) -> str | None:
    """The table that a relationship names; None for one of another file, or where it names no single table.

    >>> owner_of(Relationship(("a",), ("/schema/orders/properties/id",))), owner_of(Relationship(("a",), ("id",)))
    ('orders', None)
    """
    owners = {part[-2] if len(part) > 1 else "" for part in _parts(relation)}
    elsewhere = any("://" in to or ".yaml" in to for to in relation.to)
    return owners.pop() or None if len(owners) == 1 and not elsewhere else None


def columns_of(relation: Relationship) -> tuple[str, ...]:
    """The columns of the other table, in the order of the own ones.

    >>> columns_of(Relationship(("a", "b"), ("orders.id", "orders.line")))
    ('id', 'line')
    """
    return tuple(part[-1] for part in _parts(relation))


def _parts(relation: Relationship) -> list[list[str]]:
    return [reference.replace("/properties/", ".").replace("/", ".").split(".") for reference in relation.to]
