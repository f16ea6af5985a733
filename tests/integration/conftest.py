"""What tests of snapshots share: a real Postgres, a schema of the test's own, a login."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from database import Database


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A real Postgres, for the tests of a file."""
    found = Database(tmp_path_factory.mktemp("stack"))
    try:
        found.start()
        yield found
    finally:
        found.remove()


@pytest.fixture
def schema(database: Database, request: pytest.FixtureRequest) -> str:
    """A schema of the test's own with an empty table of orders."""
    name = request.node.name.partition("[")[0][-60:]
    database.run(
        f"CREATE SCHEMA {name}",
        f"CREATE TABLE {name}.orders (id int PRIMARY KEY, note text, amount numeric, "
        "updated_at timestamptz NOT NULL DEFAULT '2026-01-01')",
    )
    return name


@pytest.fixture
def login(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says how to get into it; `crm` is the contract's server."""
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__USER", database.user)
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__PASSWORD", database.password)
