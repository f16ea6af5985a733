"""Clean, deduplicate, apply changes in source order; the vault itself is dbt."""

from __future__ import annotations
