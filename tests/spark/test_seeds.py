"""Seeds: what is in the file is in the table, and nothing else, however often it is loaded."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession
from vaults import PACKAGE, VaultProject

CSV = """code,maker,watts
plain,Maker,72
apostrophe,Maker's \\ own,350
percent,100 %s,
empty,,-1
"""


def test_cells_are_taken_as_they_are_and_an_empty_one_is_null(spark: SparkSession, tmp_path: Path) -> None:
    files = {
        "seeds/kinds.csv": CSV,
        "seeds/kinds.yml": "seeds: [{name: kinds, config: {file_format: delta}}]",
        "macros/seeds.sql": (PACKAGE / "macros" / "seeds.sql").read_text(),
    }
    project = VaultProject(spark, tmp_path / "seeds", {}, {}, files=files)
    for _ in range(2):
        assert project.command("seed").success, project.log
        assert project.rows("kinds") == [
            ("apostrophe", "Maker's \\ own", 350),
            ("empty", None, -1),
            ("percent", "100 %s", None),
            ("plain", "Maker", 72),
        ]
