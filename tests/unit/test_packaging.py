"""The package is the repository's root: what is declared is what is there, and nothing of one machine is in it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_PACKAGES = ("tests", "dags", "dbt_project", "benchmarks", "docs")


@cache
def tracked() -> tuple[Path, ...]:
    """The files under version control that are there."""
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(path for name in answer.stdout.split("\0") if name and (path := ROOT / name).is_file())


@pytest.fixture(scope="module")
def setuptools() -> dict[str, Any]:
    declared: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "setuptools"
    ]
    return declared


def package_folders() -> dict[str, Path]:
    """The folders with code, by the name of their package."""
    own = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "build", "dist"))]
    found = [file.parent for folder in own for file in folder.rglob("__init__.py")]
    return {f"hallmark.{'.'.join(folder.relative_to(ROOT).parts)}": folder for folder in found}


def test_every_folder_with_code_is_declared_and_no_other(setuptools: dict[str, Any]) -> None:
    assert sorted(setuptools["packages"]) == sorted(package_folders())


def test_the_root_is_the_package(setuptools: dict[str, Any]) -> None:
    assert setuptools["package-dir"] == {"hallmark": "."}
    assert not (ROOT / "hallmark").exists(), "a folder of that name would hide the layers"
    assert not (ROOT / "__init__.py").exists()


@pytest.mark.parametrize("folder", NO_PACKAGES)
def test_what_is_no_part_of_the_package_has_no_init(folder: str) -> None:
    assert list((ROOT / folder).rglob("__init__.py")) == []


def test_no_dag_looks_like_a_plugin_of_dbt() -> None:
    """dbt imports every module on its path whose name begins with `dbt_`."""
    assert [path for path in tracked() if path.parent.name == "dags" and path.name.startswith("dbt_")] == []
    assert list((ROOT / "dags").glob("dbt_*.py")) == []


def test_every_file_of_a_package_that_is_no_code_is_shipped(setuptools: dict[str, Any]) -> None:
    data = setuptools["package-data"]
    tops = {name: folder for name, folder in package_folders().items() if folder.parent == ROOT}
    left_out = [
        str(path.relative_to(ROOT))
        for name, folder in tops.items()
        for path in tracked()
        if path.is_relative_to(folder) and path.suffix != ".py"
        if not any(fnmatch(str(path.relative_to(folder)), each) for each in [*data["*"], *data.get(name, [])])
    ]
    assert left_out == []


@pytest.mark.parametrize(
    "name",
    [
        "lakehouse/ivy.xml",
        "lakehouse/log4j2.properties",
        "contracts/finance/charges.odcs.yaml",
        "contracts/schema/odcs-json-schema-v3.1.0.json",
    ],
)
def test_what_the_package_reads_is_shipped(setuptools: dict[str, Any], name: str) -> None:
    package, _, rest = name.partition("/")
    assert (ROOT / name).is_file()
    assert any(fnmatch(rest, pattern) for pattern in setuptools["package-data"][f"hallmark.{package}"])


def test_every_layer_tells_type_checkers_that_it_is_typed(setuptools: dict[str, Any]) -> None:
    assert "py.typed" in setuptools["package-data"]["*"]
    layers = [folder for folder in package_folders().values() if folder.parent == ROOT]
    assert [folder.name for folder in layers if not (folder / "py.typed").is_file()] == []


def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "word", ["http:", "https:", "git+", "file:", "--index-url", "--extra-index-url", "--find-links", "-i "]
)
def test_the_lock_names_no_place_to_fetch_from(word: str) -> None:
    assert [line for line in lock().splitlines() if word in line and not line.lstrip().startswith("#")] == []
    assert "://" not in lock()


def test_every_package_in_the_lock_has_one_version_and_hashes() -> None:
    logical = lock().replace("\\\n", " ").splitlines()
    packages = [line for line in logical if line and not line.lstrip().startswith("#")]
    assert len(packages) > 100
    pin = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[^\s;]+(?: ; [^\\]+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [line.split()[0] for line in packages if not pin.fullmatch(line)] == []


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    names = {re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0].lower().replace("_", "-") for each in asked}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", lock(), re.MULTILINE))
    assert names - locked == set()


# Written so that these lines are not their own first hit.
ELSEWHERE = {
    "a package index": r"(?:index-url|find-links|registry|proxy)[ =:\"']+\w+://",
    "an index's address": r"://[^\s\"'<>)]*/(?:simple|pypi|artifactory|nexus|maven-?\d*)(?:/|\b)",
    "a path of one machine": r"(?<![\w.:/)}-])/(?:work|root|home/\w+|Users)(?:/|\b)",
}


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_no_tracked_file_names_a_place_that_only_one_machine_has(kind: str) -> None:
    pattern = re.compile(ELSEWHERE[kind])
    assert len(tracked()) > 50
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("a package index", "index-url = " + "https://mirror.example/x"),
        ("a package index", "pip install --find-links " + "file:///wheels"),
        ("an index's address", "see https://mirror.example" + "/api/pypi/simple"),
        ("a path of one machine", "cd " + "/wor" + "k/main"),
        ("a path of one machine", 'Path("' + "/roo" + 't/.cache")'),
    ],
)
def test_such_a_place_would_be_found(kind: str, line: str) -> None:
    assert re.search(ELSEWHERE[kind], line)


@pytest.mark.parametrize(
    "line", ["$(CURDIR)/work/x", "../root/a", "docs.example/root", "--no-emit-index-url", "`/lake/gold`"]
)
def test_other_places_are_no_matter(line: str) -> None:
    assert not any(re.search(pattern, line) for pattern in ELSEWHERE.values())
