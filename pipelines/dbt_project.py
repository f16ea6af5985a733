"""The dbt project by its files: what it reads, and whether a run can build it; known before anything is started."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hallmark.lakehouse import deltalog
from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.names import Table
from hallmark.lakehouse.tables import table_path
from hallmark.pipelines.project import Project, silver_table

SETTING = "HALLMARK_DBT_PROJECT"
SEED_TAG = "built_by_run"
"""Of seeds that a run builds with the vault. Others are `dbt seed`'s: not every project has them replaced safely."""
_HASHES = (
    "hash", "hash_content_casing", "concat_string", "null_placeholder_string", "enable_native_hashes",
    "enable_native_hashing", "hash_mode", "null_key_required", "null_key_optional",
)  # fmt: skip
_OURS, _OURS_ONCE = "hallmark", '{"hash_content_casing": "disabled"}'


@dataclass(frozen=True)
class Models:
    """What a step builds with dbt.

    Attributes:
        schema: where the tables are.
        folders: of the models, below the project's `models`.
        with_seeds: whether seeds with the tag `SEED_TAG` are built as well.
    """

    schema: str
    folders: tuple[str, ...]
    with_seeds: bool = False


VAULT_MODELS = Models("silver", ("raw_vault", "point_in_time"), with_seeds=True)
GOLD_MODELS = Models("gold", ("gold",))


def dbt_sources(project: Project) -> list[Table]:
    """The tables that the dbt project reads, by the `sources` in its yml files. What is no YAML, dbt refuses itself."""
    found = []
    for file in sorted((project.settings.dbt_project / "models").rglob("*.y*ml")):
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError):
            continue
        for source in _entries(content, "sources"):
            schema = source.get("schema") or source.get("name")
            tables = [table.get("identifier") or table.get("name") for table in _entries(source, "tables")]
            found += [Table(str(schema), str(table)) for table in tables if schema and table]
    return found


def hash_settings(project: Project) -> str:
    """The variables in the project's file that its hashes depend on (docs/vault/stage.md), as JSON; {} without one."""
    found = project_variables(project.settings.dbt_project)
    return json.dumps({name: str(found[name]) for name in _HASHES if name in found}, sort_keys=True)


def hash_settings_before(project: Project) -> str:
    """Those of a vault that was built before runs noted them: our own had others, of another's nothing is known."""
    return _OURS_ONCE if project_file(project.settings.dbt_project).get("name") == _OURS else hash_settings(project)


def project_file(folder: Path) -> dict[Any, Any]:
    """What is in the dbt project's file; nothing of one that can't be read: dbt says what is wrong with it."""
    try:
        content = yaml.safe_load((folder / "dbt_project.yml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return {}
    return _mapping(content)


def project_variables(folder: Path) -> dict[Any, Any]:
    """The variables of the dbt project; those that stand below its name go before the others."""
    document = project_file(folder)
    given = _mapping(document.get("vars"))
    return {**given, **_mapping(given.get(document.get("name")))}


def _mapping(content: object) -> dict[Any, Any]:
    return content if isinstance(content, dict) else {}


def _entries(content: object, name: str) -> list[dict[str, Any]]:
    there = _mapping(content).get(name)
    return [entry for entry in there if isinstance(entry, dict)] if isinstance(there, list) else []


def refuse_unfit(project: Project) -> None:
    """See that there is a dbt project, and that contracts make the silver tables that it reads.

    Raises:
        SettingsError: when one of both is not so.
    """
    folder, warehouse = project.settings.dbt_project, project.settings.warehouse
    if not (folder / "dbt_project.yml").is_file():
        raise SettingsError(
            "there is no dbt project",
            where=SETTING,
            got=folder,
            wanted="a folder with a dbt_project.yml; without models in it silver's tables are all that is built",
            todo=f"{SETTING}=FOLDER; --until bronze needs none",
        )
    known = {silver_table(compiled) for compiled in project.events}
    known |= {table for _, entities in project.entities for entity in entities for table in entity.ddl()}
    lost = [
        table
        for table in dbt_sources(project)
        if table.schema == "silver" and table not in known and not deltalog.exists(table_path(warehouse, table))
    ]
    if lost:
        raise SettingsError(
            "the dbt project reads tables that no contract makes",
            where=folder,
            got=", ".join(map(str, lost[:5])),
            todo=f"add their contracts to the folder of contracts, or name a dbt project of your own: {SETTING}; one "
            "without models builds silver's tables alone, and --until bronze needs none",
        )
