"""Who hears that something is wrong: always the log, a webhook when there is one, and Airflow by its callback."""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hallmark.lakehouse.errors import HallmarkError
from hallmark.lakehouse.settings import AlertSettings, load_settings
from hallmark.lakehouse.spark_errors import without_data

LOG = logging.getLogger("hallmark.alerts")
LOG.addHandler(logging.NullHandler())  # the command tells its user by letter; Airflow's handlers print it
FILE = "alerts.jsonl"


def send(document: Mapping[str, Any], settings: AlertSettings, warehouse: Path) -> str | None:
    """Tell everybody; returns one line when the webhook could not be told, and raises nothing of its own.

    Args:
        document: what happened; `summary` is its one line.
        settings: where the webhook is.
        warehouse: its `_logs/alerts.jsonl` gets the document, too.
    """
    text = json.dumps(document, default=str, sort_keys=True)
    LOG.error("%s", document["summary"])
    problems = [_append(warehouse / "_logs" / FILE, text)]
    if settings.webhook:
        problems.append(_post(text, settings))
    return "; ".join(problem for problem in problems if problem) or None


def task_failed(*, task: str, run_id: str, error: BaseException | None, at: datetime) -> None:
    """Airflow's callback: a task has failed for good. What a run has told itself is not told twice.

    Of an error of Spark's it tells the class alone: the text may quote rows, and a webhook leads out of the house.
    """
    cause = error.__cause__ if error is not None and error.__cause__ is not None else error
    if getattr(cause, "alerted", False):
        return
    settings = load_settings()
    reason = "no reason given" if cause is None else without_data(cause)
    document = {
        "kind": "task_failed",
        "summary": f"task {task} failed: {reason}",
        "task": task,
        "run_id": run_id,
        "at": at.isoformat(),
        "warehouse": str(settings.warehouse),
        "error": str(cause) if isinstance(cause, HallmarkError) else reason,
    }
    problem = send(document, settings.alerts, settings.warehouse)
    if problem:
        LOG.error("%s", problem)


def _append(file: Path, line: str) -> str | None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as log:
            log.write(line + "\n")
    except OSError as error:
        return f"the alert could not be written to {file}: {error}"
    return None


def _post(text: str, settings: AlertSettings) -> str | None:
    host = urlsplit(settings.webhook).hostname  # never the path: it is often a secret
    try:
        request = urllib.request.Request(  # noqa: S310 -- the setting takes http and https only
            settings.webhook, data=text.encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=settings.timeout_seconds):  # noqa: S310
            return None
    except urllib.error.HTTPError as error:
        return f"the webhook at {host} was not told: it answered {error.code}"
    except (OSError, ValueError) as error:  # no such host, refused, timed out, no address at all
        return f"the webhook at {host} was not told: {getattr(error, 'reason', None) or type(error).__name__}"
