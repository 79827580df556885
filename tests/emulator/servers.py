"""Start the emulator or the fault proxy as a process of its own, and talk to a fault proxy from a test."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from azure.cosmos.aio import ContainerProxy, CosmosClient

ROOT = Path(__file__).parents[2]
EMULATOR_KEY = base64.b64encode(b"a key for the emulator, not a secret").decode()


@contextmanager
def running(server: str, *arguments: str) -> Iterator[str]:
    """The address of ``minicosmos`` or ``faultproxy``, on a free port, while the block runs."""
    command = [sys.executable, "-m", f"tests.emulator.{server}", "--port", "0", *arguments]
    # The folder is the repository: a process of Python finds the package "tests" only from there.
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            yield _address(server, process)
        finally:
            process.terminate()


def _address(server: str, process: subprocess.Popen[str]) -> str:
    """What the server prints on its first line; it prints nothing when it could not start."""
    words = process.stdout.readline().split() if process.stdout else []
    if not words:
        raise RuntimeError(f"{server} did not start; the reason stands in the captured output")
    return words[-1]


class Faults:
    """The rules of a running fault proxy, and clients that go through it to one container."""

    def __init__(self, address: str, container: str) -> None:
        """``container`` is named as ``database/container``."""
        self.address = address
        self._database, self._container = container.split("/")

    def connect(self, **options: Any) -> tuple[CosmosClient, ContainerProxy]:
        """A client of its own with the given options; the caller closes it."""
        client = CosmosClient(self.address, EMULATOR_KEY, **options)
        database = client.get_database_client(self._database)
        return client, database.get_container_client(self._container)

    async def inject(self, *rules: dict[str, Any]) -> None:
        """Replace all rules; none means no more faults."""
        async with (
            aiohttp.ClientSession(raise_for_status=True) as session,
            session.put(f"{self.address}_faults", json=list(rules)),
        ):
            pass

    async def seen(self) -> int:
        """How many requests the rules have been applied to."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.address}_faults") as answer:
            return sum(rule["seen"] for rule in await answer.json())
