"""What a column's name alone says: its name in silver, its unit, whether it is a count, money, a time, a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import pairwise

from hallmark.lakehouse.names import IDENTIFIER

_LAST_WORD_UNITS = {
    "ns": "ns", "ms": "ms", "sec": "s", "secs": "s", "mins": "min", "hrs": "h", "kb": "KB", "mb": "MB", "gb": "GB",
    "hz": "Hz", "mhz": "MHz", "ghz": "GHz", "kwh": "kWh", "km": "km", "kg": "kg",
}  # fmt: skip
"""Short words that are a unit only at the end of a name: `latency_ms`, not `ms_office_version`."""

_SPANS = frozenset({
    "time", "times", "duration", "latency", "elapsed", "delay", "lag", "wait", "waiting", "timeout", "interval",
    "uptime", "runtime", "ttl", "ttft", "tpot", "itl", "e2e", "age", "period", "window", "p50", "p90", "p95", "p99",
})  # fmt: skip
_SIZES = frozenset({
    "size", "memory", "mem", "used", "free", "disk", "file", "buffer", "cache", "payload", "body", "storage", "ram",
})  # fmt: skip
_LENGTHS = frozenset({
    "distance", "length", "height", "width", "depth", "altitude", "elevation", "radius", "range", "diameter",
})  # fmt: skip
_QUANTITY_UNITS = {
    "s": ("s", _SPANS), "us": ("us", _SPANS), "h": ("h", _SPANS), "b": ("B", _SIZES), "m": ("m", _LENGTHS),
    "min": ("min", _SPANS - {"latency", "lag", "wait", "waiting", "delay", "p50", "p90", "p95", "p99"}),
    "w": ("W", frozenset({"power", "draw", "consumption", "watt", "wattage"})),
    "v": ("V", frozenset({"voltage", "volt", "volts"})),
    "c": ("Cel", frozenset({"temp", "temperature", "hotspot", "ambient"})),
}  # fmt: skip
"""Words that are a unit where another word says what is measured: `temp_c`, not `vitamin_c`; `duration_m` says neither
minutes nor months, and `latency_min` is rather the least."""

_UNITS = {
    "nanos": "ns", "nanoseconds": "ns", "micros": "us", "microseconds": "us", "millis": "ms", "milliseconds": "ms",
    "seconds": "s", "minutes": "min", "hours": "h", "days": "d", "bytes": "B", "kib": "KiB", "mib": "MiB",
    "gib": "GiB", "tokens": "tokens", "requests": "requests", "pct": "%", "percent": "%", "percentage": "%",
    "usd": "USD", "eur": "EUR", "gbp": "GBP", "cad": "CAD", "jpy": "JPY", "chf": "CHF", "watts": "W",
    "celsius": "Cel", "temperature": "Cel", "qps": "requests/s", "rps": "requests/s", "tps": "tokens/s",
    "characters": "characters", "chars": "characters",
}  # fmt: skip

_COUNTS = frozenset({
    "tokens", "requests", "count", "counts", "cnt", "num", "number", "total", "totals", "bytes", "quantity",
    "qty", "items", "rows", "events", "size", "length", "len", "attempts", "retries", "errors", "characters",
    "chars", "hits", "clicks", "visits", "age", "duration", "latency", "elapsed", "used", "running", "pending",
    "swapped", "waiting", "workers", "replicas", "gpus", "cores", "cpus", "milli", "mib", "gib", "kib",
    "instances", "throughput", "capacity", "usage",
})  # fmt: skip
_MONEY = frozenset({
    "usd", "eur", "gbp", "cad", "jpy", "chf", "cost", "costs", "price", "prices", "amount", "fee", "fees",
    "tax", "taxes", "revenue", "refund", "discount", "salary", "balance", "charge", "charges", "payment",
})  # fmt: skip
_NO_MONEY = frozenset({
    "id", "name", "type", "category", "class", "description", "status", "period", "frequency", "code",
    "currency", "center", "key", "unit", "ref", "date", "at", "start", "end", "count", "quantity",
})  # fmt: skip
_TIMES = frozenset({
    "time", "times", "timestamp", "ts", "date", "datetime", "at", "epoch", "created", "updated", "modified",
    "deleted", "started", "ended", "started_at", "observed", "recorded", "expires", "day",
})  # fmt: skip
_SHARES = frozenset({
    "ratio", "fraction", "share", "probability", "confidence", "util", "utilization", "utilisation", "percent",
    "pct", "percentage",
})  # fmt: skip
_IDS = frozenset({
    "id", "ids", "uuid", "guid", "key", "code", "sn", "serial", "no", "number",
})  # fmt: skip
_WORDY = frozenset({
    "name", "names", "title", "description", "comment", "comments", "text", "message", "note", "notes", "tags",
    "label", "labels", "url", "uri", "path", "details", "info", "value",
    "region", "location", "place", "city", "country", "zone", "model", "version", "group",
})  # fmt: skip
_CODES = frozenset({
    "phone", "mobile", "tel", "telephone", "fax", "msisdn", "zip", "zipcode", "postal", "postcode", "plz",
    "iban", "ssn", "card", "passport",
})  # fmt: skip

_PERSONAL_WORDS = frozenset({
    "email", "mail", "phone", "telephone", "mobile", "fax", "msisdn", "surname", "forename", "firstname",
    "lastname", "fullname", "birthday", "birthdate", "birth", "dob", "ssn", "passport", "iban", "gender",
    "street", "username", "address", "vorname", "nachname", "anschrift", "adresse", "telefon", "handy", "strasse",
    "geburtsdatum", "geburtstag", "plz", "prenom", "apellido", "telefono", "direccion",
})  # fmt: skip
_PERSONAL_PAIRS = frozenset({
    ("first", "name"), ("last", "name"), ("given", "name"), ("family", "name"), ("full", "name"), ("middle", "name"),
    ("maiden", "name"), ("contact", "name"), ("person", "name"), ("employee", "name"), ("patient", "name"),
    ("holder", "name"), ("customer", "name"), ("user", "name"), ("e", "mail"), ("card", "number"), ("credit", "card"),
    ("tax", "id"), ("national", "id"), ("postal", "address"), ("home", "address"), ("street", "address"),
    ("billing", "address"), ("shipping", "address"), ("delivery", "address"),
    ("account", "number"), ("account", "no"), ("bank", "account"), ("license", "plate"), ("licence", "plate"),
    ("number", "plate"), ("driver", "license"), ("drivers", "license"), ("remote", "addr"), ("client", "addr"),
    ("mac", "address"), ("mac", "addr"), ("ip", "addr"), ("social", "security"), ("zip", "code"), ("postal", "code"),
})  # fmt: skip
_ABOUT = frozenset({
    "count", "counts", "domain", "verified", "flag", "enabled", "type",
})  # fmt: skip
_MACHINES = frozenset({
    "container", "pod", "node", "host", "server", "instance", "cluster", "service", "gateway", "vm",
})  # fmt: skip


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters.

    >>> words_of("ContextTokens"), words_of("GPU_used_mem"), words_of("lineItem/UsageAmount")
    (('context', 'tokens'), ('gpu', 'used', 'mem'), ('line', 'item', 'usage', 'amount'))
    >>> words_of("Größe (cm)"), words_of("東京")
    (('grosse', 'cm'), ())
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = re.sub(r"[^A-Za-z0-9]+", " ", "".join(char for char in plain if not unicodedata.combining(char)))
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return tuple(parts.lower().split())


def silver_names(columns: Iterable[str], *, keep: bool = False) -> Mapping[str, str]:
    """A property name for each column of a source: plain, in snake case, no two alike.

    Args:
        columns: names in the source.
        keep: leave plain names as they are (a finished table's columns are found by their own name).

    >>> list(silver_names(["ContextTokens", "Cost (USD)", "2xx", "東京", "Id", "ID_", "_x"]).values())
    ['context_tokens', 'cost_usd', 'n_2xx', 'column_4', 'id', 'id_2', 'x']
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    for i, column in enumerate(columns, start=1):
        plain = "_".join(words_of(column))[:120] or f"column_{i}"
        if keep and IDENTIFIER.match(column) and not column.startswith("_"):
            plain = column
        plain = f"n_{plain}" if plain[0].isdigit() else plain
        name, repeat = plain, 1
        while name.lower() in taken:
            repeat += 1
            name = f"{plain}_{repeat}"
        taken.add(name.lower())
        given[column] = name
    return given


def unit_of(name: str) -> str | None:
    """The unit that a name ends with or holds.

    >>> unit_of("latency_ms"), unit_of("memory_mib"), unit_of("ContextTokens"), unit_of("ms_office")
    ('ms', 'MiB', 'tokens', None)
    >>> unit_of("gpu_temp_c"), unit_of("vitamin_c"), unit_of("size_b"), unit_of("plan_b"), unit_of("duration_m")
    ('Cel', None, 'B', None, None)
    """
    words = words_of(name)
    if not words or is_id(name):
        return None
    if (unit := _LAST_WORD_UNITS.get(words[-1])) and len(words) > 1:
        return unit
    unit, measured = _QUANTITY_UNITS.get(words[-1], (None, frozenset()))
    if unit and measured & {*words[:-1]}:
        return unit
    return next((_UNITS[word] for word in reversed(words) if word in _UNITS), None)


def is_count(name: str) -> bool:
    """Whether the name says a quantity that cannot be below zero.

    >>> is_count("num_running"), is_count("GeneratedTokens"), is_count("gpu_temperature"), is_count("billed_cost")
    (True, True, False, False)
    """
    words = words_of(name)
    counted = bool(_COUNTS & {*words}) or words[-1:] in {("gpu",), ("time",), ("mem",), ("memory",)}
    return counted and not is_money(name) and unit_of(name) != "Cel"


def is_money(name: str) -> bool:
    """Whether the name says an amount of money, which can be negative (credits, refunds).

    >>> is_money("BilledCost"), is_money("CostInBillingCurrency"), is_money("ChargeCategory"), is_money("cost_center")
    (True, True, False, False)
    """
    words = words_of(name)
    return bool(_MONEY & {*words}) and ("in" in words or not _NO_MONEY & {*words[-1:]})


def is_time(name: str) -> bool:
    """Whether the name says a point in time.

    >>> is_time("timestamp_anon"), is_time("createdAt"), is_time("uptime"), is_time("total_chunk_time")
    (True, True, False, True)
    """
    return bool(_TIMES & {*words_of(name)})


def is_share(name: str) -> bool:
    """Whether the name says a part of a whole: 0 to 1, or 0 to 100."""
    words = words_of(name)
    return bool(_SHARES & {*words}) or words[-2:] == ("duty", "cycle")


def is_id(name: str) -> bool:
    """Whether the name says an identifier.

    >>> is_id("EventId"), is_id("sn"), is_id("num_gpu"), is_id("valid")
    (True, True, False, False)
    """
    words = words_of(name)
    return bool(words) and words[-1] in _IDS


def is_wordy(name: str) -> bool:
    """Whether the name says free words, places or makes, of which no list is ever whole."""
    return bool(_WORDY & {*words_of(name)[-1:]})


def is_code(name: str) -> bool:
    """Whether digits under this name are a code that nobody counts with: a phone number, a postal code."""
    return bool(_CODES & {*words_of(name)})


def is_flag(name: str) -> bool:
    """Whether the name asks a question: `is_deleted`, `has_gpu`, `active_flag`."""
    words = words_of(name)
    return bool(words) and (words[0] in {"is", "has", "was", "can"} or words[-1] in {"flag", "enabled", "disabled"})


def personal_by_name(name: str) -> str | None:
    """The part of a name that speaks of a person, or None. A guess: a person decides.

    >>> personal_by_name("customer_email"), personal_by_name("FirstName"), personal_by_name("client_ip")
    ('email', 'first name', 'ip')
    >>> personal_by_name("container_ip"), personal_by_name("model_name"), personal_by_name("email_count")
    (None, None, None)
    """
    words = words_of(name)
    if not words or words[-1] in _ABOUT or words[0] in {"is", "has"}:
        return None
    for pair in pairwise(words):
        if pair in _PERSONAL_PAIRS:
            return " ".join(pair)
    for word in words:
        if word in _PERSONAL_WORDS and not (word == "address" and _MACHINES & {*words}):
            return word
    return "ip" if "ip" in words and not _MACHINES & {*words} else None


RANGES: Mapping[str, tuple[float, float]] = {
    "latitude": (-90, 90), "lat": (-90, 90), "longitude": (-180, 180), "lon": (-180, 180), "lng": (-180, 180),
    "port": (0, 65535), "hour": (0, 23), "month": (1, 12), "weekday": (0, 7),
}  # fmt: skip
"""Quantities whose ends are known from elsewhere, by the last word of the name."""


def range_of(name: str) -> tuple[float, float] | None:
    """The range that a name's last word stands for.

    >>> range_of("server_port"), range_of("airport")
    ((0, 65535), None)
    """
    words = words_of(name)
    return RANGES.get(words[-1]) if words else None
