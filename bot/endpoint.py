"""The HTTP side: what the channel service posts, and two addresses for probes. Answers are always JSON.

Nothing that is sent here makes it answer 500 but an error in a turn that is not a click on a card.
"""

import asyncio
import inspect
import logging
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Protocol

from aiohttp import web

from bot.activities import CLICK
from bot.auth import AllowList, KeysUnavailableError, NotAuthenticatedError, RefusedError
from bot.sdk import Answer, Identity, Json, MalformedError, Turn, parse
from orchestration.errors import SignoffError
from orchestration.redact import whereabouts

log = logging.getLogger(__name__)

BODY_LIMIT = 512 * 1024
TOO_LARGE = "The activity is larger than 512 KB."
READ_LIMIT = 10.0
"""Seconds that a request may take to arrive."""
DEADLINE = 4.0
"""Seconds. Teams waits at least five for the answer to a click, then tells the person that it failed."""
STILL_WORKING = "Still working on it. The card will change when it is done."


class Framework(Protocol):
    """The Bot Framework, as far as it is needed here."""

    async def authenticate(self, body: Json, header: str) -> Identity: ...

    async def process(self, identity: Identity, body: Json, turn: Turn) -> Answer | None: ...


class Endpoint:
    """Checks what comes in, lets `turn` handle it, and answers in time."""

    def __init__(
        self,
        *,
        framework: Framework,
        allowed: AllowList,
        turn: Turn,
        ready: Callable[[], bool | Awaitable[bool]],
        deadline: float = DEADLINE,
    ) -> None:
        self._framework, self._allowed, self._turn, self._ready = framework, allowed, turn, ready
        self._deadline = deadline
        self._turns: set[asyncio.Task[Answer]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/messages", self.messages),
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
        ]

    async def close(self, within: float = 20.0) -> None:
        """Let the turns that still run come to their end, for so many seconds."""
        if self._turns:
            await asyncio.wait(self._turns, timeout=within)

    async def messages(self, request: web.Request) -> web.Response:
        try:
            body = await _read(request)
            identity = await self._framework.authenticate(body, request.headers.get("Authorization", ""))
            self._allowed.check(body)
        except NotAuthenticatedError as error:
            log.warning("not authenticated: %s", error)
            return _error(HTTPStatus.UNAUTHORIZED, "The request does not have a valid token.")
        except KeysUnavailableError:
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, "The token cannot be checked at the moment.")
        except RefusedError as error:
            log.warning("refused: %s", error)
            return _error(HTTPStatus.FORBIDDEN, str(error))
        except MalformedError as error:
            return _error(HTTPStatus.BAD_REQUEST, str(error))
        except UnreadableError as error:
            return _error(error.status, str(error))
        answer = await self._taken(identity, body)
        return web.json_response(answer.body, status=answer.status)

    async def healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(self, _request: web.Request) -> web.Response:
        ready = self._ready()
        if inspect.isawaitable(ready):
            ready = await ready
        if ready:
            return web.json_response({"status": "ready"})
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, "The bot is not ready.")

    async def _taken(self, identity: Identity, body: Json) -> Answer:
        """A turn goes on to its end, even when its deadline passes or the connection breaks."""
        task = asyncio.create_task(self._safely(identity, body))
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)
        done, _ = await asyncio.wait({task}, timeout=self._deadline if body["type"] == "invoke" else None)
        return task.result() if done else _late(body)

    async def _safely(self, identity: Identity, body: Json) -> Answer:
        try:
            answer = await self._framework.process(identity, body, self._turn)
        except SignoffError as error:
            return _refused(body, str(error))
        except Exception as error:  # noqa: BLE001 - the edge: nobody else is there to make it an answer
            return _failed(body, error)
        return answer or _unanswered(body)


class UnreadableError(Exception):
    """The request is not an activity. The text is the answer."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def _read(request: web.Request) -> Json:
    if "Origin" in request.headers:  # a web page in somebody's browser, which reaches loopback as well
        raise UnreadableError(HTTPStatus.FORBIDDEN, "This address is not for browsers.")
    if request.content_type != "application/json":
        raise UnreadableError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The content type must be application/json.")
    return parse(await _content(request))


async def _content(request: web.Request) -> bytes:
    """Return the body. What is packed is measured unpacked, and never read further than the limit."""
    content = bytearray()
    try:
        async with asyncio.timeout(READ_LIMIT):
            async for chunk in request.content.iter_any():
                content += chunk
                if len(content) > BODY_LIMIT:
                    raise UnreadableError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
    except TimeoutError:
        raise UnreadableError(HTTPStatus.REQUEST_TIMEOUT, "The request took too long to arrive.") from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise UnreadableError(HTTPStatus.BAD_REQUEST, "The body of the request cannot be read.") from error
    return bytes(content)


def _error(status: HTTPStatus, sentence: str) -> web.Response:
    return web.json_response({"error": {"code": status.name, "message": sentence}}, status=status)


def _late(body: Json) -> Answer:
    log.warning("answered before the end: %s", _label(body))
    return _message(STILL_WORKING) if body.get("name") == CLICK else _plain(HTTPStatus.GATEWAY_TIMEOUT)


def _refused(body: Json, sentence: str) -> Answer:
    """A sentence made for the person. Only an answer to a click can show it."""
    log.info("refused: %s", _label(body))
    return _message(sentence) if body.get("name") == CLICK else _plain(HTTPStatus.OK)


def _failed(body: Json, error: Exception) -> Answer:
    """Another activity may not be stored yet: after a 500 the channel may send it again."""
    reference = secrets.token_hex(4)
    log.error("error %s in %s: %s", reference, _label(body), whereabouts(error))
    if body.get("name") != CLICK:
        return _plain(HTTPStatus.INTERNAL_SERVER_ERROR)
    sentence = f"Something went wrong here. Try again, or ask an administrator about error {reference}."
    value = {"code": "InternalError", "message": sentence}
    return Answer(200, {"statusCode": 500, "type": "application/vnd.microsoft.error", "value": value})


def _unanswered(body: Json) -> Answer:
    return _plain(HTTPStatus.NOT_IMPLEMENTED if body["type"] == "invoke" else HTTPStatus.OK)


def _message(sentence: str) -> Answer:
    """Teams shows this to the one who clicked; the HTTP status must be 200."""
    return Answer(
        200, {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": sentence}
    )


def _plain(status: HTTPStatus) -> Answer:
    return Answer(status, {})


def _label(body: Json) -> str:
    """What may be logged of an activity."""
    return " ".join(repr(str(body.get(key) or "-")[:100]) for key in ("type", "name", "id"))
