"""What there is to read of a Kafka source: pure decisions over the broker's offsets and the stream's progress."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from hallmark.bronze.plan import Private, SourcePlan, private_of, source_columns
from hallmark.contracts.model import Contract, Server
from hallmark.lakehouse.errors import HallmarkError, ProgressError
from hallmark.lakehouse.ledger import SeenTopic
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.words import many

Offsets = Mapping[str, Mapping[int, int]]
"""By topic and partition: the offset of the next message."""


@dataclass(frozen=True)
class Marks:
    """What a broker says of some topics: the first and the next offset of each partition, and each topic's id."""

    begin: Offsets
    end: Offsets
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TopicPlan(SourcePlan):
    """A Kafka source to read into one bronze table.

    Attributes:
        table: the bronze table.
        server: the contract's server.
        columns: bronze columns that the contract's source columns map to.
        read: what is in bronze, by the stream's checkpoint.
        marks: what the broker has.
        trouble: why it can't be read now.
        private: what of its rows is protected before it is written; None for nothing.
    """

    columns: tuple[str, ...]
    read: Offsets
    marks: Marks
    trouble: HallmarkError | None = None
    private: Private | None = None

    @property
    def waiting(self) -> int:
        """How many offsets are to be read. Some may hold no message: a transaction's end, what compaction took away."""
        return sum(each.waiting for each in self.partitions)

    @property
    def lost(self) -> int:
        """How many offsets the broker dropped before they were read."""
        return sum(each.lost for each in self.partitions)

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """The topics' partitions, in order."""
        return tuple(_partitions(self.read, self.marks))


@dataclass(frozen=True)
class Partition:
    """One partition: the offset to read next, how many were dropped before it was read, and how many wait."""

    topic: str
    number: int
    next: int
    lost: int
    waiting: int


def _partitions(read: Offsets, marks: Marks) -> Iterator[Partition]:
    for topic, ends in sorted(marks.end.items()):
        for number, end in sorted(ends.items()):
            begin = marks.begin.get(topic, {}).get(number, 0)
            # A partition that came to a topic which is read: its messages, too, are all that it ever had.
            so_far = read[topic].get(number, 0) if topic in read else begin
            start = max(so_far, begin)
            yield Partition(topic, number, start, lost=start - so_far, waiting=max(0, end - start))


def plan_topics(
    contract: Contract,
    server: Server,
    read: Offsets,
    found: Marks | HallmarkError,
    seen: Mapping[str, SeenTopic],
) -> TopicPlan:
    """Tell what waits, and what is in the way.

    Args:
        contract: the source's contract.
        server: its Kafka server.
        read: what is in bronze, by the stream's checkpoint.
        found: what the broker says, or why it says nothing.
        seen: what the ledger knows of the topics.
    """
    marks, trouble = (Marks({}, {}), found) if isinstance(found, HallmarkError) else (found, None)
    table, columns = Table("bronze", contract.bronze_name), source_columns(contract)
    plan = TopicPlan(table, server, columns, read, marks, trouble, private_of(contract))
    if trouble:
        return plan
    return replace(plan, trouble=_made_anew(plan, seen) or _put_back(plan, seen) or _lost(plan))


def plan_again(plan: TopicPlan, read: Offsets, marks: Marks) -> TopicPlan:
    """The plan after a part of it was read."""
    return replace(plan, read=read, marks=marks)


def _made_anew(plan: TopicPlan, seen: Mapping[str, SeenTopic]) -> ProgressError | None:
    for topic, partitions in plan.read.items():
        if topic not in plan.server.topics:
            continue  # the contract no longer names it
        ends = plan.marks.end.get(topic, {})
        shorter = [(number, after) for number, after in partitions.items() if ends.get(number, 0) < after]
        known_id = seen.get(topic, SeenTopic()).id
        other = known_id not in {"", plan.marks.ids.get(topic, known_id)}
        if shorter or other:
            number, after = min(shorter or partitions.items())
            return ProgressError(
                "a topic was made anew: what was read of it is not what it holds now",
                where=f"{plan.table} from {plan.server.name}, topic {topic}",
                got=f"partition {number} ends at offset {ends.get(number, 0)}" if shorter else "a topic of another id",
                wanted=f"at least {after}, which was read before" if shorter else "the topic that was read before",
                todo="give the server another name in the contract: under it the new topic is read from its beginning, "
                "and bronze keeps the rows of the old one",
            )
    return None


def _put_back(plan: TopicPlan, seen: Mapping[str, SeenTopic]) -> ProgressError | None:
    # Who deletes the checkpoint, to read all again, has nothing read: that is no topic put back.
    back = [topic for topic in plan.server.topics if topic not in plan.read and seen.get(topic, SeenTopic()).landed]
    if not plan.read or not back:
        return None
    return ProgressError(
        "a topic was taken out of the contract and put back: it would be read from its beginning, a second time",
        where=f"{plan.table} from {plan.server.name}",
        got=", ".join(back),
        wanted=f"topics that were read up to now, or new ones: {', '.join(sorted(plan.read))}",
        todo="leave it out; or give it to a server of another name in the contract: under that it is read from its "
        "beginning, and bronze has its first messages under both names",
    )


def _lost(plan: TopicPlan) -> ProgressError | None:
    if plan.server.skips_lost or not plan.lost:
        return None
    gone = [f"{p.topic}/{p.number}: offsets {p.next - p.lost} to {p.next - 1}" for p in plan.partitions if p.lost]
    return ProgressError(
        "messages were dropped by the broker before they were read (retention)",
        where=f"{plan.table} from {plan.server.name}",
        got=", ".join(gone[:5]) + (f" and {many(len(gone) - 5, 'more partition')}" if len(gone) > 5 else ""),
        wanted="every message since the last run",
        todo="get them from the producer, or set onDataLoss: skip on the server to go on after them (ops.offsets keeps "
        "how many were lost); run more often, or keep messages longer",
    )
