"""Jars from Maven Central, resolved once into a cache by Ivy: what Spark needs besides its own, and other lists.

`python -m hallmark.lakehouse.jars` resolves Spark's ahead of the first session; it is a no-op when they are there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hallmark.lakehouse.errors import HallmarkError, MachineError
from hallmark.lakehouse.java import require_java
from hallmark.lakehouse.settings import SparkSettings, load_settings
from hallmark.lakehouse.words import many

_HERE = Path(__file__).resolve().parent
IVY_FILE = _HERE / "ivy.xml"
IVY_SETTINGS = _HERE / "ivysettings.xml"


@dataclass(frozen=True)
class JarList:
    """A list of jars that belong together.

    Attributes:
        owner: whose jars they are, as an error says it.
        file: the Ivy file that lists them.
        telling: name of a jar without which the list is not whole.
        setting: the setting that names a folder of these jars to use instead.
        prefix: how their folder's name in the cache begins.
    """

    owner: str
    file: Path
    telling: str
    setting: str
    prefix: str


SPARK = JarList("Spark", IVY_FILE, "delta-spark", "spark.jars", "jars")


def jar_files(spark: SparkSettings) -> list[Path]:
    """The jars for the session, resolving them into the cache when they are not there yet.

    Raises:
        MachineError: when a named folder holds no jars, or they can't be resolved.
    """
    folder = jar_folder(SPARK, spark, spark.jars)
    if spark.jars is None:
        _point_at(folder)
    return sorted(folder.glob("*.jar"))


def jar_folder(jars: JarList, spark: SparkSettings, named: Path | None = None) -> Path:
    """The folder with the jars of a list: the one that is named, else one in the cache, resolving them when needed.

    Raises:
        MachineError: when the named folder holds no such jars, or they can't be resolved.
    """
    if named is not None:
        return _checked(jars, named.expanduser().absolute())
    folder = cache_folder(spark, jars)
    if not folder.is_dir():
        _resolve(jars, folder, spark)
    return folder


def cache_folder(spark: SparkSettings, jars: JarList = SPARK) -> Path:
    """Where the jars of this version of a list are cached."""
    key = hashlib.sha256(jars.file.read_bytes()).hexdigest()[:12]
    return spark.cache.expanduser().absolute() / f"{jars.prefix}-{key}"


def _point_at(folder: Path) -> None:
    # A plain `dbt build` (dbt_project/profiles.yml) can't compute the key: it finds the jars under `current`.
    link = folder.parent / "current"
    if link.is_symlink() and link.readlink() == Path(folder.name):
        return
    scratch = folder.parent / f"current-{os.getpid()}"
    scratch.symlink_to(folder.name)
    scratch.replace(link)


def _checked(jars: JarList, folder: Path) -> Path:
    found = list(folder.glob("*.jar"))
    if not any(jars.telling in jar.name for jar in found):
        listed = f"{jars.file.parent.name}/{jars.file.name}"
        raise MachineError(
            f"no {jars.telling} jars in the folder that {jars.setting} names",
            where=folder,
            got=f"{many(len(found), 'jar')}, none of them {jars.telling}",
            todo=f"name a folder that holds the jars of {listed}, or unset {jars.setting} to have them resolved",
        )
    return folder


def _resolve(jars: JarList, folder: Path, spark: SparkSettings) -> None:
    # Into a folder of its own, then one rename: a killed or parallel resolve never leaves half a cache.
    java, _ = require_java()
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="resolving-", dir=folder.parent))
    try:
        answer = subprocess.run(_ivy_command(java, jars, scratch, spark), capture_output=True, text=True, check=False)
        if answer.returncode != 0 or not list(scratch.glob(f"jars/*{jars.telling}*.jar")):
            variable = f"HALLMARK_{jars.setting.replace('.', '__').upper()}"
            raise MachineError(
                f"the {jars.owner} jars could not be resolved",
                where=jars.file,
                got=_reasons(answer.stdout + answer.stderr),
                todo="check the network; for a corporate mirror set HALLMARK_SPARK__IVY_SETTINGS, "
                f"for no network set {variable} to a folder of jars",
            )
        if not folder.is_dir():
            (scratch / "jars").rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _ivy_command(java: Path, jars: JarList, scratch: Path, spark: SparkSettings) -> list[str]:
    settings = spark.ivy_settings.expanduser() if spark.ivy_settings else IVY_SETTINGS
    pattern = scratch / "jars" / "[organisation]_[artifact]-[revision].[ext]"
    arguments = ["-settings", settings, "-ivy", jars.file, "-cache", scratch / "ivy", "-retrieve", pattern]
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
