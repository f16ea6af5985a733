"""What a run works on: settings, contracts, and the folders that data lands in. No Spark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hallmark.contracts.compile import CompiledTable, compile_table
from hallmark.contracts.loader import load_contracts
from hallmark.contracts.model import Contract, Server
from hallmark.gold.expectations import Suite
from hallmark.gold.suite import build_suites
from hallmark.lakehouse.errors import ContractError, DataError, SettingsError, did_you_mean
from hallmark.lakehouse.logins import KafkaLogin, PostgresLogin
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.settings import Settings
from hallmark.pipelines.synthetic import PLATFORM
from hallmark.platinum.policy import ScalingPolicy
from hallmark.silver.changes import Entity


@dataclass(frozen=True)
class Project:
    """Settings and contracts of a run.

    Attributes:
        settings: the settings.
        contracts: all contracts, by id.
    """

    settings: Settings
    contracts: tuple[Contract, ...]

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that servers' paths are relative to: the data folder, when there is one, and the landing zone."""
        data = self.settings.data
        return (
            *((data.expanduser().resolve(),) if data else ()),  # as Spark names files: without `..`
            self.settings.landing.expanduser().resolve(),
        )

    def reads(self, root: Path, server: Server) -> bool:
        """Whether a server's files are looked for under a root: beside real data only the platform is synthetic."""
        return self.settings.data is None or root != self.roots[-1] or server.path.startswith(PLATFORM)

    def login(self, server: Server) -> PostgresLogin | None:
        """Who reads a database, by the server's name; None when the environment does not say."""
        return self.settings.postgres.get(server.name.lower())

    def kafka_login(self, server: Server) -> KafkaLogin:
        """Who reads a broker's topics, by the server's name; nobody, in the clear, when the settings do not say."""
        return self.settings.kafka.get(server.name.lower(), KafkaLogin())

    @cached_property
    def unused_logins(self) -> tuple[str, ...]:
        """A line for each login of a server that no contract has: mostly its name is mistyped.

        No error, for one hallmark.toml or environment may serve several folders of contracts.
        """
        lines = []
        for kind, logins in (("kafka", self.settings.kafka), ("postgres", self.settings.postgres)):
            known = {each.name.lower() for contract in self.contracts for each in contract.servers if each.type == kind}
            for name in sorted(logins.keys() - known):
                hint = " ".join([did_you_mean(name, known), f"known: {', '.join(sorted(known)) or 'none'}"]).strip()
                place = self.settings.named_by(kind, name)
                lines.append(f"{place}: a login of no contract's {kind} server, so it is not used; {hint}")
        return tuple(lines)

    @cached_property
    def policy(self) -> ScalingPolicy:
        """The scaling rule's numbers.

        Raises:
            SettingsError: when one can't be used, or two contradict each other.
        """
        try:
            return ScalingPolicy(**self.settings.scaling.model_dump(exclude_none=True))
        except SettingsError as letter:  # the policy knows its own names only, not who gave them
            letter.where = self.settings.named_by("scaling", str(letter.where))
            raise

    @cached_property
    def sources(self) -> tuple[Contract, ...]:
        """The contracts that rows land through."""
        return tuple(contract for contract in self.contracts if contract.is_source)

    @cached_property
    def gold(self) -> tuple[CompiledTable, ...]:
        """The gold tables with their contracts."""
        return tuple(
            compile_table(contract, contract.objects[0]) for contract in self.contracts if not contract.is_source
        )

    @cached_property
    def suites(self) -> tuple[Suite, ...]:
        """What whole gold tables are held to.

        Raises:
            ContractError: when a rule of a table or a service level can't be run.
        """
        return build_suites(self.contracts)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What the contracts say that nothing here does, each with file and line.

        Raises:
            ContractError: as `suites`.
        """
        said = (warning for contract in self.contracts for warning in (*contract.warnings, *contract.unchecked))
        unused = (warning for suite in self.suites for warning in suite.unused)
        return tuple(dict.fromkeys((*said, *unused)))

    @cached_property
    def events(self) -> tuple[CompiledTable, ...]:
        """The event tables, each after those that it looks values up in.

        Raises:
            ContractError: when a lookup names no event table, or lookups go in a circle.
        """
        tables = [compile_table(contract, contract.objects[0]) for contract in self.sources if not contract.is_cdc]
        return in_lookup_order(tables)

    @cached_property
    def entities(self) -> tuple[tuple[Contract, tuple[Entity, ...]], ...]:
        """The contracts of change streams with the tables in them."""
        streams = [contract for contract in self.sources if contract.is_cdc]
        return tuple((each, tuple(Entity(compile_table(each, o)) for o in each.objects)) for each in streams)


def open_project(settings: Settings) -> Project:
    """Load the contracts.

    Raises:
        ContractError: when one can't be used.
        SettingsError: when the scaling policy can't be used.
        DataError: when the data folder is not there.
    """
    if settings.data is not None and not settings.data.expanduser().is_dir():
        raise DataError(
            "the data folder does not exist",
            where=settings.named_by("data"),
            got=settings.data.expanduser().absolute(),
            todo="name a folder with landed files: --data DIR, or leave it out for the synthetic landing zone",
        )
    project = Project(settings, tuple(load_contracts(settings.contracts)))
    _ = project.policy, project.suites  # wrong now is better than wrong after an hour of bronze
    return project


def bronze_table(contract: Contract) -> Table:
    """The bronze table that a contract's servers land in."""
    return Table("bronze", contract.bronze_name)


def silver_table(compiled: CompiledTable) -> Table:
    """The silver table of an event contract."""
    return Table("silver", compiled.table.name)


def in_lookup_order(tables: Sequence[CompiledTable]) -> tuple[CompiledTable, ...]:
    """The tables, each after those that it looks values up in.

    Raises:
        ContractError: a lookup names none of them or not its whole key, or lookups go in a circle.
    """
    waiting = {compiled.table.name: compiled for compiled in tables}
    keys = {name: compiled.table.key for name, compiled in waiting.items()}
    ordered: list[CompiledTable] = []
    while waiting:
        ready = [c for c in waiting.values() if not {lookup.table for lookup in c.table.lookups} & set(waiting)]
        _refuse_bad_lookups(waiting, keys, stuck=not ready)
        ordered += [waiting.pop(compiled.table.name) for compiled in ready]
    return tuple(ordered)


def _refuse_bad_lookups(
    waiting: Mapping[str, CompiledTable], keys: Mapping[str, tuple[str, ...]], *, stuck: bool
) -> None:
    for compiled in waiting.values():
        for lookup in compiled.table.lookups:
            if keys.get(lookup.table, (lookup.key,)) != (lookup.key,):
                raise ContractError(
                    "a lookup must use the whole primary key of its table, or it would double rows",
                    where=compiled.contract.file,
                    got=f"{lookup.table}.{lookup.key}",
                    wanted=", ".join(keys[lookup.table]) or "a table with a primary key",
                    todo="mend the lookup's key, or the primary key of that table",
                )
            if lookup.table not in keys or stuck:
                raise ContractError(
                    "the tables look each other up in a circle" if stuck else "a lookup names no event table",
                    where=compiled.contract.file,
                    got=lookup.table,
                    todo=None if stuck else did_you_mean(lookup.table, keys) or f"known: {', '.join(sorted(keys))}",
                )
