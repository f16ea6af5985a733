"""Bronze: everything that lands, as it came, exactly once."""

from __future__ import annotations
