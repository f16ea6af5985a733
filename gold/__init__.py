"""Gold: what the star schema promises, checked after dbt built it."""

from __future__ import annotations
