"""What the parts of a stack are told: nothing leaves the loopback address, and no password is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from stack_folders import STATE

from hallmark.lakehouse.errors import SettingsError
from hallmark.pipelines.stack.capture import Capture, connector_config, refuse_name, refuse_tables
from hallmark.pipelines.stack.connect import worker_properties
from hallmark.pipelines.stack.jars import JARS
from hallmark.pipelines.stack.jvm import Jvm, write_properties
from hallmark.pipelines.stack.kafka import broker_properties, new_cluster_id
from hallmark.pipelines.stack.state import Folder, locked


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "stack")
    with locked(made):
        made.make_passwords()
    return made


def everything(folder: Folder) -> str:
    jvm = Jvm(Path("java"), Path("jars"))
    said = [
        *connector_config(Capture("cdc"), STATE, folder).items(),
        *worker_properties(STATE, folder).items(),
        *broker_properties(STATE, folder.of("kafka")).items(),
        *jvm.command(folder, "kafka", "kafka.Kafka", "server.properties"),
    ]
    return "\n".join(map(str, said))


@pytest.mark.parametrize("role", ["hallmark", "debezium"])
def test_no_setting_and_no_argument_holds_a_password(folder: Folder, role: str) -> None:
    assert folder.password(role) not in everything(folder)


def test_the_connector_names_the_file_of_its_password(folder: Folder) -> None:
    config = connector_config(Capture("cdc"), STATE, folder)
    assert config["database.password"] == f"${{file:{folder.secrets}:debezium}}"
    assert worker_properties(STATE, folder)["config.providers.file.param.allowed.paths"] == folder.secrets


def test_every_listener_is_on_the_loopback_address(folder: Folder) -> None:
    broker = broker_properties(STATE, folder.of("kafka"))
    assert broker["listeners"] == "PLAINTEXT://127.0.0.1:20002,CONTROLLER://127.0.0.1:20003"
    assert broker["advertised.listeners"] == "PLAINTEXT://127.0.0.1:20002"
    assert worker_properties(STATE, folder)["listeners"] == "http://127.0.0.1:20004"


def test_name_prefix_slot_and_topics_are_one_name(folder: Folder) -> None:
    capture = Capture("shop_1")
    config = connector_config(capture, STATE, folder)
    assert (config["topic.prefix"], config["slot.name"]) == ("shop_1", "shop_1")
    assert capture.topics == (
        "shop_1.platform.customers",
        "shop_1.platform.models",
        "shop_1.platform.node_pools",
        "shop_1.platform.deployments",
        "shop_1.platform.price_plans",
    )


@pytest.mark.parametrize(("envelope", "schemas"), [("plain", "false"), ("schemas", "true")])
def test_the_envelope_decides_on_schemas(folder: Folder, envelope: str, schemas: str) -> None:
    config = connector_config(Capture("cdc", envelope), STATE, folder)  # type: ignore[arg-type]
    assert {config["key.converter.schemas.enable"], config["value.converter.schemas.enable"]} == {schemas}
    assert "transforms" not in config


def test_flattening_keeps_deletes_and_the_logs_position(folder: Folder) -> None:
    config = connector_config(Capture("cdc", flatten=True), STATE, folder)
    assert config["transforms.unwrap.type"] == "io.debezium.transforms.ExtractNewRecordState"
    assert config["transforms.unwrap.delete.tombstone.handling.mode"] == "rewrite"
    assert config["transforms.unwrap.add.fields"] == "op,table,lsn,source.ts_us"


def test_a_given_setting_has_the_last_word(folder: Folder) -> None:
    capture = Capture("cdc", options={"decimal.handling.mode": "precise", "topic.creation.default.partitions": "3"})
    config = connector_config(capture, STATE, folder)
    assert config["decimal.handling.mode"] == "precise"
    assert config["topic.creation.default.partitions"] == "3"


@pytest.mark.parametrize("name", ["", "Cdc", "1cdc", "c-d", "c.d", "a" * 41, "cdc;"])
def test_a_name_that_no_slot_can_have_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as letter:
        refuse_name(name)
    assert str(letter.value) == (
        "SettingsError: a connector can't have this name\n"
        f"  got: {name!r}\n"
        "  wanted: a small letter, then small letters, digits and underscores, at most 40"
    )


def test_properties_are_written_one_a_line(tmp_path: Path) -> None:
    write_properties(tmp_path / "x" / "a.properties", {"a.b": 1, "c": "d e"})
    assert (tmp_path / "x" / "a.properties").read_text(encoding="utf-8") == "a.b=1\nc=d e\n"


def test_cluster_ids_are_kafkas_and_never_the_same() -> None:
    ids = {new_cluster_id() for _ in range(200)}
    assert len(ids) == 200
    assert {len(each) for each in ids} == {22}
    assert not any(each.startswith("-") for each in ids)  # the tool would take it for an option


def test_the_jars_are_one_list_with_pinned_versions() -> None:
    text = JARS.file.read_text(encoding="utf-8")
    assert 'name="debezium-connector-postgres" rev="3.7.0.Final"' in text
    assert text.count('rev="4.3.1"') == 3
    assert JARS.telling in text


@pytest.mark.parametrize("included", ["platform.customers", "PLATFORM.Cust.*", "nothing, platform.plans", "(?<x>a)"])
def test_a_list_that_matches_a_table_is_taken(included: str) -> None:
    refuse_tables(included, ["platform.plans", "platform.customers"])


@pytest.mark.parametrize("included", ["platform.customer", "customers", "platform.*.x,"])
def test_a_list_that_matches_no_table_is_refused(included: str) -> None:
    with pytest.raises(SettingsError) as caught:
        refuse_tables(included, ["platform.plans", "platform.customers"])
    assert (caught.value.what, caught.value.got) == ("the connector would read no table", included)
    assert (
        caught.value.wanted == "one or more of platform.customers, platform.plans, or expressions that match them whole"
    )


def test_a_mistyped_table_is_told_with_the_one_near_it() -> None:
    with pytest.raises(SettingsError, match=r"did you mean 'platform.customers'\?"):
        refuse_tables("platform.custmers", ["platform.plans", "platform.customers"])
