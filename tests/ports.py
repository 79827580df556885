"""Ports for servers that tests start."""

import random
import socket

# Below those that a system gives to clients: until its server starts, one of those may get the same port.
FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """Return a TCP port that is free on the loopback interface now."""
    while True:
        port = random.randint(FIRST, LAST)  # noqa: S311 - tests that run side by side shall not agree
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
