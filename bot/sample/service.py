"""The sample systems over HTTP, on a free port of the loopback address."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from aiohttp import web

from bot.sample.records import Record, Records, RefusedError

log = logging.getLogger(__name__)


@asynccontextmanager
async def serving(refunds: Path | None = None) -> AsyncGenerator[str]:
    """Yield the address of both systems; they end with the block. `refunds`: the file for refunds."""
    application = web.Application()
    application.add_routes(Sample(Records(refunds)).routes())
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        log.info("Sample tickets and customers are at %s; no real system is configured.", address)
        yield address
    finally:
        await runner.cleanup()


class Sample:
    """Answers from the records."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/tickets", self._tickets),
            web.get("/tickets/{id}", self._ticket),
            web.get("/customers/{id}", self._customer),
            web.get("/customers/{id}/orders", self._orders),
            web.post("/refunds", self._refund),
        ]

    async def _tickets(self, request: web.Request) -> web.Response:
        found = self._records.of_customer("tickets", request.query.get("customer_id", ""))
        return web.json_response(found)

    async def _ticket(self, request: web.Request) -> web.Response:
        return _found(self._records.one("tickets", request.match_info["id"]), "There is no such ticket.")

    async def _customer(self, request: web.Request) -> web.Response:
        return _found(self._records.one("customers", request.match_info["id"]), "There is no such customer.")

    async def _orders(self, request: web.Request) -> web.Response:
        return web.json_response(self._records.of_customer("orders", request.match_info["id"]))

    async def _refund(self, request: web.Request) -> web.Response:
        key = request.headers.get("Idempotency-Key", "")
        try:
            asked: Any = await request.json()
        except ValueError:
            asked = None
        if not key or not isinstance(asked, dict):
            return web.json_response({"error": "A refund needs a key and its values."}, status=400)
        try:
            return web.json_response(self._records.refund(key, cast(Record, asked)), status=201)
        except RefusedError as refusal:
            return web.json_response({"error": str(refusal)}, status=422)


def _found(record: Record | None, otherwise: str) -> web.Response:
    if record is None:
        return web.json_response({"error": otherwise}, status=404)
    return web.json_response(record)
