"""What the test servers share: they listen on a loopback address or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from types import TracebackType
from typing import Self

from aiohttp import web

_SHUTDOWN_SECONDS = 1.0
_KEEP_ALIVE_SECONDS = 300.0


class NotLoopbackError(ValueError):
    """The host is, or resolves to, an address that other machines could reach."""


def loopback_address(host: str) -> str:
    """Resolve ``host`` to one address, preferring IPv4; refuse everything but loopback."""
    if not host:
        raise NotLoopbackError("an empty host would listen on every interface")
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NotLoopbackError(f"{host!r} does not resolve to any address") from error
    addresses = [str(entry[4][0]) for entry in entries]
    for address in addresses:
        if not ipaddress.ip_address(address).is_loopback:
            raise NotLoopbackError(f"{host!r} is {address}, which is not a loopback address")
    return min(addresses, key=lambda address: ":" in address)


class LoopbackServer:
    """An HTTP server used as an async context manager; ``url`` is valid while it runs."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = loopback_address(host)
        self.port = port
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        server = web.Server(self.handle, access_log=None, keepalive_timeout=_KEEP_ALIVE_SECONDS)
        runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        site = web.TCPSite(runner, loopback_address(self.host), self.port, backlog=1024)
        await site.start()
        self.port = runner.addresses[0][1]
        self._runner = runner
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


def run_until_interrupted(server: LoopbackServer, name: str) -> None:
    """Command-line main loop: print ``name url`` on one line, then serve until Ctrl-C."""

    async def serve() -> None:
        async with server:
            print(name, server.url, flush=True)  # noqa: T201 - whoever started us reads the port from it
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


async def read_body(request: web.BaseRequest) -> bytes:
    """The whole request body; ``request.read()`` would stop at one megabyte."""
    return await request.content.read() if request.body_exists else b""
