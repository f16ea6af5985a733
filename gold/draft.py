"""A suite in the making: what a contract's rules and service levels are added to, and the words that refuse them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hallmark.contracts.build import Build
from hallmark.gold.expectations import Difference, Expectation, Metric, Suite
from hallmark.lakehouse.errors import ContractError, did_you_mean


@dataclass
class Draft:
    """A suite in the making, and the place in the contract that it comes from."""

    build: Build
    table: str
    columns: dict[str, dict[str, Any]]
    expectations: list[Expectation] = field(default_factory=list)
    metrics: dict[str, Metric] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def refuse(self, what: str, keys: Sequence[str | int], **parts: Any) -> ContractError:
        """The error for the value at `keys`."""
        return self.build.refuse(what, keys, **parts)

    def skip(self, what: str, keys: Sequence[str | int]) -> None:
        """Note a key that has no effect: documented, never silent."""
        self.build.warn(what, keys)

    def column(self, name: object, keys: Sequence[str | int]) -> str:
        """A column of the table.

        Raises:
            ContractError: when the contract describes none of that name.
        """
        if name not in self.columns:
            hint = did_you_mean(str(name), self.columns) or f"known: {', '.join(self.columns)}"
            raise self.refuse(f"{self.table} has no column {name!r}", keys, todo=hint)
        return str(name)

    def look_up(self, metric: Metric, keys: Sequence[str | int]) -> str:
        """Remember that a number is needed; returns its name.

        Raises:
            ContractError: when two rules give one name to different numbers.
        """
        if self.metrics.setdefault(metric.name, metric) != metric:
            raise self.refuse(f"two rules are named {metric.name!r}", keys, todo="rename one")
        return metric.name

    def derive(self, difference: Difference) -> str:
        """Remember a number that is made of others; returns its name."""
        self.differences.append(difference)
        return difference.name

    def expect(self, expectation: Expectation, keys: Sequence[str | int]) -> None:
        """Add an expectation.

        Raises:
            ContractError: when its name is taken.
        """
        if any(each.name == expectation.name for each in self.expectations):
            raise self.refuse(f"two rules are named {expectation.name!r}", keys, todo="rename one")
        self.expectations.append(expectation)

    def suite(self) -> Suite:
        """The finished suite."""
        metrics, differences = tuple(self.metrics.values()), tuple(self.differences)
        return Suite(self.table, tuple(self.expectations), metrics, differences, tuple(self.build.warnings))
