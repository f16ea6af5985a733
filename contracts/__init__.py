"""ODCS contract files and what compiles them: Spark types, row verdicts, a Pandera schema."""

from __future__ import annotations
