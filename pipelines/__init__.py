"""The roof: plans a run, wires the layers together, and speaks to the user. The only place that knows all layers."""

from __future__ import annotations
