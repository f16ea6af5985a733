"""Two versions of a contract: every difference, whether it breaks someone, and the version bump that it demands.

Pure: contents of documents in (`hallmark.contracts.loader.read_document`), changes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hallmark.contracts.change_kinds import Bump, Change, change
from hallmark.contracts.change_quality import compare_customs
from hallmark.contracts.change_reactions import with_reactions
from hallmark.contracts.change_schema import compare_tables
from hallmark.contracts.change_terms import compare_servers, compare_slas
from hallmark.contracts.change_walk import Entry, Group, each, join, level
from hallmark.contracts.values import shown

BUMPS: tuple[Bump, ...] = ("major", "minor", "patch")
Made = Literal["major", "minor", "patch", "none", "backwards", "unknown"]
_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+.].*)?")


@dataclass(frozen=True)
class Comparison:
    """Two versions of a contract.

    Attributes:
        id: the contract's id (the old one's).
        old_version: the old version; None when the contract is new.
        new_version: the new version; None when the contract is gone.
        changes: every difference, breaking ones first.
        made: the version bump that was made.
    """

    id: str
    old_version: str | None
    new_version: str | None
    changes: tuple[Change, ...]
    made: Made

    @property
    def demanded(self) -> Bump | None:
        """The version bump that the changes demand; None when there are none."""
        return next((bump for bump in BUMPS if any(found.bump == bump for found in self.changes)), None)

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that may break someone."""
        return tuple(found for found in self.changes if found.breaking)

    @property
    def enough(self) -> bool:
        """Whether the bump that was made is as big as the one demanded."""
        demanded = self.demanded
        if self.old_version is None or self.new_version is None:
            return not self.broken  # there is no pair of versions to raise
        if self.made in {"backwards", "unknown"}:
            return demanded is None and self.made == "unknown"
        return demanded is None or (self.made in BUMPS and BUMPS.index(self.made) <= BUMPS.index(demanded))

    @property
    def broken(self) -> bool:
        """Whether a breaking change comes without a major bump."""
        return self.demanded == "major" and self.made != "major"


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Compare two contract documents that hold the ODCS JSON schema.

    >>> table = {"name": "requests", "properties": [{"name": "tokens", "logicalType": "integer"}]}
    >>> old = {"id": "a.requests", "version": "1.0.0", "schema": [table]}
    >>> new = {"id": "a.requests", "version": "1.1.0", "schema": [{**table, "properties": []}]}
    >>> found = compare(old, new)
    >>> [(each.kind, each.path, each.bump) for each in found.changes], found.made, found.broken
    ([('propertyRemoved', 'schema.requests.tokens', 'major')], 'minor', True)
    """
    changes = list(level(_GROUPS, with_reactions(old), with_reactions(new), "", elsewhere=("version",)))
    versions = shown(old.get("version")) or "", shown(new.get("version")) or ""
    ordered = sorted(changes, key=lambda found: BUMPS.index(found.bump))
    return Comparison(str(old.get("id")), *versions, tuple(ordered), bump_made(*versions))


def compare_all(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> tuple[Comparison, ...]:
    """Compare contracts by id, which no two on one side may share; in the order of their ids."""
    before, after = ({str(content.get("id")): content for content in contents} for contents in (old, new))
    return tuple(_one(name, before.get(name), after.get(name)) for name in sorted({*before, *after}))


def _one(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Comparison:
    if old is not None and new is not None:
        return compare(old, new)
    versions = tuple(None if each is None else shown(each.get("version")) for each in (old, new))
    kind = "contractAdded"
    if old is not None:
        kind = "retiredContractRemoved" if _is_retired(old) else "contractRemoved"
    return Comparison(name, versions[0], versions[1], (change(kind, name, *versions),), "none")


def bump_made(old: str, new: str) -> Made:
    """How a version was raised; pre-releases count as their release.

    >>> bump_made("1.2.3", "2.0.0"), bump_made("1.2.3", "1.2.4"), bump_made("1.2", "1.2.0")
    ('major', 'patch', 'none')
    >>> bump_made("1.2.3", "1.1.9"), bump_made("1.2.3", "summer")
    ('backwards', 'unknown')
    """
    before, after = _numbers(old), _numbers(new)
    if before is None or after is None:
        return "none" if old == new else "unknown"
    if after < before:
        return "backwards"
    raised = [bump for bump, one, other in zip(BUMPS, before, after, strict=True) if one != other]
    return raised[0] if raised else "none"


def next_version(old: str, bump: Bump) -> str:
    """The least version that makes the bump.

    >>> next_version("1.2.3", "major"), next_version("v1.2.3", "minor"), next_version("summer", "major")
    ('2.0.0', '1.3.0', 'a major version after summer')
    """
    numbers = _numbers(old)
    if numbers is None:
        return f"a {bump} version after {old}"
    place = BUMPS.index(bump)
    return ".".join(str(n + (i == place)) if i <= place else "0" for i, n in enumerate(numbers))


def _numbers(version: str) -> tuple[int, int, int] | None:
    match = _VERSION.fullmatch(version.strip())
    return (int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None


def _status(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    before, after = _is_retired(old), _is_retired(new)
    kind = "statusChanged" if before == after else "contractRetired" if after else "contractRevived"
    yield change(kind, join(path, "status"), old.get("status"), new.get("status"))


def _is_retired(entry: Entry) -> bool:
    return str(entry.get("status")).lower() == "retired"


def _domain(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    kind = "tablesMoved" if _is_built(old) or _is_built(new) else "domainChanged"
    yield change(kind, join(path, "domain"), old.get("domain"), new.get("domain"))


def _is_built(entry: Entry) -> bool:
    servers: Sequence[Entry] = entry.get("servers") or []
    return all(server.get("format") == "delta" for server in servers)  # as hallmark.contracts.model.Contract.is_source


_GROUPS = (
    *each("standardChanged", "apiVersion", "kind"),
    *each("idChanged", "id"),
    Group(("domain",), _domain),
    Group(("status",), _status),
    *each("rolesChanged", "roles"),
    *each("documentationChanged", "name", "tenant", "dataProduct", "description", "tags", "team", "support", "price"),
    *each("documentationChanged", "authoritativeDefinitions", "contractCreatedTs"),
    *each("slaChanged", "slaDefaultElement"),
    Group(("customProperties",), compare_customs),
    Group(("servers",), compare_servers),
    Group(("slaProperties",), compare_slas),
    Group(("schema",), compare_tables),
)
