"""Live telemetry joined with gold says when to scale a node pool, and why; every decision recomputes."""

from __future__ import annotations
