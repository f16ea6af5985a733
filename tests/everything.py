"""A contract with every feature that an export has to say, or to say that it can't."""

from __future__ import annotations

from pathlib import Path

from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract

EVERYTHING = (Path(__file__).parent / "everything.odcs.yaml").read_text(encoding="utf-8")


def everything(folder: Path, text: str = EVERYTHING) -> Contract:
    """The contract, read from a file in `folder`."""
    file = folder / "orders.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    return load_contract(file)
