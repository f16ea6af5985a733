"""The command, called as a shell would, in this process."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from hallmark.pipelines.cli import app

NO_LAYER = """\
SettingsError: no such layer
  where: --until
  got: sliver
  wanted: bronze, silver, gold, platinum
  do: did you mean 'silver'?
"""


def call(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error; a stack trace fails the test."""
    result = CliRunner().invoke(app, [*map(str, arguments)], prog_name="hallmark")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def trimmed(*arguments: object) -> tuple[int, str, str]:
    """The same, without the spaces at the ends of lines that tables have."""
    code, out, err = call(*arguments)
    return code, re.sub(r" +\n", "\n", out), err


def document(*arguments: object) -> Any:
    """The one document that `--json` prints; standard error stays empty."""
    _, out, err = call(*arguments, "--json")
    assert err == ""
    return json.loads(out)


def tree(folder: Path) -> list[str]:
    """Every path below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
