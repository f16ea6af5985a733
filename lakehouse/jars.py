"""The jars that Spark needs besides its own: Delta and Kafka. Resolved once into a cache, by Ivy.

`python -m hallmark.lakehouse.jars` resolves them ahead of the first session; it is a no-op when they are there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hallmark.lakehouse.errors import HallmarkError, MachineError
from hallmark.lakehouse.java import require_java
from hallmark.lakehouse.settings import SparkSettings, load_settings

_HERE = Path(__file__).resolve().parent
IVY_FILE = _HERE / "ivy.xml"
IVY_SETTINGS = _HERE / "ivysettings.xml"


def jar_files(spark: SparkSettings) -> list[Path]:
    """The jars for the session, resolving them into the cache when they are not there yet.

    Raises:
        MachineError: when a named folder holds no jars, or they can't be resolved.
    """
    if spark.jars is not None:
        return _jars_in(spark.jars.expanduser().absolute())
    folder = cache_folder(spark)
    if not folder.is_dir():
        _resolve(folder, spark)
    _point_at(folder)
    return sorted(folder.glob("*.jar"))


def cache_folder(spark: SparkSettings) -> Path:
    """Where the jars of this version of `ivy.xml` are cached."""
    key = hashlib.sha256(IVY_FILE.read_bytes()).hexdigest()[:12]
    return spark.cache.expanduser().absolute() / f"jars-{key}"


def _point_at(folder: Path) -> None:
    # A plain `dbt build` (dbt_project/profiles.yml) can't compute the key: it finds the jars under `current`.
    link = folder.parent / "current"
    if link.is_symlink() and link.readlink() == Path(folder.name):
        return
    scratch = folder.parent / f"current-{os.getpid()}"
    scratch.symlink_to(folder.name)
    scratch.replace(link)


def _jars_in(folder: Path) -> list[Path]:
    jars = sorted(folder.glob("*.jar"))
    if not any(jar.name.find("delta-spark") >= 0 for jar in jars):
        raise MachineError(
            "no Delta jars in the folder that spark.jars names",
            where=folder,
            got=f"{len(jars)} jars, none of them delta-spark",
            todo="name a folder that holds the jars of lakehouse/ivy.xml, or unset spark.jars to have them resolved",
        )
    return jars


def _resolve(folder: Path, spark: SparkSettings) -> None:
    # Into a folder of its own, then one rename: a killed or parallel resolve never leaves half a cache.
    java, _ = require_java()
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="resolving-", dir=folder.parent))
    try:
        answer = subprocess.run(_ivy_command(java, scratch, spark), capture_output=True, text=True, check=False)
        if answer.returncode != 0 or not list(scratch.glob("jars/*delta-spark*.jar")):
            raise MachineError(
                "the Spark jars could not be resolved",
                where=IVY_FILE,
                got=_reasons(answer.stdout + answer.stderr),
                todo="check the network; for a corporate mirror set HALLMARK_SPARK__IVY_SETTINGS, "
                "for no network set HALLMARK_SPARK__JARS to a folder of jars",
            )
        if not folder.is_dir():
            (scratch / "jars").rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _ivy_command(java: Path, scratch: Path, spark: SparkSettings) -> list[str]:
    settings = spark.ivy_settings.expanduser() if spark.ivy_settings else IVY_SETTINGS
    pattern = scratch / "jars" / "[organisation]_[artifact]-[revision].[ext]"
    arguments = ["-settings", settings, "-ivy", IVY_FILE, "-cache", scratch / "ivy", "-retrieve", pattern]
    return [str(java), "-jar", str(_ivy_jar()), *map(str, arguments)]


def _ivy_jar() -> Path:
    import pyspark

    return next((Path(pyspark.__file__).parent / "jars").glob("ivy-*.jar"))


def _reasons(output: str) -> str:
    telling = [
        line.strip() for line in output.splitlines() if "UNRESOLVED" in line or "ERROR" in line or "FAILED" in line
    ]
    return "; ".join(telling[:4]) or output.strip()[-300:] or "no output"


if __name__ == "__main__":
    try:
        jar_files(load_settings().spark)
    except HallmarkError as letter:
        sys.stderr.write(f"{letter}\n")
        sys.exit(letter.exit_code)
