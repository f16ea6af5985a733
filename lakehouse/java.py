"""Finding a Java that can run Spark 4, before Spark fails with a stack trace."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from hallmark.lakehouse.errors import MachineError

OLDEST_JAVA = 17
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
_INSTALL = "install a Java 17 runtime (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME at one"


def find_java() -> Path:
    """The `java` that Spark will start: JAVA_HOME's, else the first on PATH.

    Raises:
        MachineError: when there is none.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if found is None:
        raise MachineError("no Java found", where=f"JAVA_HOME={home}" if home else "PATH", todo=_INSTALL)
    return Path(found)


def java_version(banner: str) -> int | None:
    """The major version in what `java -version` prints.

    >>> java_version('openjdk version "17.0.15" 2025-04-15'), java_version('java version "1.8.0_402"')
    (17, 8)
    """
    match = _VERSION.search(banner)
    return int(match.group(1)) if match else None


def require_java() -> tuple[Path, int]:
    """The Java to use and its major version.

    Raises:
        MachineError: when there is none, it does not answer, or it is too old for Spark 4.
    """
    java = find_java()
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError("Java does not start", where=java, got=error, todo=_INSTALL) from None
    banner = answer.stderr + answer.stdout
    version = java_version(banner)
    if version is None or version < OLDEST_JAVA:
        what = "Java is too old for Spark 4" if version else "Java does not say its version"
        got = f"Java {version}" if version else (banner.strip() or "no answer")
        raise MachineError(what, where=java, got=got, wanted="Java 17 or newer", todo=_INSTALL)
    return java, version
