"""An in-memory look-alike of Azure Cosmos DB for NoSQL, for tests on one computer.

    python -m tests.emulator.minicosmos [--port 3910] [--ru 400] [--auth BASE64KEY] [--latency-ms 5]

or inside a test::

    async with MiniCosmos(ru=400) as server:
        client = CosmosClient(server.url, key)

It listens on a loopback address only. README.md says what it imitates and what it does not.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import uuid
from dataclasses import asdict, dataclass

from aiohttp import web

from tests.emulator.loopback import LoopbackServer, NotLoopbackError, read_body, run_until_interrupted
from tests.emulator.miniaccount import Account
from tests.emulator.minierrors import CosmosError
from tests.emulator.minihttp import Reply, Request, check_signature, error_reply, json_reply


@dataclass(slots=True)
class Totals:
    """Traffic of one kind of request since the statistics were last read."""

    requests: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    ru: float = 0.0

    def add(self, request: Request, reply: Reply) -> None:
        self.requests += 1
        self.bytes_in += len(request.body)
        self.bytes_out += len(reply.body)
        self.ru += reply.charge


class MiniCosmos(LoopbackServer):
    """The HTTP front of an account: authorization, latency, statistics.

    ``ru`` is the throughput of a container that does not ask for any (0: unlimited), ``key`` the
    base64 account key (None: any key is accepted), ``latency_ms`` a delay before every answer.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        ru: int = 0,
        key: str | None = None,
        latency_ms: float = 0.0,
    ) -> None:
        super().__init__(host, port)
        self.account = Account(default_ru=ru)
        self.totals: dict[str, Totals] = {}
        self._key = base64.b64decode(key) if key else None
        self._latency = latency_ms / 1000

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await read_body(request)
        seen = Request(request.method, request.rel_url.raw_path, request.headers, body)
        if self._latency:
            await asyncio.sleep(self._latency)
        return _response(self.answer(seen))

    def answer(self, request: Request) -> Reply:
        """Answer one request and count it."""
        if request.segments[:1] == ["_admin"]:
            return self._admin(request)
        try:
            if self._key:
                check_signature(request, self._key)
            reply = self.account.answer(request)
        except CosmosError as error:
            reply = error_reply(error)
        self.totals.setdefault(_kind(request), Totals()).add(request, reply)
        return reply

    def _admin(self, request: Request) -> Reply:
        """``GET /_admin/stats`` reads and clears; ``PUT /_admin/ru`` changes throughput."""
        if request.segments == ["_admin", "stats"]:
            totals, self.totals = self.totals, {}
            return json_reply(200, {kind: asdict(total) for kind, total in totals.items()})
        if request.segments == ["_admin", "ru"] and request.method == "PUT":
            change = request.json()
            self.account.containers[change["container"]].set_throughput(change["ru"])
            return json_reply(200, {})
        return json_reply(404, {})


def _response(reply: Reply) -> web.Response:
    headers = {
        "Content-Type": "application/json",
        "x-ms-activity-id": str(uuid.uuid4()),
        "x-ms-request-charge": f"{reply.charge:.2f}",
        **reply.headers,
    }
    body = None if reply.status in (204, 304) else reply.body
    return web.Response(status=reply.status, body=body, headers=headers)


def _kind(request: Request) -> str:
    """Statistics are kept apart by method, with batches and queries on their own."""
    if request.is_batch:
        return f"{request.method}.batch"
    return f"{request.method}.query" if request.is_query else request.method


def main() -> None:
    parser = argparse.ArgumentParser(description="In-memory Cosmos DB look-alike for tests")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=3910, help="0 picks a free port")
    parser.add_argument("--ru", type=int, default=0, help="RU/s per container, 0: unlimited")
    parser.add_argument("--auth", help="account key in base64; without it any key will do")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="delay of every answer")
    given = parser.parse_args()
    try:
        server = MiniCosmos(given.host, given.port, ru=given.ru, key=given.auth, latency_ms=given.latency_ms)
    except NotLoopbackError as error:
        parser.error(str(error))
    run_until_interrupted(server, "minicosmos")


if __name__ == "__main__":
    main()
