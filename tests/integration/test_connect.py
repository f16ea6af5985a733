"""The same steps on a Spark Connect server give the same tables."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyspark
import pytest
from scheduler import Undisturbed
from warehouses import COMPILED, differences, environment, started, versions, wait_until

from hallmark.lakehouse.catalog import drop_moved_catalog
from hallmark.lakehouse.jars import jar_files
from hallmark.lakehouse.session import session_options
from hallmark.lakehouse.settings import Settings
from hallmark.pipelines.stack.ports import free_ports

SPARK_HOME = Path(pyspark.__file__).parent


@dataclass(frozen=True)
class Served:
    """A warehouse and the address of the server that works on it."""

    warehouse: Path
    remote: str


def server_options(settings: Settings, port: int) -> dict[str, str]:
    """What a session in our process would have. Jars on the class path: server sessions don't see `spark.jars`."""
    jars = jar_files(settings.spark)
    options = session_options(settings, jars)
    del options["spark.jars"]
    return {
        **options,
        "spark.master": settings.spark.master,
        "spark.driver.extraClassPath": ":".join(map(str, jars)),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
    }


def answers(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("connect"), next(free_ports())
    settings = Settings(warehouse=folder / "warehouse", spark={"remote": "", "driver_memory": "2g"})
    drop_moved_catalog(settings.warehouse)
    properties = folder / "server.conf"
    properties.write_text("".join(f"{name}={value}\n" for name, value in server_options(settings, port).items()))
    command = [SPARK_HOME / "bin/spark-submit", "--properties-file", properties]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    # Its Python workers must find hallmark: that is where the function of a foreachBatch runs.
    env = environment(PYSPARK_PYTHON=sys.executable, SPARK_HOME=SPARK_HOME, SPARK_LOCAL_IP="127.0.0.1")
    log = folder / "server.log"
    with started(command, folder=folder, log=log, env=env) as server:
        wait_until(lambda: server.poll() is not None or answers(port), "the server")
        assert server.poll() is None, log.read_text()[-4000:]
        yield Served(settings.warehouse, f"sc://127.0.0.1:{port}")


def test_runs_on_a_server_give_the_tables_of_a_run_in_process(undisturbed: Undisturbed, served: Served) -> None:
    hallmark, there = undisturbed.command, ("--warehouse", served.warehouse)
    # No Java to be found: nothing in this process may want one.
    variables = {"HALLMARK_SPARK__REMOTE": served.remote, "JAVA_HOME": "/nonexistent"}
    variables["HALLMARK_SPARK__OPTIONS"] = COMPILED
    document = hallmark.document("run", "--until", "bronze", *there, **variables)
    assert document["status"] == "succeeded"
    assert {step["layer"] for step in document["steps"]} == {"bronze"}
    assert {table.partition(".")[0] for table in versions(served.warehouse)} == {"bronze", "ops"}

    answer = hallmark("run", *there, **variables)
    assert answer.returncode == 0, answer.stderr + answer.stdout
    assert f"Spark {served.remote}" in answer.stdout
    assert answer.stderr == ""
    assert differences(undisturbed.warehouse, served.warehouse) == []

    before = versions(served.warehouse)
    assert hallmark.document("run", *there, **variables)["status"] == "nothing_new"
    assert versions(served.warehouse) == before
