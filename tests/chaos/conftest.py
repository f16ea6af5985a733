"""The undisturbed run that these tests share with tests/integration."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scheduler import Undisturbed, shared_folder, undisturbed_run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    """A finished warehouse; tests read it and change nothing in it."""
    done = undisturbed_run(shared_folder(tmp_path_factory))
    yield done
    done.command.classes.unlink(missing_ok=True)  # large, and pytest keeps its folders for a while
