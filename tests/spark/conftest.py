"""A landing zone of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from landing import Landing

from hallmark.lakehouse.tables import Lake


@pytest.fixture
def landing(lake: Lake, tmp_path: Path) -> Landing:
    """An empty landing zone with the contract `landing.REQUESTS`, in front of an empty warehouse."""
    return Landing(lake, tmp_path)
