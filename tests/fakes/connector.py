"""The service that bots post to, as far as Signoff uses it: keeps what was sent, and fails when told to."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Json = dict[str, Any]
CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(frozen=True)
class Sent:
    """One request that was applied: a post or an update of a message."""

    verb: str
    """post or update."""
    conversation: str
    activity: str
    body: Json

    @property
    def card(self) -> Json | None:
        contents = (one["content"] for one in self.body.get("attachments", ()) if one["contentType"] == CARD)
        return next(contents, None)

    @property
    def text(self) -> str:
        return self.body.get("text", "")


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of success.

    `applied`: the message arrives all the same. Without `status` the connection is cut; `hang` comes first.
    """

    status: int | None = None
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    applied: bool = False
    hang: float = 0.0
    body: str | None = None
    """Text in place of the JSON of an error."""

    @classmethod
    def throttled(cls, seconds: float | None = None) -> "Fault":
        """429, as Teams answers when a bot talks too much."""
        return cls(429, "TooManyRequests", {} if seconds is None else {"Retry-After": str(seconds)})

    @classmethod
    def cut(cls, *, applied: bool) -> "Fault":
        """The connection breaks before, or after, the message arrived."""
        return cls(applied=applied)


class FakeConnector:
    """An HTTP server on loopback. `async with FakeConnector() as teams`; `teams.url` is the service URL."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        """Everything that was applied, in order."""
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        """Method, raw path and headers of every request, applied or not."""
        self.faults: deque[Fault | None] = deque()
        """What happens to the next requests; None: success."""
        self.always: Fault | None = None
        """What happens when no more faults are scripted."""
        self.members: dict[str, list[Json]] = {}
        """Who is in a conversation, in the service's own words."""
        self.page_size = 500
        """The most members of one page, whatever the bot asks for."""
        self.reading: deque[Fault | None] = deque()
        """What happens to the next requests that read; `faults` are for messages."""
        self.closed: dict[str, Fault] = {}
        """What happens to every request for a conversation, whatever is scripted."""
        self.delay = 0.0
        self.busiest = 0
        """The most requests that were there at the same time."""
        self._busy = 0
        self._changed = asyncio.Condition()
        self._numbers = iter(range(1, 1_000_000))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/teams/"

    @property
    def posts(self) -> list[Sent]:
        return [one for one in self.sent if one.verb == "post"]

    @property
    def updates(self) -> list[Sent]:
        return [one for one in self.sent if one.verb == "update"]

    def fail(self, *faults: Fault | None) -> None:
        """Script what happens to the next requests."""
        self.faults.extend(faults)

    def messages(self, conversation: str) -> dict[str, Json]:
        """What people see in a conversation: each message as last updated, by id, in the order of posting."""
        return {one.activity: one.body for one in self.sent if one.conversation == conversation}

    def cards(self, conversation: str) -> list[Json]:
        """The cards that people see in a conversation, in the order of posting."""
        bodies = self.messages(conversation).values()
        return [
            one["content"]
            for body in bodies
            for one in body.get("attachments", ())
            if one["contentType"] == CARD
        ]

    def texts(self, conversation: str) -> list[str]:
        """The texts that people see in a conversation."""
        return [body["text"] for body in self.messages(conversation).values() if body.get("text")]

    async def wait(self, wanted: Callable[["FakeConnector"], Any], within: float = 5) -> Any:
        """Wait until `wanted(self)` is true, and return what it returned."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: wanted(self))
            return wanted(self)

    async def __aenter__(self) -> Self:
        application = web.Application()
        activities = "/teams/v3/conversations/{conversation}/activities"
        application.router.add_post(activities, self._post)
        application.router.add_post(activities + "/{activity}", self._post)
        application.router.add_put(activities + "/{activity}", self._update)
        application.router.add_get("/teams/v3/conversations/{conversation}/pagedmembers", self._members)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, "post", f"17{next(self._numbers):011d}")

    async def _update(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, "update", request.match_info["activity"])

    async def _members(self, request: web.Request) -> web.StreamResponse:
        """A page of members. The token is where the next one begins."""
        self.requests.append((request.method, request.raw_path, dict(request.headers)))
        conversation = request.match_info["conversation"]
        scripted = self.reading.popleft() if self.reading else self.always
        if fault := self.closed.get(conversation) or scripted:
            return await self._failed(request, fault)
        if conversation not in self.members:
            return await self._failed(request, Fault(404, "ConversationNotFound"))
        start = int(request.query.get("continuationToken", "0"))
        end = start + min(int(request.query.get("pageSize", "200")), self.page_size)
        members = self.members[conversation]
        more = {"continuationToken": str(end)} if end < len(members) else {}
        return web.json_response({"members": members[start:end], **more})

    async def _serve(self, request: web.Request, verb: str, activity: str) -> web.StreamResponse:
        body = await request.json()
        self.requests.append((request.method, request.raw_path, dict(request.headers)))
        self._busy += 1
        self.busiest = max(self.busiest, self._busy)
        try:
            await asyncio.sleep(self.delay)
            sent = Sent(verb, request.match_info["conversation"], activity, body)
            fault = self.closed.get(sent.conversation) or self._next_fault()
            return await self.answer(request, sent, fault)
        finally:
            self._busy -= 1

    def _next_fault(self) -> Fault | None:
        return self.faults.popleft() if self.faults else self.always

    @property
    def tried(self) -> int:
        """How often somebody tried to post or update a message."""
        return sum(method != "GET" for method, _, _ in self.requests)

    async def answer(self, request: web.Request, sent: Sent, fault: Fault | None) -> web.StreamResponse:
        if fault is None or fault.applied:
            await self._apply(sent)
        if fault is None:
            return web.json_response({"id": sent.activity}, status=201 if sent.verb == "post" else 200)
        return await self._failed(request, fault)

    async def _failed(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        await asyncio.sleep(fault.hang)
        if fault.status is None:
            return _cut(request)
        if fault.body is not None:
            return web.Response(
                status=fault.status, text=fault.body, content_type="text/html", headers=fault.headers
            )
        error = {"error": {"code": fault.code, "message": "scripted"}}
        return web.json_response(error, status=fault.status, headers=fault.headers)

    async def _apply(self, sent: Sent) -> None:
        async with self._changed:
            self.sent.append(sent)
            self._changed.notify_all()


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
