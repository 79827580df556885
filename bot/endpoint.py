"""The HTTP side: what the channel service posts, and two addresses for probes. Answers are always JSON.

Nothing that is sent here makes it answer 500 but an error in a turn that is not a click on a card.
"""

import asyncio
import inspect
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Protocol, cast

from aiohttp import web

from bot.auth import AllowList, KeysUnavailableError, NotAuthenticatedError, RefusedError
from bot.sdk import Answer, Identity, Json, Turn, malformed
from orchestration.errors import SignoffError

log = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
DEADLINE = 4.0
"""Seconds. Teams waits at least five for the answer to a click, then tells the person that it failed."""
CLICK = "adaptiveCard/action"
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
        """Return the routes for the web application."""
        return [
            web.post("/api/messages", self.messages),
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
        ]

    async def close(self) -> None:
        """Let the turns that still run come to their end."""
        await asyncio.gather(*self._turns)

    async def messages(self, request: web.Request) -> web.Response:
        """Take an activity."""
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
        except UnreadableError as error:
            return _error(error.status, str(error))
        answer = await self._taken(identity, body)
        return web.json_response(answer.body, status=answer.status)

    async def healthz(self, _request: web.Request) -> web.Response:
        """Say that the process lives."""
        return web.json_response({"status": "alive"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """Say whether the bot can work: 503 if not."""
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
        except Exception:  # noqa: BLE001 - the edge: an error must become an answer, for nobody else is there
            return _failed(body)
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
    body = _object(await _content(request))
    if problem := malformed(body):
        raise UnreadableError(HTTPStatus.BAD_REQUEST, problem)
    return body


async def _content(request: web.Request) -> bytes:
    """Return the body. What is packed is measured unpacked, and never read further than the limit."""
    content = bytearray()
    try:
        async for chunk in request.content.iter_any():
            content += chunk
            if len(content) > BODY_LIMIT:
                raise UnreadableError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The activity is larger than 256 KB."
                )
    except (web.RequestPayloadError, ConnectionError) as error:
        raise UnreadableError(HTTPStatus.BAD_REQUEST, "The body of the request cannot be read.") from error
    return bytes(content)


def _object(content: bytes) -> Json:
    try:
        text = content.decode()
        value = json.loads(text, parse_constant=_not_a_number)
        if "\\ud" in text.lower():
            value = _mended(value)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(HTTPStatus.BAD_REQUEST, "The body must be JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise UnreadableError(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return cast(Json, value)


def _not_a_number(name: str) -> None:
    raise ValueError(name)


def _mended(value: object) -> object:
    """Half an emoji, as an escape, is JSON but not text: nothing could store or send it. It becomes U+FFFD."""
    units = json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    return json.loads(units.decode("utf-16-le", "replace"))


def _error(status: HTTPStatus, sentence: str) -> web.Response:
    return web.json_response({"error": {"code": status.name, "message": sentence}}, status=status)


def _late(body: Json) -> Answer:
    log.warning("answered before the end: %s", _label(body))
    return _message(STILL_WORKING) if body.get("name") == CLICK else _plain(HTTPStatus.GATEWAY_TIMEOUT)


def _refused(body: Json, sentence: str) -> Answer:
    """A sentence made for the person; without a card to show it, it is kept in the log."""
    log.info("refused a turn: %s", _label(body))
    return _message(sentence) if body.get("name") == CLICK else _plain(HTTPStatus.OK)


def _failed(body: Json) -> Answer:
    """Another activity may not be stored yet: after a 500 the channel may send it again."""
    reference = secrets.token_hex(4)
    log.exception("error %s in a turn: %s", reference, _label(body))
    if body.get("name") != CLICK:
        return _plain(HTTPStatus.INTERNAL_SERVER_ERROR)
    sentence = f"Something went wrong here. Try again, or ask an administrator about error {reference}."
    error = {"code": "InternalError", "message": sentence}
    return Answer(200, {"statusCode": 500, "type": "application/vnd.microsoft.error", "value": error})


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
    return f"{body['type']} {body.get('name') or '-'} {body['id']}"
