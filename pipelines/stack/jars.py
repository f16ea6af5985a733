"""The jars of the stack: Kafka, Kafka Connect and Debezium.

`python -m hallmark.pipelines.stack.jars` resolves them ahead of the first `up`; it is a no-op when they are there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hallmark.lakehouse.errors import HallmarkError
from hallmark.lakehouse.jars import JarList, cache_folder, jar_folder
from hallmark.lakehouse.settings import Settings, load_settings

JARS = JarList("stack", Path(__file__).with_name("ivy.xml"), "debezium-connector-postgres", "stack.jars", "stack-jars")


def are_resolved(settings: Settings) -> bool:
    """Whether nothing would be fetched."""
    return settings.stack.jars is not None or cache_folder(settings.spark, JARS).is_dir()


def stack_jars(settings: Settings) -> Path:
    """The folder with the jars, resolving them into the cache when they are not there yet.

    Raises:
        MachineError: when a named folder holds no such jars, or they can't be resolved.
    """
    return jar_folder(JARS, settings.spark, settings.stack.jars)


if __name__ == "__main__":
    try:
        stack_jars(load_settings())
    except HallmarkError as letter:
        sys.stderr.write(f"{letter}\n")
        sys.exit(letter.exit_code)
