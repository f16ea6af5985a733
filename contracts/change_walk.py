"""Walking two documents side by side: groups of keys with a meaning, and lists whose entries have identities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hallmark.contracts.change_kinds import Change, change
from hallmark.contracts.values import same, shown

Entry = Mapping[str, Any]
Compare = Callable[[Entry, Entry, str], Iterable[Change]]


@dataclass(frozen=True)
class Group:
    """Keys of an entry that mean something together, and what tells their changes; `path` is the entry's."""

    keys: tuple[str, ...]
    compare: Compare


def level(
    groups: Sequence[Group], old: Entry, new: Entry, path: str, *, elsewhere: Collection[str] = ()
) -> Iterator[Change]:
    """The changes of one entry; keys named in `elsewhere` are told by its owner.

    No difference is passed over: without a meaning it is `rewritten`, without a group `unknownChange`.
    """
    grouped = {key for group in groups for key in group.keys}
    for group in groups:
        differ = [key for key in group.keys if not same(old.get(key), new.get(key))]
        if differ:
            yield from list(group.compare(old, new, path)) or [
                change("rewritten", join(path, key), old.get(key), new.get(key)) for key in differ
            ]
    for key in sorted({*old, *new} - grouped - {*elsewhere}):
        if not same(old.get(key), new.get(key)):
            yield change("unknownChange", join(path, key), old.get(key), new.get(key))


def join(path: str, name: object) -> str:
    """The path of what is called `name` under `path`.

    >>> join("schema.requests", "tokens"), join("", "servers")
    ('schema.requests.tokens', 'servers')
    """
    return f"{path}.{name}" if path else str(name)


def each(kind: str, *keys: str) -> tuple[Group, ...]:
    """Groups of one key: any difference is of the kind."""

    def group(key: str) -> Group:
        return Group((key,), lambda old, new, path: [change(kind, join(path, key), old.get(key), new.get(key))])

    return tuple(group(key) for key in keys)


@dataclass(frozen=True)
class Pairs:
    """Two lists' entries: in both (old, new), only in the old, only in the new; and both's in the new order."""

    both: tuple[tuple[Entry, Entry], ...]
    removed: tuple[Entry, ...]
    added: tuple[Entry, ...]
    new_order: tuple[Entry, ...]

    @property
    def reordered(self) -> bool:
        """Whether what is in both stands in another order."""
        return [id(new) for _, new in self.both] != [id(entry) for entry in self.new_order]


Identity = Callable[[Entry], Hashable | None]


def pair(old: Sequence[Entry], new: Sequence[Entry], *identities: Identity, in_order: Identity | None = None) -> Pairs:
    """Find each entry of a list in the other: by the first identity, what is left by the next, and so on.

    An identity that several of the entries left in one list share finds none of them; `None` is no identity. Those with
    the same `in_order` (as a rule: those that are the same in all) are paired last: the first with the first, ...
    The same entries are paired when the lists change places.
    """
    left_old, left_new = dict(enumerate(old)), dict(enumerate(new))
    found: dict[int, int] = {}
    for name_all in (*(partial(_unique, identity) for identity in identities), partial(_numbered, in_order or whole)):
        here, there = name_all(left_old), name_all(left_new)
        for name in here.keys() & there.keys():
            found[here[name]] = there[name]
            del left_old[here[name]], left_new[there[name]]
    return Pairs(
        tuple((old[i], new[found[i]]) for i in sorted(found)),
        tuple(left_old.values()),
        tuple(left_new.values()),
        tuple(new[j] for j in sorted(found.values())),
    )


def _unique(identity: Identity, entries: Mapping[int, Entry]) -> dict[Hashable, int]:
    names = {i: name for i, entry in entries.items() if (name := identity(entry)) is not None}
    counts = Counter(names.values())
    return {name: i for i, name in names.items() if counts[name] == 1}


def _numbered(identity: Identity, entries: Mapping[int, Entry]) -> dict[Hashable, int]:
    seen: Counter[Hashable] = Counter()
    places: dict[Hashable, int] = {}
    for i, entry in entries.items():
        name = identity(entry)
        seen[name] += 1
        places[name, seen[name]] = i
    return places


def by(*keys: str) -> Identity:
    """The identity that some keys give together; an entry without the first has none."""

    def identity(entry: Entry) -> Hashable | None:
        return None if entry.get(keys[0]) is None else tuple(shown(entry.get(key)) for key in keys)

    return identity


def whole(entry: Entry) -> Hashable:
    """The identity of an entry that is the same in all."""
    return shown(dict(sorted(entry.items())))


def reordering(pairs: Pairs, path: str, name_of: Callable[[Entry], str]) -> Iterator[Change]:
    """That the entries of two lists stand in another order."""
    if pairs.reordered:
        old = [name_of(entry) for entry, _ in pairs.both]
        new = [name_of(entry) for entry in pairs.new_order]
        yield change("orderChanged", path, old, new)
