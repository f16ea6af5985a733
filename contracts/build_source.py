"""How a source is read, besides its place: custom properties of a server, and Kafka's topics (docs/sources.md)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hallmark.contracts.build_quality import custom_of
from hallmark.contracts.model import EVOLUTIONS, Server
from hallmark.lakehouse.errors import did_you_mean

if TYPE_CHECKING:
    from hallmark.contracts.build import Build, Keys

EVOLUTION, MAX_FILES, MAX_OFFSETS = "schemaEvolution", "maxFilesPerTrigger", "maxOffsetsPerTrigger"
TOPIC, TOPIC_PREFIX, ON_DATA_LOSS = "topic", "topicPrefix", "onDataLoss"
FILE_OPTIONS = (EVOLUTION, MAX_FILES)
_KAFKA_OPTIONS = (TOPIC, TOPIC_PREFIX, MAX_OFFSETS, ON_DATA_LOSS, EVOLUTION)
_KAFKA_FORMATS = ("json", "debezium")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_BROKERS = re.compile(r"[A-Za-z0-9._-]+:[0-9]{1,5}(,[A-Za-z0-9._-]+:[0-9]{1,5})*")
_LOSSES = ("fail", "skip")


def read_evolution(entry: dict[str, Any], keys: Keys, build: Build) -> str:
    """What becomes of columns that the contract does not name: the server says it, or the table.

    Raises:
        ContractError: for an unknown word; for change events, whose columns are silver's.
    """
    where, given = [*keys, "customProperties"], custom_of(entry).get(EVOLUTION)
    if given is None:
        for i, table in enumerate(build.document.content.get("schema") or []):
            where, given = ["schema", i, "customProperties"], custom_of(table).get(EVOLUTION)
            if given is not None:
                break
    mode = "evolve" if given is None else str(given)
    if mode not in EVOLUTIONS:
        hint = did_you_mean(mode, EVOLUTIONS) or None
        raise build.refuse(f"unknown {EVOLUTION}", where, got=mode, wanted=", ".join(EVOLUTIONS), todo=hint)
    if mode != "evolve" and entry.get("format") == "debezium":
        todo = "remove it: bronze keeps a change event whole, and silver takes the columns that the contract names"
        raise build.refuse(f"{EVOLUTION} is not for change events", where, got=mode, wanted="evolve", todo=todo)
    return mode


def read_limit(option: str, entry: dict[str, Any], keys: Keys, build: Build) -> int | None:
    """The most files, or messages, that one commit takes; None where the contract doesn't say.

    Raises:
        ContractError: when it is no whole number above 0.
    """
    given = custom_of(entry).get(option)
    if given is None:
        return None
    if isinstance(given, bool) or not re.fullmatch(r"[0-9]{1,9}", str(given)) or int(given) < 1:
        wanted = "a whole number above 0"
        raise build.refuse(f"{option} is no number", [*keys, "customProperties"], got=repr(given), wanted=wanted)
    return int(given)


def read_kafka(name: str, entry: dict[str, Any], place: dict[str, Any], keys: Keys, build: Build) -> Server:
    """A Kafka server: `host` has the brokers, custom properties the topics; without one the tables' physical names.

    Raises:
        ContractError: when its address, format, topics or an option can't be used.
    """
    custom, where = custom_of(entry), [*keys, "customProperties"]
    for option in custom:
        if option not in _KAFKA_OPTIONS:
            hint = did_you_mean(str(option), _KAFKA_OPTIONS) or f"known: {', '.join(_KAFKA_OPTIONS)}"
            raise build.refuse(f"unknown option {option!r} of a Kafka server", where, todo=hint)
    host, message_format = str(entry.get("host", "")), str(entry.get("format", "json"))
    if not _BROKERS.fullmatch(host):
        wanted = "host:port, or several with commas"
        raise build.refuse("the brokers' address can't be read", [*keys, "host"], got=repr(host), wanted=wanted)
    if message_format not in _KAFKA_FORMATS:
        wanted = ", ".join(_KAFKA_FORMATS)
        raise build.refuse("messages of this format are not read", [*keys, "format"], got=message_format, wanted=wanted)
    loss = str(custom.get(ON_DATA_LOSS, "fail"))
    if loss not in _LOSSES:
        raise build.refuse(f"unknown {ON_DATA_LOSS}", where, got=loss, wanted=", ".join(_LOSSES))
    topics = _topics(custom, message_format, keys, build)
    return Server(
        name=name,
        path=",".join(topics),
        format=message_format,
        type="kafka",
        place=place,
        evolution=read_evolution(entry, keys, build),
        max_per_batch=read_limit(MAX_OFFSETS, entry, keys, build),
        topics=topics,
        skips_lost=loss == "skip",
    )


def _topics(custom: dict[str, Any], message_format: str, keys: Keys, build: Build) -> tuple[str, ...]:
    tables = build.document.content.get("schema") or []
    names = [str(table.get("physicalName") or table.get("name")) for table in tables]
    if TOPIC in custom:
        given = custom[TOPIC]
        topics = [str(each) for each in given] if isinstance(given, list) else str(given or "").split(",")
    elif TOPIC_PREFIX in custom:
        if not str(custom[TOPIC_PREFIX] or "").strip():
            wanted = "the connector's topic.prefix"
            raise build.refuse(f"{TOPIC_PREFIX} is empty", [*keys, "customProperties"], wanted=wanted)
        topics = [f"{custom[TOPIC_PREFIX]}.{name}" for name in names]
    elif message_format == "debezium":
        todo = f"name the connector's topic.prefix as custom property {TOPIC_PREFIX}, or the topics as {TOPIC}"
        raise build.refuse("it is not said which topics have the change events", keys, todo=todo)
    else:
        topics = names
    topics = list(dict.fromkeys(topic.strip() for topic in topics))
    if not any(topics):
        raise build.refuse("no topic is named", [*keys, "customProperties"], wanted=f"one {TOPIC} or several")
    for topic in topics:
        if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
            wanted = "letters, digits, dots, underscores and hyphens"
            raise build.refuse("not the name of a topic", [*keys, "customProperties"], got=repr(topic), wanted=wanted)
    return tuple(topics)
