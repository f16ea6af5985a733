"""A run looks, plans, and holds the warehouse; with nothing to do it opens no session; a failure is in the ledger."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hallmark.lakehouse.errors import DataError, MachineError, SettingsError
from hallmark.lakehouse.ledger import Ledger, StepEntry
from hallmark.lakehouse.lock import warehouse_lock
from hallmark.lakehouse.settings import load_settings
from hallmark.pipelines.execute import Done, dry_run, land, layers_until, run, unwritten
from hallmark.pipelines.plan import LAYERS, RunPlan, Work
from hallmark.pipelines.project import Project, open_project
from hallmark.pipelines.screen import SilentReporter

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
STEP = StepEntry("7f3a", "bronze->silver", "silver.orders", 10, 8, 2, 8, 0, 0, 0.1, None, None, AT)


def started(project: Project, layers: Sequence[str] = LAYERS) -> Done:
    minutes = itertools.count()
    return run(
        project,
        run_id="7f3a",
        clock=lambda: AT + timedelta(minutes=next(minutes)),
        reporter=SilentReporter(),
        layers=layers,
        command="run",
    )


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(("last", "layers"), [("bronze", LAYERS[:1]), ("gold", LAYERS[:3]), ("platinum", LAYERS)])
def test_the_last_layer_names_those_before_it(last: str, layers: tuple[str, ...]) -> None:
    assert layers_until(last) == layers


def test_a_layer_that_is_mistyped_is_refused_with_the_near_one() -> None:
    with pytest.raises(SettingsError) as letter:
        layers_until("sliver")
    assert str(letter.value) == (
        "SettingsError: no such layer\n"
        "  where: --until\n"
        "  got: sliver\n"
        "  wanted: bronze, silver, gold, platinum\n"
        "  do: did you mean 'silver'?"
    )


def test_a_layer_that_is_like_no_other_is_refused_without_a_guess() -> None:
    with pytest.raises(SettingsError, match="no such layer") as letter:
        layers_until("vault")
    assert letter.value.todo is None


def test_beside_a_data_folder_only_the_platform_is_written(shop: Project, tmp_path: Path) -> None:
    assert land(shop) == 1
    assert files(tmp_path / "landing") == ["synthetic/platform/platform-0007.jsonl"]


def test_what_is_landed_is_not_written_again(shop: Project) -> None:
    land(shop)
    assert land(shop) == 0


def test_what_would_be_written_is_counted_and_not_written(shop: Project, tmp_path: Path) -> None:
    assert unwritten(shop) == 1
    assert not (tmp_path / "landing").exists()


def test_what_is_landed_would_not_be_written_again(shop: Project) -> None:
    land(shop)
    assert unwritten(shop) == 0


def test_a_landing_zone_in_the_home_folder_is_written_where_it_is_read(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    at_home = replace(shop, settings=shop.settings.model_copy(update={"landing": Path("~/landing")}))
    land(at_home)
    assert files(at_home.roots[-1]) == ["synthetic/platform/platform-0007.jsonl"]
    assert unwritten(at_home) == 0


def test_the_first_run_on_the_synthetic_landing_zone_has_all_layers_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project = open_project(load_settings())
    land(project)
    layers = {layer: [work.target for work in dry_run(project, [layer]).work] for layer in LAYERS}
    assert layers == {
        "bronze": ["bronze.charges", "bronze.gateway_requests", "bronze.platform_changes", "bronze.gpu_readings"],
        "silver": [
            "silver.charges",
            "silver.gateway_requests",
            "silver.gpu_readings",
            "silver.customers_changes",
            "silver.models_changes",
            "silver.node_pools_changes",
            "silver.deployments_changes",
            "silver.price_plans_changes",
            "silver.platform_changes",
            "vault",
        ],
        "gold": ["gold"],
        "platinum": ["platinum"],
    }


def test_a_dry_run_says_what_is_to_be_done(shop: Project) -> None:
    assert dry_run(shop) == RunPlan(
        (
            Work("bronze", "bronze.orders", "1 new file of landing, 0.0 kB"),
            Work("silver", "silver.orders", "bronze.orders gets new rows"),
            Work("silver", "vault", "silver.orders changes"),
            Work("gold", "gold", "2 tables before it change"),
        ),
        rewritten=(),
        new_bytes=5,
    )


def test_a_dry_run_of_some_layers_leaves_the_others_out(shop: Project) -> None:
    assert [work.target for work in dry_run(shop, layers_until("bronze")).work] == ["bronze.orders"]


def test_a_dry_run_writes_nothing(shop: Project, tmp_path: Path) -> None:
    before = files(tmp_path)
    dry_run(shop)
    assert files(tmp_path) == before


def test_a_dry_run_refuses_a_folder_without_data(shop: Project, tmp_path: Path) -> None:
    (tmp_path / "data" / "orders" / "a.csv").unlink()
    with pytest.raises(DataError, match="the data folder holds no file that a contract reads"):
        dry_run(shop)


def test_a_run_with_nothing_to_do_opens_no_session(finished_shop: Project) -> None:
    done = started(finished_shop)
    assert done == Done("7f3a", RunPlan((), ()), (), (), done.seconds)
    assert done.nothing_new


def test_a_run_with_nothing_to_do_is_not_in_the_ledger(finished_shop: Project) -> None:
    started(finished_shop)
    assert {row["run_id"] for row in Ledger(finished_shop.settings.warehouse).runs()} == {"done"}


def test_a_file_that_changed_after_it_was_read_is_told(finished_shop: Project) -> None:
    file = finished_shop.roots[0] / "orders" / "a.csv"
    file.write_text("id\n1\n2\n", encoding="utf-8")
    (note,) = started(finished_shop).notes
    kept = "bronze keeps what it read first. Land the new content under a new name."
    assert note == f"{file} was changed after it was read; {kept}"


@pytest.mark.parametrize(
    ("warnings", "told"),
    [
        ((), ()),
        (("a",), ("contracts: 1 warning of words that do nothing here; hallmark doctor lists them",)),
        (("a", "b"), ("contracts: 2 warnings of words that do nothing here; hallmark doctor lists them",)),
    ],
)
def test_warnings_of_contracts_are_a_line_of_the_run(
    finished_shop: Project, warnings: tuple[str, ...], told: tuple[str, ...]
) -> None:
    first, *others = finished_shop.contracts
    assert started(replace(finished_shop, contracts=(replace(first, warnings=warnings), *others))).notes == told


def test_logins_of_servers_that_no_contract_has_are_lines_of_the_run(
    finished_shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALLMARK_KAFKA__LVIE__USER", "reader")
    monkeypatch.setenv("HALLMARK_KAFKA__LVIE__PASSWORD", "s3cret")
    with (tmp_path / "hallmark.toml").open("a", encoding="utf-8") as file:
        file.write('[postgres.CRM]\nuser = "reader"\n')
    project = replace(finished_shop, settings=load_settings())
    variables = "environment: HALLMARK_KAFKA__LVIE__PASSWORD; environment: HALLMARK_KAFKA__LVIE__USER"
    kafka, postgres = (f"a login of no contract's {kind} server, so it is not used; " for kind in ("kafka", "postgres"))
    crm = f"{tmp_path}/hallmark.toml: postgres.crm: {postgres}known: none"
    assert started(project).notes == (f"{variables}: {kafka}known: none", crm)
    first, *others = project.contracts
    live = replace(first.servers[0], name="Live", type="kafka")
    reads_live = replace(project, contracts=(replace(first, servers=(live,)), *others))
    assert reads_live.unused_logins == (f"{variables}: {kafka}did you mean 'live'? known: live", crm)


def test_a_login_of_a_contracts_server_needs_no_word(finished_shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_KAFKA__LIVE__SSL_CA", "ca.pem")
    first, *others = finished_shop.contracts
    live = replace(first.servers[0], name="Live", type="kafka")
    contracts = (replace(first, servers=(live,)), *others)
    assert replace(finished_shop, settings=load_settings(), contracts=contracts).unused_logins == ()


def test_a_run_without_bronze_writes_no_landing_zone(finished_shop: Project, tmp_path: Path) -> None:
    started(finished_shop, ["silver", "gold", "platinum"])
    assert not (tmp_path / "landing").exists()


def test_a_run_with_work_needs_a_session(shop: Project) -> None:
    with pytest.raises(MachineError, match="no Java found"):
        started(shop)


def test_a_failed_run_leaves_its_letter_in_the_ledger(shop: Project) -> None:
    with pytest.raises(MachineError) as letter:
        started(shop)
    rows = Ledger(shop.settings.warehouse).runs()
    assert [(row["run_id"], row["status"], row["command"], row["detail"]) for row in rows] == [
        ("7f3a", "started", "run", None),
        ("7f3a", "failed", "run", str(letter.value)),
    ]


def test_a_failed_run_lets_the_warehouse_go(shop: Project) -> None:
    with pytest.raises(MachineError, match="no Java found"):
        started(shop)
    with warehouse_lock(shop.settings.warehouse):
        pass


def test_a_warehouse_in_use_is_left_alone(finished_shop: Project, tmp_path: Path) -> None:
    with (
        warehouse_lock(finished_shop.settings.warehouse),
        pytest.raises(MachineError, match="another run holds the warehouse"),
    ):
        started(finished_shop)
    assert not (tmp_path / "landing").exists()


def test_only_steps_that_judge_rows_are_gates() -> None:
    bronze, gate, clean = replace(STEP, rows_quarantined=None), STEP, replace(STEP, rows_quarantined=0)
    assert Done("7f3a", RunPlan((), ()), (bronze, gate, clean), (), 1.0).gates == (gate, clean)
