"""How the stack's Java processes are started, and found again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hallmark.pipelines.stack.processes import mark
from hallmark.pipelines.stack.state import Folder, Part


@dataclass(frozen=True)
class Jvm:
    """A Java and the jars of the stack."""

    java: Path
    jars: Path

    def command(self, folder: Folder, part: Part, main: str, *arguments: object, heap: str = "256m") -> list[str]:
        """The command of a part's process."""
        return [
            str(self.java), f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",  # starts sooner
            "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", f"-Djava.io.tmpdir={folder.of(part)}",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
            # each client says twice a second that a killed node is away
            "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients.NetworkClient=error",
            f"-D{mark(folder, part)}", "-cp", f"{self.jars}/*", main, *map(str, arguments),
        ]  # fmt: skip


def write_properties(path: Path, values: dict[str, object]) -> None:
    """Write a properties file. The values are ours and hold nothing to escape; there are no secrets among them."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text("".join(f"{key}={value}\n" for key, value in values.items()), encoding="utf-8")
