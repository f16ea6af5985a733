"""What the tables of contracts are about: entities with a business key, and references between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hallmark.contracts.build_quality import custom_of
from hallmark.contracts.model import Contract, Property, Relationship, SchemaObject
from hallmark.contracts.references import columns_of, owner_of
from hallmark.contracts.vault.names import plain, role_of, singular
from hallmark.lakehouse.errors import ContractError, did_you_mean

ENTITY = "vaultEntity"
"""Custom property of a table: what one row of it is, where its name does not say it."""


@dataclass(frozen=True)
class Reference:
    """Columns of a table that are the business key of an entity, in the order of that key; `role` is its name here."""

    columns: tuple[str, ...]
    target: str
    role: str = ""


@dataclass(frozen=True)
class Entity:
    """A table of a contract, by what one row of it is."""

    name: str
    contract: Contract
    table: SchemaObject
    original: Mapping[str, Property]
    references: tuple[Reference, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The business key's columns, in order."""
        return self.table.key

    @property
    def properties(self) -> dict[str, Property]:
        """Its columns by name in silver."""
        return {prop.name: prop for prop in self.table.properties}

    @property
    def key_references(self) -> tuple[Reference, ...]:
        """The references that its whole key consists of, two or more; empty for a key of its own."""
        within = [each for each in self.references if set(each.columns) <= set(self.key)]
        covered = {column for each in within for column in each.columns}
        return tuple(within) if len(within) > 1 and covered == set(self.key) else ()

    @property
    def where(self) -> str:
        """For letters: the file and the table."""
        return f"{self.contract.file} ({self.table.name})"


def read_entities(contracts: Sequence[Contract]) -> tuple[Entity, ...]:
    """The entities of all tables, with their references.

    Raises:
        ContractError: a table without a primary key, a personal key without a pseudonym, one name for two tables, or a
            relationship that can't be followed.
    """
    found: list[Entity] = []
    for contract in contracts:
        for i, table in enumerate(contract.objects):
            found.append(_entity(contract, table, i))
    for number, entity in enumerate(found):
        for other in found[:number]:
            if other.name == entity.name:
                raise ContractError(
                    f"two tables are {entity.name!r}",
                    where=entity.where,
                    got=f"also {other.where}",
                    todo=f"say what a row of one of them is: customProperties: [{{property: {ENTITY}, value: ...}}]",
                )
    return tuple(replace(entity, references=tuple(_references(entity, found))) for entity in found)


def _entity(contract: Contract, table: SchemaObject, index: int) -> Entity:
    schema = contract.document.get("schema") or []
    entry = schema[index] if index < len(schema) else {}
    given = custom_of(entry).get(ENTITY)
    name = plain(str(given)) if given else singular(table.name)
    names = [item["name"] for item in entry.get("properties") or []] or [prop.name for prop in table.properties]
    entity = Entity(name, contract, table, dict(zip(names, table.properties, strict=True)))
    if not entity.key:
        raise ContractError(
            "a table without a primary key has no business key, and no hub",
            where=entity.where,
            todo="mark its columns: primaryKey: true, primaryKeyPosition: 1, ...; or generate from other contracts",
        )
    for column in entity.key:
        prop = entity.properties[column]
        if prop.holds_personal and (prop.protection is None or prop.protection.method != "pseudonym"):
            raise ContractError(
                "a business key is personal data without a pseudonym",
                where=entity.where,
                got=f"{column} ({prop.classification})",
                wanted="a key that names nobody: hubs and links are never deleted",
                todo=f"give it one: encryptedName: {column}_pseudonym (docs/privacy.md)",
            )
    return entity


def _references(entity: Entity, known: Sequence[Entity]) -> Iterator[Reference]:
    found: dict[tuple[tuple[str, ...], str], Reference] = {}
    for relation in entity.table.relationships:
        reference = _reference(entity, relation, known)
        found.setdefault((reference.columns, reference.target), reference)
    targets = [each.target for each in found.values()]
    roles: dict[str, Reference] = {}
    for each in found.values():
        alone = targets.count(each.target) == 1 and each.target != entity.name
        role = each.target if alone else role_of(each.columns)
        if role in roles or role == entity.name:
            raise ContractError(
                f"two things of a table are called {role!r}",
                where=entity.where,
                got=f"{', '.join(each.columns)} -> {each.target}"
                + (f" and {', '.join(roles[role].columns)} -> {roles[role].target}" if role in roles else ""),
                wanted="relationships whose columns have names that tell them apart, and from the table",
                todo="rename a column (physicalName keeps the source's name)",
            )
        roles[role] = replace(each, role=role)
    yield from roles.values()


def _reference(entity: Entity, relation: Relationship, known: Sequence[Entity]) -> Reference:
    owner = owner_of(relation)
    target = _target(entity, owner, known)
    says = f"{', '.join(relation.columns)} -> {', '.join(relation.to)}"
    if target is None:
        tables = [each.table.name for each in known]
        hint = did_you_mean(owner, tables) if owner else ""
        raise ContractError(
            "a relationship leads to a table of no contract that was given",
            where=entity.where,
            got=says,
            wanted=f"one of {', '.join(tables)}",
            todo=hint or "name the contract of the other table, too, or the folder of both",
        )
    theirs = []
    for column in columns_of(relation):
        prop = target.original.get(column) or target.properties.get(column)
        if prop is None:
            raise ContractError(
                "a relationship leads to a column that the table lacks",
                where=entity.where,
                got=says,
                todo=did_you_mean(column, target.original) or f"known: {', '.join(target.original)}",
            )
        theirs.append(prop.name)
    if sorted(theirs) != sorted(target.key):
        raise ContractError(
            "a relationship leads to no business key",
            where=entity.where,
            got=says,
            wanted=f"the primary key of {target.table.name}: {', '.join(target.key)}",
            todo="relate the tables by that key; the hash of anything else is the key of no hub",
        )
    own = dict(zip(theirs, relation.columns, strict=True))
    reference = Reference(tuple(own[column] for column in target.key), target.name)
    _refuse_other_protection(entity, reference, target)
    return reference


def _target(entity: Entity, owner: str | None, known: Sequence[Entity]) -> Entity | None:
    fitting = [each for each in known if owner and owner in {each.table.name, each.table.physical_name}]
    beside = [each for each in fitting if each.contract.id == entity.contract.id]
    return next(iter(beside or fitting), None)


def _refuse_other_protection(entity: Entity, reference: Reference, target: Entity) -> None:
    for column, other in zip(reference.columns, target.key, strict=True):
        own, theirs = entity.properties[column].protection, target.properties[other].protection
        if own != theirs:
            raise ContractError(
                "a relationship can't be followed: its sides are protected differently",
                where=entity.where,
                got=f"{column}: {_words(own)}; {target.table.name}.{other}: {_words(theirs)}",
                todo="give both the same protection: pseudonyms are equal within one domain only (docs/privacy.md)",
            )


def _words(protection: object) -> str:
    method, domain = getattr(protection, "method", None), getattr(protection, "domain", None)
    return f"{method} in domain {domain}" if method else "in the open"
