"""The letters about settings that can't be used: each names the flag, variable or line of the file, and no secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError as SourceError

from hallmark.lakehouse.errors import SettingsError, did_you_mean
from hallmark.lakehouse.setting_places import CONFIG_FILE, PREFIX, place_of, variable_with

LOGINS = ("postgres", "kafka")
"""The groups of settings whose values may be a password."""

UNUSABLE = "a setting has a value that can't be used"


def unusable(error: ValidationError, settings: type[BaseModel], given: Mapping[str, Any]) -> SettingsError:
    """The letter of the first setting that is unknown or has a wrong value; `given` is what flags gave, by name."""
    first = error.errors()[0]
    keys = [str(part) for part in first["loc"]]
    where = place_of(keys, given)
    if first["type"] == "extra_forbidden":
        known = _known_beside(keys, settings)
        hint = did_you_mean(keys[-1], known) or f"known: {', '.join(known)}"
        return SettingsError("unknown setting", where=where, todo=hint)
    if keys[0] in LOGINS:  # what was given may be a password
        wanted = f"a user and a password: {PREFIX}{keys[0].upper()}__<SERVER>__USER and __PASSWORD"
        if first["type"] in {"literal_error", "value_error"}:  # these texts are of options that are no secret
            wanted = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        return SettingsError(UNUSABLE, where=where, wanted=wanted)
    if keys == ["alerts", "webhook"]:
        return SettingsError(UNUSABLE, where=where, got="no web address", wanted="https://host/path, or nothing")
    # somebody may put a key there; an address for alerts is one
    got = "not shown" if keys[0] in {"privacy", "alerts"} else repr(first["input"])
    return SettingsError(UNUSABLE, where=where, got=got, wanted=first["msg"])


def no_json(error: SourceError) -> SettingsError:
    """The letter of a variable that holds a group of settings, and no JSON."""
    where, got = None, str(error)
    # pydantic names the setting alone; of its variables it is the one with the text that could not be parsed.
    field, cause = re.search(r'field "(\w+)"', got), error.__cause__
    if field and isinstance(cause, json.JSONDecodeError):
        # The cause says where the JSON breaks, not what is there: it may be a password.
        where, got = f"environment: {variable_with(cause.doc, field[1])}", f"no JSON: {cause}"
    return SettingsError(
        "a variable of the environment can't be read",
        where=where,
        got=got,
        wanted="JSON, where the setting is a group of settings",
        todo="set its parts one by one, such as HALLMARK_SPARK__DRIVER_MEMORY",
    )


def password_in_file(kind: str, name: str) -> SettingsError:
    """The letter of a password in the file, which is committed and copied."""
    return SettingsError(
        f"a password is in {CONFIG_FILE}",
        where=f"{Path(CONFIG_FILE).absolute()}: {kind}.{name}.password",
        todo=f"remove it there, and change it where others may have read it; "
        f"set {PREFIX}{kind.upper()}__{name.upper()}__PASSWORD in the environment",
    )


def _known_beside(keys: list[str], settings: type[BaseModel]) -> list[str]:
    # The names of the group that an unknown one is in; of a server's login its own group, one deeper.
    field = settings.model_fields.get(keys[0]) if len(keys) > 1 else None
    kinds = (field.annotation, *get_args(field.annotation)) if field else ()
    group = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), settings)
    return list(group.model_fields)
