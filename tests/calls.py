"""The command, called as a shell would, in this process."""

from __future__ import annotations

import json
import re
from typing import Any

from typer.testing import CliRunner

from hallmark.pipelines.cli import app


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
