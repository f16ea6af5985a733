"""Requests at the gateway: a day's curve of them, and a handful of labelled defects."""

from __future__ import annotations

import gzip
import json
import random
from datetime import date, datetime, timedelta
from typing import Any

from hallmark.pipelines.synthetic.days import activity, midnight

REQUESTS_A_DAY = 3_000
_PEAK_HOUR = 14.0
_DAY_SECONDS = 86_400
Request = dict[str, Any]


def requests(seed: int, day: date) -> bytes:
    """One day's requests as gzipped JSON lines, in time order but for the defects."""
    rng = random.Random(f"requests-{seed}-{day}")  # noqa: S311 - reproducible, not secret
    rows = [
        _request(rng, f"syn-{seed:04d}-{day:%Y%m%d}-{n:05d}", midnight(day) + timedelta(seconds=second))
        for n, second in enumerate(_arrivals(rng))
    ]
    text = "".join(f"{line}\n" for line in _with_defects(rows, rng))
    return gzip.compress(text.encode(), mtime=0)  # no time in the header: the same seed gives the same bytes


def _arrivals(rng: random.Random) -> list[float]:
    """Seconds of the day, thick at the peak hour and thin at night (rejection sampling)."""
    seconds: list[float] = []
    while len(seconds) < REQUESTS_A_DAY:
        second = round(rng.uniform(0, _DAY_SECONDS - 1), 6)
        if rng.random() < activity(second, peak_hour=_PEAK_HOUR):
            seconds.append(second)
    return sorted(seconds)


def _request(rng: random.Random, request_id: str, at: datetime) -> Request:
    embed = rng.random() < 0.3
    status = rng.choices(("ok", "error", "cancelled"), (96, 2.5, 1.5))[0]
    prompt = max(1, min(16_000, round(rng.lognormvariate(5.0 if embed else 6.2, 0.8))))
    completion = 0 if embed or status == "error" else max(1, min(4_000, round(rng.lognormvariate(4.8, 0.9))))
    first = None if completion == 0 else round(rng.lognormvariate(4.6, 0.5) + 0.05 * prompt, 3)
    latency = round((first or rng.lognormvariate(3.2, 0.4)) + completion * rng.uniform(9, 16), 3)
    return {
        "request_id": request_id,
        "deployment_id": "synthetic-embed" if embed else "synthetic-chat",
        "requested_at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "time_to_first_token_ms": first,
        "latency_ms": latency,
        "status": status,
        "source": "synthetic",
    }


def _with_defects(rows: list[Request], rng: random.Random) -> list[str]:
    """Spoil five rows, repeat three and cut one line short; the id of a spoilt row says what is wrong with it."""
    spoilt: tuple[tuple[str, Request], ...] = (
        ("negative-tokens", {"prompt_tokens": -1}),
        ("negative-tokens", {"prompt_tokens": -1}),
        ("bad-timestamp", {"requested_at": "yesterday at noon"}),
        ("unknown-status", {"status": "exploded"}),
        ("no-deployment", {"deployment_id": None}),
    )
    places = rng.sample(range(len(rows) - 1), len(spoilt) + 4)
    rows = list(rows)
    for place, (label, values) in zip(places, spoilt, strict=False):
        row = rows[place]
        rows[place] = {**row, **values, "request_id": f"{row['request_id']}-defect-{label}"}
    lines = [json.dumps(row) for row in rows]
    for place in places[len(spoilt) : -1]:
        lines.insert(place + 1, json.dumps(rows[place]))  # exact repeats: a client's retry
    lines.insert(places[-1], json.dumps({**rows[places[-1]], "request_id": "defect-corrupt-line"})[:-40])
    return lines
