"""Settings as somebody gives them in a file, and the letters about those that can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.settings import load_settings


def write_toml(text: str) -> None:
    """Put `hallmark.toml` into the current folder."""
    Path("hallmark.toml").write_text(text, encoding="utf-8")


def refusal(**flags: object) -> str:
    """The letter of settings that are refused."""
    with pytest.raises(SettingsError) as letter:
        load_settings(**flags)
    return str(letter.value)
