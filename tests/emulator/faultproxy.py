"""A reverse proxy that injects faults between azure-cosmos and a Cosmos-compatible server.

    python -m tests.emulator.faultproxy [--port 3920] [--backend http://127.0.0.1:3910]

    PUT    /_faults   a JSON list of rules, replacing the old ones
    GET    /_faults   the rules with their counters
    DELETE /_faults   no more faults
    GET    /_log      the requests since the last call: time, operation, path, fault

A rule names what it applies to and what happens; rules are tried in order::

    {"op": "upsert|create", "path": regex, "id": regex, "pk": regex,   all optional
     "p": 1.0, "skip": 0, "count": -1,                                 probability, then how often
     "fault": {"status": 429, "sub": 3200, "retry_after_ms": 100}}     or one of the others below

Faults: ``status`` (with ``sub`` and ``retry_after_ms``), ``delay_ms``, ``hang_s``,
``truncate`` (to so many bytes) and ``reset``, a dropped connection: ``before`` the server sees the
request, ``after`` it has applied it, or ``mid`` answer. ``delay_ms`` combines with the others.
Both the proxy and the server behind it must be on a loopback address.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import ClientSession, TCPConnector, web

from tests.emulator.loopback import (
    LoopbackServer,
    NotLoopbackError,
    loopback_address,
    read_body,
    run_until_interrupted,
)

_NOT_FORWARDED = {
    "connection",
    "content-encoding",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
}
_ITEM_OPERATIONS = {"GET": "read", "PUT": "replace", "DELETE": "delete", "PATCH": "patch"}
_ID_SEARCH_BYTES = 300
_LOG_LENGTH = 5000


def operation_name(method: str, path: str, headers: Mapping[str, str]) -> str:
    """account, meta, pkranges, read, readfeed, changefeed, query, batch, create, upsert, ..."""
    depth = len([part for part in path.split("/") if part])
    if depth == 0:
        return "account"
    if "/docs" not in path:
        return "pkranges" if "pkranges" in path else "meta"
    if depth == 6:
        return _ITEM_OPERATIONS.get(method, method.lower())
    return _feed_operation(method, headers)


def _feed_operation(method: str, headers: Mapping[str, str]) -> str:
    if method == "GET":
        return "changefeed" if "a-im" in headers else "readfeed"
    if headers.get("x-ms-cosmos-is-batch-request"):
        return "batch"
    if headers.get("x-ms-documentdb-isquery"):
        return "query"
    return "upsert" if headers.get("x-ms-documentdb-is-upsert") else "create"


@dataclass(slots=True)
class Seen:
    """A request as the rules look at it."""

    op: str
    path: str
    key: str
    item: str


@dataclass(slots=True)
class Rule:
    """One fault rule. ``seen`` counts requests it fits, ``hits`` those it made fail."""

    fault: dict[str, Any]
    op: str = ""
    path: str = ""
    id: str = ""
    pk: str = ""
    p: float = 1.0
    skip: int = 0
    count: int = -1
    seen: int = field(default=0)
    hits: int = field(default=0)

    def fits(self, request: Seen) -> bool:
        if self.op and request.op not in self.op.split("|"):
            return False
        pairs = ((self.path, request.path), (self.pk, request.key), (self.id, request.item))
        return all(re.search(pattern, text) for pattern, text in pairs if pattern)

    def strikes(self, chance: float) -> bool:
        """Whether this request, which fits, is made to fail."""
        self.seen += 1
        if self.seen <= self.skip or self.count == 0 or chance >= self.p:
            return False
        self.count -= 1 if self.count > 0 else 0
        self.hits += 1
        return True


class FaultProxy(LoopbackServer):
    """Forwards to ``backend`` and applies ``rules``; the seed makes probabilities repeatable."""

    def __init__(self, backend: str, host: str = "127.0.0.1", port: int = 0, *, seed: int = 1) -> None:
        super().__init__(host, port)
        loopback_address(urlsplit(backend).hostname or "")
        self.backend = backend.rstrip("/")
        self.rules: list[Rule] = []
        self.log: deque[dict[str, Any]] = deque(maxlen=_LOG_LENGTH)
        self._random = random.Random(seed)  # noqa: S311 - repeatable faults, not secrets
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        # A loopback backend with HTTPS has a self-signed certificate.
        connector = TCPConnector(limit=0, ssl=False)
        self._session = ClientSession(connector=connector, auto_decompress=False)
        return await super().__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await super().__aexit__(kind, error, trace)
        if self._session is not None:
            await self._session.close()

    def set_rules(self, rules: list[dict[str, Any]]) -> None:
        """Replace all rules; an unknown field is an error."""
        self.rules = [Rule(**rule) for rule in rules]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path in ("/_faults", "/_log"):
            return await self._control(request)
        body = await read_body(request)
        seen = _seen(request, body)
        fault = self._fault_for(seen)
        self.log.append({"at": round(time.time(), 3), "op": seen.op, "path": seen.path, "fault": fault})
        return await self._early(request, fault) or await self._forward(request, body, seen, fault)

    async def _control(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/_log":
            entries = list(self.log)
            self.log.clear()
            return web.json_response(entries)
        if request.method == "DELETE":
            self.rules = []
        if request.method == "PUT":
            try:
                self.set_rules(json.loads(await read_body(request)))
            except (TypeError, ValueError) as error:
                return web.json_response({"error": str(error)}, status=400)
        return web.json_response([asdict(rule) for rule in self.rules])

    def _fault_for(self, seen: Seen) -> dict[str, Any]:
        for rule in self.rules:
            if rule.fits(seen) and rule.strikes(self._random.random()):
                return rule.fault
        return {}

    async def _early(self, request: web.BaseRequest, fault: dict[str, Any]) -> web.StreamResponse | None:
        """Faults for which the server never sees the request."""
        if "delay_ms" in fault:
            await asyncio.sleep(fault["delay_ms"] / 1000)
        if fault.get("reset") == "before":
            return _drop(request)
        if "hang_s" in fault:
            await asyncio.sleep(fault["hang_s"])
            return _drop(request)
        return _error_answer(fault) if "status" in fault else None

    async def _forward(
        self, request: web.BaseRequest, body: bytes, seen: Seen, fault: dict[str, Any]
    ) -> web.StreamResponse:
        status, headers, answer = await self._ask_backend(request, body)
        if seen.op == "account" and status == 200:
            answer = _own_endpoints(answer, request.headers["Host"])
        if fault.get("reset") == "after":
            return _drop(request)
        if fault.get("reset") == "mid":
            return await _half_answer(request, status, headers, answer)
        if "truncate" in fault:
            answer = answer[: fault["truncate"]]
        return web.Response(status=status, body=answer, headers=headers)

    async def _ask_backend(self, request: web.BaseRequest, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._session is None:
            raise RuntimeError("the proxy is not running")
        url = self.backend + request.rel_url.raw_path
        headers = _forwarded(request.headers)
        async with self._session.request(
            request.method, url, data=body or None, headers=headers, allow_redirects=False
        ) as response:
            return response.status, _forwarded(response.headers), await response.read()


def _seen(request: web.BaseRequest, body: bytes) -> Seen:
    """``item`` is the id in the path plus the head of the body, where the id usually stands."""
    last = request.path.rsplit("/", 1)[-1]
    head = body[:_ID_SEARCH_BYTES].decode("utf-8", "ignore")
    return Seen(
        op=operation_name(request.method, request.path, request.headers),
        path=request.path,
        key=request.headers.get("x-ms-documentdb-partitionkey", ""),
        item=f"{last} {head}",
    )


def _forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name.lower() not in _NOT_FORWARDED}


def _drop(request: web.BaseRequest) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _error_answer(fault: dict[str, Any]) -> web.Response:
    headers = {
        "x-ms-activity-id": "fault",
        "x-ms-request-charge": "0",
        "x-ms-substatus": str(fault.get("sub", 0)),
    }
    if "retry_after_ms" in fault:
        headers["x-ms-retry-after-ms"] = str(fault["retry_after_ms"])
    status = fault["status"]
    answer = {"code": str(status), "message": "injected fault"}
    return web.json_response(answer, status=status, headers=headers)


def _own_endpoints(answer: bytes, host: str) -> bytes:
    """The client re-routes to the endpoints of the account document, so they must be ours."""
    account = json.loads(answer)
    for name in ("writableLocations", "readableLocations"):
        for location in account[name]:
            location["databaseAccountEndpoint"] = f"http://{host}/"
    return json.dumps(account).encode()


async def _half_answer(
    request: web.BaseRequest, status: int, headers: dict[str, str], answer: bytes
) -> web.StreamResponse:
    """Announce the whole body, send half of it, close the connection."""
    response = web.StreamResponse(status=status, headers={**headers, "Content-Length": str(len(answer))})
    await response.prepare(request)
    await response.write(answer[: len(answer) // 2])
    _drop(request)
    return response


def main() -> None:
    parser = argparse.ArgumentParser(description="Fault-injecting proxy for Cosmos tests")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=3920, help="0 picks a free port")
    parser.add_argument("--backend", default="http://127.0.0.1:3910", help="server behind it")
    parser.add_argument("--seed", type=int, default=1, help="for rules with a probability")
    given = parser.parse_args()
    try:
        server = FaultProxy(given.backend, given.host, given.port, seed=given.seed)
    except NotLoopbackError as error:
        parser.error(str(error))
    run_until_interrupted(server, "faultproxy")


if __name__ == "__main__":
    main()
