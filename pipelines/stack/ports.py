"""Ports on the loopback address."""

from __future__ import annotations

import random
import socket
from collections.abc import Collection, Iterator

from hallmark.lakehouse.errors import MachineError
from hallmark.pipelines.stack.state import Part

LOOPBACK = "127.0.0.1"
# Below those that the kernel gives to outgoing connections: one of these could take the port before its server does.
_RANGE = range(20_000, 30_000)
_TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_ports(taken: Collection[int] = ()) -> Iterator[int]:
    """Ports that nobody listens on, each once.

    Raises:
        MachineError: when there are none.
    """
    for port in random.SystemRandom().sample(_RANGE, _TRIES):
        if port not in taken and is_free(port):
            yield port
    raise MachineError("no free port", where=LOOPBACK, got=f"{_TRIES} tries between {_RANGE[0]} and {_RANGE[-1]}")


def refuse_taken(part: Part, port: int) -> None:
    """Stop before a server does, in words.

    Raises:
        MachineError: when the port is taken, or is one that this user can't have.
    """
    if is_free(port):
        return
    raise MachineError(
        f"the port of {part} is taken",
        where=f"{LOOPBACK}:{port}",
        got="another process listens there, or ports of this number are not yours",
        todo=f"end that process, or name another port: hallmark stack down --remove, then set "
        f"HALLMARK_STACK__{part.upper()}_PORT (0 takes a free one)",
    )
