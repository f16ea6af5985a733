"""Nothing of our dbt project but its macros comes along when another project has it as a package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
OURS = "{{ project_name == 'hallmark' }}"
SQL = sorted([*(PROJECT / "models").rglob("*.sql"), *(PROJECT / "tests").rglob("*.sql")])
YAML = sorted((PROJECT / "models").rglob("*.yml"))


@pytest.mark.parametrize("path", SQL, ids=lambda path: path.stem)
def test_a_model_or_test_is_enabled_in_our_own_project_only(path: Path) -> None:
    assert "enabled=own_project()" in path.read_text(), "write {{ config(enabled=own_project()) }} at its top"


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
