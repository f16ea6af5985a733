"""What a run has to do: pure decisions over what was found. Printing the plan is the dry run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hallmark.bronze.plan import IngestPlan
from hallmark.bronze.snapshots import SnapshotPlan
from hallmark.bronze.topics import TopicPlan
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.words import many
from hallmark.silver.plan import Hop

LAYERS = ("bronze", "silver", "gold", "platinum")
VAULT, GOLD, PLATINUM = "vault", "gold", "platinum"
UNFINISHED, ANEW = "unfinished", "anew"
HASHES, CHANGING = "hashes", "changing"
REPLAY = "replay"
_BYTES_OF_A_MESSAGE = 500  # or a row, for a guess: neither a broker nor a database tells


@dataclass(frozen=True)
class Built:
    """A step that builds many tables at once: what it last read, and what there is to read now (name to version).

    While it builds, and when it was stopped, `read` has the key `UNFINISHED` besides; `ANEW` when what it reads was
    replayed. The vault's `HASHES` are the settings that its keys are hashed under, `CHANGING` while they become others.
    """

    step: str
    read: Mapping[str, str]
    now: Mapping[str, str]

    @property
    def stale(self) -> bool:
        """Whether something that it reads has changed since."""
        return dict(self.read) != dict(self.now)

    @property
    def rehashed(self) -> bool:
        """Whether its keys are hashed in another way than those in its tables: the two would never meet."""
        return HASHES in self.read and self.read[HASHES] != self.now.get(HASHES)

    def begun(self, run_id: str) -> dict[str, str]:
        """The mark of a build that begins: until it is done, tables of it may be hashed in two ways, or in the new one.

        Whoever stops it and puts the settings back would else have a mark that fits, and tables that do not.
        """
        hashes = {HASHES: CHANGING if self.rehashed else self.now[HASHES]} if HASHES in self.now else {}
        return {**self.read, **hashes, UNFINISHED: run_id}

    @property
    def anew(self) -> bool:
        """Whether its tables are to forget what they have: keys are other ones, or rows may be gone that they took."""
        return self.rehashed or ANEW in self.read


@dataclass(frozen=True)
class Behind:
    """Open quarantined rows that an older version of their contract judged: today's may let them in.

    Attributes:
        table: the quarantine table's name.
        version: of the contract as it is now.
        rows: how many they are.
    """

    table: str
    version: str
    rows: int

    @property
    def says(self) -> str:
        """What to do about it, in one line.

        >>> Behind("tickets", "1.1.0", 4).says
        'contract 1.1.0 is newer than 4 open quarantined rows: hallmark quarantine replay tickets'
        """
        rows = many(self.rows, "open quarantined row")
        return f"contract {self.version} is newer than {rows}: hallmark quarantine replay {self.table}"


@dataclass(frozen=True)
class Rewinding:
    """What a replay from bronze was at when it was killed: the quarantine tables of its doors, and since when, UTC."""

    tables: frozenset[str]
    since: datetime | None


@dataclass(frozen=True)
class Found:
    """The warehouse and the landing zone as they are.

    Attributes:
        ingests: one plan a source of files and data root, also those without new files.
        topics: one plan a source of messages, also those without new ones, and those that can't be read now.
        snapshots: one plan a table of a database, also those that nothing is read of now.
        hops: bronze to silver, one a table, also those that are up to date.
        half_done: targets whose last load was killed between its two writes.
        rewinding: targets that a killed replay from bronze was to set back.
        built: the steps `vault`, `gold`, `platinum`.
        telemetry: the bronze tables that platinum reads.
        behind: quarantined rows that an older contract judged.
    """

    ingests: tuple[IngestPlan, ...]
    hops: tuple[Hop, ...]
    half_done: frozenset[Table]
    built: Mapping[str, Built]
    telemetry: frozenset[Table]
    behind: tuple[Behind, ...] = ()
    topics: tuple[TopicPlan, ...] = ()
    rewinding: frozenset[Table] = frozenset()
    snapshots: tuple[SnapshotPlan, ...] = ()


@dataclass(frozen=True)
class Work:
    """One thing to do, and why."""

    layer: str
    target: str
    why: str


@dataclass(frozen=True)
class RunPlan:
    """All there is to do, in order; files that changed after they were read; bytes that are new; rows to replay."""

    work: tuple[Work, ...]
    rewritten: tuple[str, ...]
    new_bytes: int = 0
    behind: tuple[Behind, ...] = ()


def plan_run(found: Found, layers: Iterable[str] = LAYERS) -> RunPlan:
    """Decide what has to be done in `layers`: what is new, and what was built from what is new."""
    bronze = [Work("bronze", str(plan.table), _files(plan)) for plan in found.ingests if plan.new]
    bronze += [
        Work("bronze", str(plan.table), _messages(plan)) for plan in found.topics if plan.trouble or plan.waiting
    ]
    bronze += [Work("bronze", str(plan.table), _snapshot(plan)) for plan in found.snapshots if plan.trouble or plan.due]
    landing = {plan.table for plan in found.ingests if plan.new}
    landing |= {plan.table for plan in found.snapshots if plan.due}
    landing |= {plan.table for plan in found.topics if plan.waiting and not plan.trouble}
    silver = [item for hop in found.hops if (item := _hop(hop, landing, found))]
    vault = _rebuild(found.built[VAULT], "silver", _read_by(found.built[VAULT], silver))
    gold = _rebuild(found.built[GOLD], GOLD, [*_read_by(found.built[GOLD], silver), *vault])
    fresh = [work for work in bronze if work.target in {str(table) for table in found.telemetry}]
    platinum = _rebuild(found.built[PLATINUM], PLATINUM, fresh) if found.telemetry else []
    wanted = set(layers)
    work = [item for item in (*bronze, *silver, *vault, *gold, *platinum) if item.layer in wanted]
    rewritten = sorted({path for plan in found.ingests for path in plan.rewritten})
    new_bytes = sum(file.bytes for plan in found.ingests for file in plan.new)
    rows = sum(plan.contents.rows for plan in found.snapshots if plan.due and plan.contents)
    new_bytes += (sum(plan.waiting for plan in found.topics) + rows) * _BYTES_OF_A_MESSAGE
    return RunPlan(tuple(work), tuple(rewritten), new_bytes, found.behind)


def _files(plan: IngestPlan) -> str:
    size = sum(file.bytes for file in plan.new)
    return f"{many(len(plan.new), 'new file')} of {plan.server.name}, {_bytes(size)}"


def _messages(plan: TopicPlan) -> str:
    if plan.trouble:
        return f"{plan.server.name} can't be read: {plan.trouble.what}"
    waiting = f"{many(plan.waiting, 'new message')} of {plan.server.name}"
    return f"{waiting}, {plan.lost:,} lost before" if plan.lost else waiting


def _snapshot(plan: SnapshotPlan) -> str:
    return f"{plan.server.name} can't be read: {plan.trouble.what}" if plan.trouble else plan.why


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def _hop(hop: Hop, landing: set[Table], found: Found) -> Work | None:
    if hop.target in found.rewinding:
        return Work("silver", str(hop.target), "its replay from bronze was cut off")
    if hop.target in found.half_done:
        return Work("silver", str(hop.target), "its last load was cut off between two writes")
    if hop.source in landing:
        return Work("silver", str(hop.target), f"{hop.source} gets new rows")
    if hop.pending:
        return Work("silver", str(hop.target), f"{hop.source} has new rows")
    return None


def _read_by(built: Built, work: Iterable[Work]) -> list[Work]:
    """The work on tables that a step reads; a history changes with the changes before it."""
    return [item for item in work if {item.target, item.target.removesuffix("_changes") + "_history"} & {*built.now}]


def _rebuild(built: Built, layer: str, before: Iterable[Work]) -> list[Work]:
    names = [item.target for item in before]
    if names:
        why = f"{names[0]} changes" if len(names) == 1 else f"{len(names)} tables before it change"
    elif not built.read:
        why = "never built"
    elif built.rehashed:
        why = "its keys are hashed in another way now: it is built from scratch"
    elif built.anew:
        why = "silver was replayed from bronze"
    elif UNFINISHED in built.read:
        why = "its last build was stopped, or cut off"
    elif built.stale:
        changed = sorted(name for name in built.now if built.read.get(name) != built.now[name])
        why = (
            f"changed since it was built: {', '.join(changed[:3])}"
            if changed
            else "something it was built from is gone"
        )
    else:
        return []
    return [Work(layer, built.step, why)]
