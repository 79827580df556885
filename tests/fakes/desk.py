"""The sample systems on loopback with a record of what they were asked, and with trouble on demand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

from bot.sample.records import Records
from bot.sample.service import Sample
from orchestration.agents.services import Service, Services

Trouble = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class FakeDesk:
    """`async with FakeDesk() as desk`, then `desk.services`. `trouble` answers first, in order."""

    def __init__(self, *trouble: Trouble, refunds: Path | None = None, seconds: float = 5.0) -> None:
        self.asked: list[Asked] = []
        self.trouble = list(trouble)
        self.records, self._seconds = Records(refunds), seconds

    @property
    def refunds(self) -> list[dict[str, Any]]:
        return [each["refund"] for each in self.records.refunds.values()]

    @property
    def posts(self) -> list[Asked]:
        return [each for each in self.asked if each.method == "POST"]

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._between])
        app.add_routes(Sample(self.records).routes())
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._http = aiohttp.ClientSession()
        self.services = Services(self.service("ticket service"), self.service("customer service"))
        return self

    def service(self, what: str = "desk", **how: Any) -> Service:
        return Service(what, self._http, self.url, **{"seconds": self._seconds, **how})

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        await self._runner.cleanup()

    @web.middleware
    async def _between(self, request: web.Request, handler: Trouble) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.method, request.raw_path, headers, body))
        return await (self.trouble.pop(0) if self.trouble else handler)(request)


def status(code: int, error: str = "", **headers: str) -> Trouble:
    """Answer with an error."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"error": error} if error else {}, status=code, headers=headers)

    return answer


def text(words: str) -> Trouble:
    """Answer with anything."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=words)

    return answer
