"""Seeded synthetic landing zone: what the platform would write if it were real, labelled synthetic everywhere."""

from __future__ import annotations

from hallmark.pipelines.synthetic.landing import PLATFORM, unwritten_files, write_landing

__all__ = ["PLATFORM", "unwritten_files", "write_landing"]
