"""The undisturbed run that these tests share with tests/integration."""

from __future__ import annotations

import pytest
from scheduler import Undisturbed, undisturbed_run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """A finished warehouse; tests read it and change nothing in it."""
    return undisturbed_run(tmp_path_factory.getbasetemp())
