"""Where a setting got its value from, for letters: people mend a flag, a variable or a line, not a name of ours."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CONFIG_FILE = "hallmark.toml"
PREFIX = "HALLMARK_"
_FLAGS = {"data": "--data", "warehouse": "--warehouse", "stack.folder": "--folder"}


def place_of(keys: Sequence[str], given: Mapping[str, Any] | None = None) -> str:
    """The flag, variable or key of the file that a setting was given by; its name alone, where it is a default.

    The first of them wins, as it does when settings are read. A group whose parts do not fit together has several.

    Args:
        keys: the setting's name in its groups, such as `("spark", "driver_memory")`.
        given: what flags (or a call from Python) gave, by name.
    """
    name = ".".join(keys)
    if _holds(given or {}, keys):
        return _FLAGS.get(name, f"load_settings({name}=...)")
    if variable := _variable(keys):
        return f"environment: {variable}"
    parts = [f"environment: {part}" for part in _variables_of_parts(keys)]
    if _holds(_file(), keys):
        parts.append(f"{Path(CONFIG_FILE).absolute()}: {name}")
    return "; ".join(parts) or name


def variable_with(text: str, first_key: str) -> str:
    """The variable of a setting, or of its parts, that has this value; without one the setting's own."""
    own = f"{PREFIX}{first_key}".upper()
    names = (name for name in sorted(os.environ) if name.upper() == own or name.upper().startswith(f"{own}__"))
    return next((name for name in names if os.environ[name] == text), own)


def _variable(keys: Sequence[str]) -> str:
    # A variable may hold a group as JSON; then the key within it is told, too.
    for length in range(len(keys), 0, -1):
        wanted, rest = f"{PREFIX}{'__'.join(keys[:length])}".upper(), keys[length:]
        for name, text in sorted(os.environ.items()):
            if name.upper() == wanted and (not rest or _holds(_json(text), rest)):
                return f"{name}: {'.'.join(rest)}" if rest else name
    return ""


def _variables_of_parts(keys: Sequence[str]) -> list[str]:
    start = f"{PREFIX}{'__'.join(keys)}__".upper()
    return sorted(name for name in os.environ if name.upper().startswith(start))


def _holds(values: Any, keys: Sequence[str]) -> bool:
    for key in keys:  # never mind the case: a server's name has any, and its setting small letters
        if not isinstance(values, Mapping):
            return False
        found = [value for name, value in values.items() if str(name).lower() == key.lower()]
        if not found:
            return False
        values = found[0]
    return True


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _file() -> Any:
    try:
        return tomllib.loads(Path(CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
