"""Every hour, what has landed goes through bronze, silver and gold to platinum: one task a layer, one run at a time.

Settings are `HALLMARK_*` variables of the worker, or a `hallmark.toml` in its working folder. Name folders in full:

| variable | what |
|---|---|
| `HALLMARK_WAREHOUSE` | folder of the tables |
| `HALLMARK_DATA` | folder of landed files; without it the synthetic landing zone alone |
| `HALLMARK_LANDING` | folder that the synthetic landing zone is written to |
| `HALLMARK_ALERTS__WEBHOOK` | web address that gets a small JSON document for what went wrong |
| `HALLMARK_SPARK__REMOTE` | a Spark Connect server, `sc://host:port`; with it no task starts a JVM |

Without a server each task that has something to do starts a JVM of its own. A layer that is up to date starts none.

Each task brings its layer up to date and goes on where it stopped, so a retry or a cleared task repeats nothing. A
failed step, a warehouse in use or a server that does not answer is tried again; a wrong setting, a missing data folder,
and what breaks a contract, an expectation or a service level are not. A task that failed for good is told to the
webhook; what the run has told by itself is not told twice. The task's XCom holds what it did: tables and rows. Its run
id is the run in `hallmark status`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, chain, dag, task
from airflow.sdk.exceptions import AirflowFailException

LAYERS = ("bronze", "silver", "gold", "platinum")


@task(multiple_outputs=False)
def bring_up_to_date(layer: str, run_id: str | None = None) -> dict[str, int]:
    """Run one layer; Airflow fills in its run id."""
    # Here, not above: the scheduler reads this file again and again, and must not load Spark for it.
    from hallmark.pipelines.steps import EXIT_USAGE, ContractViolation, HallmarkError, run_layer

    try:
        return run_layer(layer, run_id)
    except HallmarkError as letter:
        if letter.exit_code == EXIT_USAGE or isinstance(letter, ContractViolation):  # the same rows break it again
            raise AirflowFailException(str(letter)) from letter
        raise


def tell_failure(context: dict[str, Any]) -> None:
    """Airflow's callback for a task that is not tried again."""
    from hallmark.pipelines.alerts import task_failed

    instance = context["task_instance"]
    task_failed(task=instance.task_id, run_id=context["run_id"], error=context.get("exception"), at=datetime.now(UTC))


@dag(
    schedule="@hourly",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,  # a run takes all that has landed; there is nothing left for the hours that were missed
    max_active_runs=1,  # the warehouse has one writer
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=15),
        "on_failure_callback": tell_failure,
    },
    doc_md=__doc__,
    tags=["hallmark"],
)
def hallmark_lakehouse() -> None:
    """Landing files to scaling signals."""
    chain(
        *(bring_up_to_date.override(task_id=layer, outlets=[Asset(f"hallmark://{layer}")])(layer) for layer in LAYERS)
    )


hallmark_lakehouse()
