"""A planned vault: frozen, with all its names; the texts of models, yml and page are made of it."""

from __future__ import annotations

from dataclasses import dataclass

from hallmark.contracts.model import Contract, Property, SchemaObject


@dataclass(frozen=True)
class Hash:
    """A column that staging makes: the hash of columns, a key (in their order) or a hashdiff (by name)."""

    name: str
    columns: tuple[str, ...]
    is_hashdiff: bool = False


@dataclass(frozen=True)
class Stage:
    """A staging model. `table` is what it reads in silver; `versions`, of change events, the model in between."""

    name: str
    table: str
    hashes: tuple[Hash, ...]
    key: tuple[str, ...]
    versions: str = ""


@dataclass(frozen=True)
class Mention:
    """A staging model that names a hub's keys as the hub does, where a table that refers to it calls them otherwise.

    `columns` are pairs of the name in `stage` and the name in the hub.
    """

    name: str
    stage: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Hub:
    """A hub, fed by all staging models that mention its keys."""

    name: str
    entity: str
    key: str
    business_key: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Foreign:
    """A link's column that is the key of a hub (or of another link), whose own column is `field`."""

    column: str
    to: str
    field: str


@dataclass(frozen=True)
class Link:
    """A link; its key is the hash of `columns`; `says` is what it relates, in words."""

    name: str
    key: str
    columns: tuple[str, ...]
    foreign: tuple[Foreign, ...]
    source: str
    says: str


@dataclass(frozen=True)
class Satellite:
    """A satellite of the hub or link `parent`; `personal` when all that it says is personal data."""

    name: str
    key: str
    parent: str
    hashdiff: str
    payload: tuple[str, ...]
    source: str
    personal: bool = False
    of_changes: bool = False


@dataclass(frozen=True)
class Part:
    """What becomes of one table of a contract; `properties` are its columns by name."""

    table: SchemaObject
    entity: str
    stage: Stage
    mentions: tuple[Mention, ...]
    hub: Hub | None
    links: tuple[Link, ...]
    satellites: tuple[Satellite, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The names of its dbt models."""
        staging = [self.stage.versions] if self.stage.versions else []
        staging += [self.stage.name, *(mention.name for mention in self.mentions)]
        return (*staging, *self.tables)

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of its hub, links and satellites."""
        hub = [self.hub.name] if self.hub else []
        return (*hub, *(link.name for link in self.links), *(satellite.name for satellite in self.satellites))

    @property
    def properties(self) -> dict[str, Property]:
        """Its columns by name."""
        return {prop.name: prop for prop in self.table.properties}


@dataclass(frozen=True)
class ContractVault:
    """The part of a vault that is of one contract: its folder, its dbt source, and its tables."""

    contract: Contract
    folder: str
    source: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Vault:
    """A planned vault. `notes` say what was left out, or may turn out otherwise than meant."""

    contracts: tuple[ContractVault, ...]
    notes: tuple[str, ...] = ()

    @property
    def models(self) -> dict[str, ContractVault]:
        """The contract of each model."""
        return {name: each for each in self.contracts for part in each.parts for name in part.models}
