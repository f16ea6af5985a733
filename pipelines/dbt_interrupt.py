"""An interrupt of dbt is told by us, in one line; what dbt says of it is in its log file alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_FIRST_EVENT = "MainReportVersion"
_CONSOLE = "stdout_log"


class SilentOnceInterrupted:
    """A callback for dbt that mutes dbt's console as soon as an interrupt is handled.

    dbt takes a user's Ctrl-C for a crash: it prints its own stack trace, and as failures the models that Spark was
    stopped at. It has no setting for that, and a callback hears of an event when it is printed already; so the filter
    of the console is changed, once dbt has made one: with the first event.
    """

    def __init__(self) -> None:
        self.interrupted = False

    def __call__(self, event: Any) -> None:
        """Hear one of dbt's events."""
        if event.info.name == _FIRST_EVENT:
            from dbt_common.events.event_manager_client import get_event_manager

            for logger in get_event_manager().loggers:
                if logger.name == _CONSOLE:
                    logger.filter = self.unless_interrupted(logger.filter)

    def unless_interrupted(self, before: Callable[[Any], bool]) -> Callable[[Any], bool]:
        """A filter of events that lets through what `before` does, up to an interrupt."""

        def wanted(event: Any) -> bool:
            # dbt speaks of it from within its `except`. What threads say after that is of the interrupt, too.
            self.interrupted = self.interrupted or isinstance(sys.exc_info()[1], KeyboardInterrupt)
            return not self.interrupted and before(event)

        return wanted
