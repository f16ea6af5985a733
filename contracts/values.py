"""Values of a contract document: when two are the same, and how one is shown."""

from __future__ import annotations

import json
from typing import Any


def shown(value: Any) -> str | None:
    """A value as text: plain text as it is, everything else as JSON; None for nothing.

    >>> shown("a"), shown({"b": [1, True]}), shown(None)
    ('a', '{"b": [1, true]}', None)
    """
    return value if value is None or isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same: `1`, `1.0`, `true` and `"1"` all differ; the order of keys does not count.

    >>> same({"a": 1, "b": 2}, {"b": 2, "a": 1}), same(1, True), same(1, "1")
    (True, False, False)
    """
    return _canonical(one) == _canonical(other)


def _canonical(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):  # YAML has keys that JSON has not: numbers, booleans
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | None) else str(value)
