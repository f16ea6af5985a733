"""Protected people: columns of a contract, one for each way to protect a value; and a search for plain ones on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

PERSONAL = """\
      - {name: email, logicalType: string, required: true, classification: personal, encryptedName: email_pseudonym}
      - {name: name, logicalType: string, classification: confidential}
      - {name: note, logicalType: string, customProperties: [{property: protection, value: redact}]}
      - name: born
        logicalType: date
        customProperties: [{property: protection, value: {method: truncate, unit: year}}]
      - name: ip
        logicalType: string
        customProperties: [{property: protection, value: {method: truncate, prefix: 24}}]
      - name: zip
        logicalType: string
        customProperties: [{property: protection, value: {method: truncate, characters: 2}}]
"""
"""Lines of a contract's `properties`."""


def on_disk(folder: Path, words: list[str]) -> dict[str, list[str]]:
    """The words that are in files of a folder, or in their names; Parquet files are looked through value by value."""
    found: dict[str, list[str]] = {}
    for file in (path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes() + str(file).encode()
        if file.suffix == ".parquet":
            content += str(pq.read_table(file).to_pydict()).encode()
        if there := [word for word in words if word.encode() in content or json.dumps(word)[1:-1].encode() in content]:
            found[str(file.relative_to(folder))] = there
    return found
