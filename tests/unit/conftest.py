"""What all tests without Spark share: no setting of the developer's own, no terminal, and a small shop to work on."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from contract_files import Write, changed
from deltalake import CommitProperties, Transaction, write_deltalake

from hallmark.bronze.listing import list_landed
from hallmark.lakehouse.ledger import FILES, RUNS, STEPS, FileEntry, Ledger, RunEntry, StepEntry
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.settings import load_settings
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.plan import GOLD, VAULT
from hallmark.pipelines.project import Project, open_project
from hallmark.pipelines.survey import MARK, inputs_of
from hallmark.pipelines.synthetic import write_landing
from hallmark.silver.plan import hop_app


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HALLMARK_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_wishes_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own folder is where commands are typed."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a contract of orders with some edits, each of a text that is there once."""

    def write_contract(*edits: tuple[str, str], name: str = "orders") -> Path:
        file = tmp_path / f"{name}.odcs.yaml"
        file.write_text(changed(*edits), encoding="utf-8")
        return file

    return write_contract


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C works, also where the tests run in the background of a shell, and after Spark took it over."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic landing zone of seed 7."""
    folder = tmp_path_factory.mktemp("landing")
    write_landing(folder, seed=7)
    return folder


SHOP = {
    "hallmark.toml": 'contracts = "contracts"\ndbt_project = "dbt"\ndata = "data"\n',
    "dbt/dbt_project.yml": "name: shop\n",
    "dbt/models/_sources.yml": "sources:\n  - {name: silver, tables: [{name: orders}]}\n",
    "data/orders/a.csv": "id\n1\n",
    "contracts/orders.odcs.yaml": """\
apiVersion: v3.1.0
kind: DataContract
id: shop.orders
version: 1.2.0
status: active
domain: shop
servers: [{server: landing, type: local, path: "orders/*.csv", format: csv}]
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
""",
}
FINISHED_AT = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in the current folder: one source, one landed file, nothing built; and no Java, so no session."""
    for name, text in SHOP.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "no-java"))
    return open_project(load_settings())


@pytest.fixture
def finished_shop(shop: Project) -> Project:
    """The same as a finished run leaves it; delta-rs wrote its tables."""
    bronze, silver = Table("bronze", "orders"), Table("silver", "orders")
    rows = pa.table({"id": pa.array([1], pa.int64())})
    read_to = CommitProperties(app_transactions=[Transaction(hop_app(silver, bronze), 0)])
    write_deltalake(str(table_path(shop.settings.warehouse, bronze)), rows)
    write_deltalake(str(table_path(shop.settings.warehouse, silver)), rows, commit_properties=read_to)
    (landed,) = list_landed(shop.roots[0], shop.sources[0].servers[0])
    ledger = Ledger(shop.settings.warehouse)
    loaded = (landed.path, landed.bytes, landed.modified_at)
    ledger.write(FILES, [FileEntry("done", str(bronze), "landing", *loaded, "orders/landing/000000")])
    gate = StepEntry("done", "bronze->silver", str(silver), 1, 1, 0, 1, 0, 0, 0.1, "shop.orders", "1.2.0", FINISHED_AT)
    mark = replace(gate, layer=MARK, rows_written=None)
    marks = [replace(mark, table_name=step, detail=json.dumps(inputs_of(shop, step))) for step in (VAULT, GOLD)]
    ledger.write(STEPS, [gate, *marks])
    started = RunEntry("done", "started", FINISHED_AT, "run", "0.1.0")
    ledger.write(RUNS, [started, replace(started, status="succeeded", at=FINISHED_AT + timedelta(minutes=1))])
    return shop
