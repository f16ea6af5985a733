"""From contracts to a planned vault: pure decisions.

- Every table is an entity, with a hub of its business key (the primary key); a table whose key consists of two or more
  relationships is a link instead, unless another table refers to it.
- Every relationship is a link of its own: one more of them is one more table, and no table that is there changes.
- What is not key is described by satellites: one for personal data (`classification`, `protection`), one for the rest.
- A hub is fed by its own table and by every table that refers to it, so that no link has a key without its hub.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hallmark.contracts.exports.words import file_stem
from hallmark.contracts.model import Contract, Property
from hallmark.contracts.vault.entities import Entity, Reference, read_entities
from hallmark.contracts.vault.model import (
    ContractVault,
    Foreign,
    Hash,
    Hub,
    Link,
    Mention,
    Part,
    Satellite,
    Stage,
    Vault,
)
from hallmark.contracts.vault.names import IS_DELETED, OWN, OWN_OF_CHANGES, hash_key, hashdiff, plain
from hallmark.lakehouse.errors import ContractError

_AS_TEXT = {"tinyint", "smallint", "int", "bigint", "string"}
"""Types whose values have the same text in each other: a number of one is the key of another."""


def plan_vault(contracts: Sequence[Contract], *, prefix: str = "") -> Vault:
    """Plan the vault of these contracts; contracts of tables that are built here have no part in it.

    Args:
        contracts: all that the vault is made of: relationships lead to tables of these alone.
        prefix: what the names of all models begin with.

    Raises:
        ContractError: see `read_entities`; names that collide; contracts through which nothing lands.
    """
    landing = sorted((each for each in contracts if each.is_source), key=lambda each: each.id)
    if not landing:
        raise ContractError(
            "no rows land through these contracts",
            got=", ".join(each.id for each in contracts) or "no contract",
            wanted="contracts of sources: the vault is made of what lands",
        )
    planner = _Planner(read_entities(landing), prefix)
    vaults = tuple(planner.contract(each) for each in landing)
    _refuse_same_models(vaults)
    built = ", ".join(each.id for each in contracts if not each.is_source)
    left_out = [f"left out, for no rows land through them: {built}"] if built else []
    return Vault(vaults, (*left_out, *planner.notes()))


class _Planner:
    """All entities, by name, and what the plan calls their models."""

    def __init__(self, entities: Sequence[Entity], prefix: str) -> None:
        self.entities = {entity.name: entity for entity in entities}
        self.prefix = prefix
        referred = {each.target for entity in entities for each in entity.references}
        self.links = {each.name for each in entities if each.key_references and each.name not in referred}

    def contract(self, contract: Contract) -> ContractVault:
        own = [each for each in self.entities.values() if each.contract is contract]
        folder = plain(file_stem(contract))
        return ContractVault(contract, folder, f"silver_{folder}", tuple(map(self.part, own)))

    def part(self, entity: Entity) -> Part:
        satellites = tuple(self._satellites(entity))
        links = tuple(self._links(entity))
        hashes = [] if entity.name in self.links else [Hash(hash_key(entity.name), entity.key)]
        hashes += [Hash(hash_key(each.role), each.columns) for each in entity.references]
        hashes += [Hash(link.key, link.columns) for link in links]
        hashes += [Hash(each.hashdiff, each.payload, is_hashdiff=True) for each in satellites]
        _refuse_taken(entity, hashes)
        stem = self._stage_stem(entity)
        stage = Stage(
            name=self._name("stg", stem),
            table=f"{entity.table.name}_history" if entity.contract.is_cdc else entity.table.name,
            hashes=tuple(hashes),
            key=entity.key,
            versions=self._name("versions", stem) if entity.contract.is_cdc else "",
        )
        mentions = tuple(self._mentions(entity))
        return Part(entity.table, entity.name, stage, mentions, self._hub(entity), links, satellites)

    def notes(self) -> Iterator[str]:
        """Relationships whose sides may have other texts for one value, and so other hashes."""
        for entity in self.entities.values():
            for reference in entity.references:
                target = self.entities[reference.target]
                for column, other in zip(reference.columns, target.key, strict=True):
                    own, theirs = entity.properties[column].spark_type, target.properties[other].spark_type
                    if own != theirs and not {own, theirs} <= _AS_TEXT:
                        yield (
                            f"{entity.table.name}.{column} is {own} and {target.table.name}.{other} {theirs}: "
                            "their hashes are equal only where their texts are"
                        )

    def _name(self, kind: str, *parts: str) -> str:
        return "_".join([f"{self.prefix}{kind}", *parts])

    def _stage_stem(self, entity: Entity) -> str:
        domain = plain(entity.contract.domain)
        return f"{domain}__{entity.table.name.lower()}" if domain else entity.table.name.lower()

    def _hub(self, entity: Entity) -> Hub | None:
        if entity.name in self.links:
            return None
        sources = [self._name("stg", self._stage_stem(entity))]
        for other in self.entities.values():
            own = [each for each in other.references if each.target == entity.name]
            sources += [self._mentioned_in(other, each) for each in own]
        return Hub(self._name("hub", entity.name), entity.name, hash_key(entity.name), entity.key, tuple(sources))

    def _mentioned_in(self, entity: Entity, reference: Reference) -> str:
        stage = self._name("stg", self._stage_stem(entity))
        return stage if self._speaks_alike(reference) else f"{stage}__{reference.role}"

    def _speaks_alike(self, reference: Reference) -> bool:
        return reference.role == reference.target and reference.columns == self.entities[reference.target].key

    def _mentions(self, entity: Entity) -> Iterator[Mention]:
        for reference in entity.references:
            if not self._speaks_alike(reference):
                target = self.entities[reference.target]
                columns = [(hash_key(reference.role), hash_key(target.name))]
                columns += zip(reference.columns, target.key, strict=True)
                stage = self._name("stg", self._stage_stem(entity))
                yield Mention(f"{stage}__{reference.role}", stage, tuple(columns))

    def _links(self, entity: Entity) -> Iterator[Link]:
        source = self._name("stg", self._stage_stem(entity))
        own: tuple[Foreign, ...] = (
            Foreign(hash_key(entity.name), self._name("hub", entity.name), hash_key(entity.name)),
        )
        if entity.name in self.links:
            own = tuple(map(self._foreign, entity.key_references))
            name = f"link_{entity.name}"
            says = f"{entity.name}: {', '.join(each.role for each in entity.key_references)}"
            yield Link(self._name(name), hash_key(name), entity.key, own, source, says)
        for each in entity.references:
            if entity.name in self.links and each in entity.key_references:
                continue
            name = f"link_{entity.name}_{each.role}"
            columns = tuple(dict.fromkeys((*entity.key, *each.columns)))
            says = f"{entity.name} and its {each.role}"
            yield Link(self._name(name), hash_key(name), columns, (*own, self._foreign(each)), source, says)

    def _foreign(self, reference: Reference) -> Foreign:
        target = reference.target
        return Foreign(hash_key(reference.role), self._name("hub", target), hash_key(target))

    def _satellites(self, entity: Entity) -> Iterator[Satellite]:
        is_link, of_changes = entity.name in self.links, entity.contract.is_cdc
        parent = f"link_{entity.name}" if is_link else entity.name
        described = [prop for prop in entity.table.properties if prop.name not in entity.key]
        ended = (IS_DELETED,) if of_changes else ()
        for personal in (False, True):
            payload = (*(prop.name for prop in described if _is_personal(prop) is personal), *ended)
            if payload == ended and (personal or not ended):
                continue
            name = f"{entity.name}_personal" if personal else entity.name
            yield Satellite(
                name=self._name("sat", name),
                key=hash_key(parent),
                parent=self._name(parent) if is_link else self._name("hub", parent),
                hashdiff=hashdiff(name),
                payload=payload,
                source=self._name("stg", self._stage_stem(entity)),
                personal=personal,
                of_changes=of_changes,
            )


def _is_personal(prop: Property) -> bool:
    return prop.holds_personal or prop.protection is not None


def _refuse_taken(entity: Entity, hashes: Sequence[Hash]) -> None:
    taken = [each.lower() for each in (OWN_OF_CHANGES if entity.contract.is_cdc else OWN)]
    names = [*taken, *(each.name for each in hashes)]
    for prop in entity.table.properties:
        if prop.name.lower() in names:
            raise ContractError(
                "a column has a name that the vault gives to one of its own",
                where=entity.where,
                got=prop.name,
                wanted=f"none of {', '.join(names)}",
                todo="rename it (physicalName keeps the source's name)",
            )
    for name in names:
        if names.count(name) > 1:
            raise ContractError(
                f"two columns of the vault would be called {name!r}",
                where=entity.where,
                todo="rename a column of a relationship, or the entity (vaultEntity)",
            )


def _refuse_same_models(vaults: Sequence[ContractVault]) -> None:
    seen: dict[str, str] = {}
    for vault in vaults:
        for part in vault.parts:
            for name in part.models:
                place = f"{vault.contract.file} ({part.table.name})"
                if name in seen:
                    raise ContractError(
                        f"two models would be called {name!r}",
                        where=place,
                        got=f"also of {seen[name]}",
                        todo="say what a row of one of the tables is: custom property vaultEntity",
                    )
                seen[name] = place
