"""The floor: errors, settings, the one door to Spark, tables, and the run ledger. Knows no layer."""

from __future__ import annotations
