"""Nothing of our dbt project but its macros comes along when another project has it as a package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
OURS = "{{ project_name == 'hallmark' }}"
MODELS = sorted(path.stem for path in (PROJECT / "models").rglob("*.sql"))
TESTS = sorted((PROJECT / "tests").rglob("*.sql"))
SEEDS = sorted(path.stem for path in (PROJECT / "seeds").rglob("*.csv"))
YAML = sorted(path for folder in ("models", "seeds") for path in (PROJECT / folder).rglob("*.yml"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_a_test_is_enabled_in_our_own_project_only(path: Path) -> None:
    assert "enabled=own_project()" in path.read_text(), "write {{ config(enabled=own_project()) }} at its top"


def test_a_model_or_seed_is_enabled_in_our_own_project_only_and_says_so_in_yaml() -> None:
    contents = [yaml.safe_load(path.read_text()) for path in YAML]
    entries = [entry for content in contents for kind in ("models", "seeds") for entry in content.get(kind, [])]
    closed = sorted(entry["name"] for entry in entries if entry.get("config", {}).get("enabled") == OURS)
    assert closed == sorted([*MODELS, *SEEDS]), f'write config: {{enabled: "{OURS}"}} into the entry of each'


def test_another_project_may_have_a_model_of_ours_and_an_entry_for_it(tmp_path: Path) -> None:
    outputs = {"it": {"type": "spark", "method": "session", "host": "NA", "schema": "s", "threads": 1}}
    files = {
        "dbt_project.yml": {"name": "outside", "version": "1.0.0", "profile": "outside", "model-paths": ["models"]},
        "profiles.yml": {"outside": {"target": "it", "outputs": outputs}},
        "packages.yml": {"packages": [{"local": str(PROJECT)}]},
        "models/schema.yml": {"models": [{"name": "hub_customer", "description": "theirs"}]},
    }
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_packages").mkdir()
    (tmp_path / "dbt_packages" / "hallmark").symlink_to(PROJECT)
    for path, content in files.items():
        (tmp_path / path).write_text(yaml.safe_dump(content))
    for name in ("hub_customer", "dim_model"):
        (tmp_path / "models" / f"{name}.sql").write_text("select 1 as id")
    place = ["--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path)]
    answer = dbtRunner().invoke(["--log-level", "none", "--log-level-file", "none", "parse", *place])
    assert answer.success, answer.exception
    told = {node.name: node.description for node in answer.result.nodes.values()}
    assert told == {"hub_customer": "theirs", "dim_model": ""}


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.stem)
def test_a_test_or_source_in_yaml_is_enabled_in_our_own_project_only(path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    open_to_all = [name for name, config in _configured(content) if config.get("enabled") != OURS]
    assert open_to_all == [], f'write config: {{enabled: "{OURS}"}} into them'


def _configured(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for model in content.get("models", []):
        for holder in [model, *model.get("columns", [])]:
            for test in holder.get("data_tests", []):
                for name, arguments in (test if isinstance(test, dict) else {test: {}}).items():
                    yield f"{model['name']}: {name}", arguments.get("config", {})
    for kind in ("sources", "unit_tests"):
        for one in content.get(kind, []):
            yield f"{kind}: {one['name']}", one.get("config", {})
