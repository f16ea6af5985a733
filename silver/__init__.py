"""Silver: clean, deduplicated, with history."""

from __future__ import annotations
