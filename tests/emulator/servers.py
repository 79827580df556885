"""Start a server for tests as a process of its own, and talk to a fault proxy from a test."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from azure.cosmos.aio import ContainerProxy, CosmosClient

from tests import needs

ROOT = Path(__file__).parents[2]
EMULATOR_KEY = base64.b64encode(b"a key for the emulator, not a secret").decode()

VERCEL = "@vercel/cosmosdb-server"
# Its own program closes the connection after each answer: then most of the time goes into new ones.
# When standard input ends, whoever started it has died and cannot stop it any more.
START_VERCEL = f"""
const server = require("{VERCEL}").createHttpsServer({{ keepAlive: true }});
server.listen(0, "127.0.0.1", () => console.log(`https://127.0.0.1:${{server.address().port}}/`));
process.stdin.on("end", () => process.exit()).resume();
"""


@contextmanager
def running(server: str, *arguments: str) -> Iterator[str]:
    """The address of ``minicosmos`` or ``faultproxy``, on a free port, while the block runs."""
    command = [sys.executable, "-m", f"tests.emulator.{server}", "--port", "0", *arguments]
    with _process(server, command) as address:
        yield address


@contextmanager
def running_vercel() -> Iterator[str]:
    """The address of a look-alike that others have written, in JavaScript, while the block runs.

    It keeps everything in memory and takes any key. azure-cosmos does not look at the certificate of a
    loopback address; this one has expired.
    """
    needs.node_module(VERCEL)
    with _process(VERCEL, [str(needs.node()), "--eval", START_VERCEL]) as address:
        yield address


@contextmanager
def _process(server: str, command: list[str]) -> Iterator[str]:
    # The folder is the repository: Python finds the package "tests" only from there, Node.js its modules.
    with subprocess.Popen(  # noqa: S603 - ours
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
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
