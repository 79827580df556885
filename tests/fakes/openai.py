"""An OpenAI-compatible server on loopback: OpenAI's route, Azure's v1 route and Azure's dated route.

It records what it is asked, without keys and tokens. It answers from a script, and after that with an echo.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from aiohttp import web

Body = dict[str, Any]
Answer = Callable[[web.Request, Body], Awaitable[web.StreamResponse]]

SECRET_HEADERS = frozenset({"authorization", "api-key", "cookie"})


@dataclass(frozen=True)
class Asked:
    """One request. `credential` says how it was authorised, not with what."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Body
    credential: str

    @property
    def last_words(self) -> str:
        return str(self.body["messages"][-1]["content"])


class FakeOpenAI:
    """`async with FakeOpenAI() as server`, then ask `server.url`. It lets in `key`, as Bearer or api-key."""

    def __init__(self, *script: Answer, key: str = "-") -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._script, self._key = list(script), key

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_post("/openai/v1/chat/completions", self._complete)
        app.router.add_post("/openai/deployments/{model}/chat/completions", self._complete)
        # Cancelling the handler when the client leaves ends the answers that hang.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(_asked(request, body))
        if not self._lets_in(request):
            return await refuse(401, "Incorrect API key provided.")(request, body)
        answer = self._script.pop(0) if self._script else echo
        return await answer(request, body)

    def _lets_in(self, request: web.Request) -> bool:
        headers = request.headers
        return headers.get("Authorization") == f"Bearer {self._key}" or headers.get("api-key") == self._key


def _asked(request: web.Request, body: Body) -> Asked:
    kept = {name.lower(): value for name, value in request.headers.items()}
    bearer = kept.get("authorization", "").startswith("Bearer ")
    credential = "Bearer" if bearer else "api-key" if "api-key" in kept else ""
    public = {name: value for name, value in kept.items() if name not in SECRET_HEADERS}
    return Asked(request.path, dict(request.query), public, body, credential)


# ---- answers ------------------------------------------------------------------------------


def say(text: str, *, finish: str | None = "stop", tokens: tuple[int, int] = (7, 3)) -> Answer:
    """Answer with a text, streamed word by word if that was asked for."""

    async def answer(request: web.Request, body: Body) -> web.StreamResponse:
        if body.get("stream"):
            return await _streamed(request, body, text, finish, tokens)
        choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
        return web.json_response(_envelope(body, "chat.completion", [choice], tokens))

    return answer


def call(*tools: tuple[str, Body | str], words: str | None = None, ids: Sequence[str] = ()) -> Answer:
    """Call tools, by their names with arguments; a text stands for arguments as the model wrote them.

    Without `ids` each call has one that was never used before.
    """

    async def answer(_request: web.Request, body: Body) -> web.StreamResponse:
        message = {"role": "assistant", "content": words, "tool_calls": _calls(tools, ids)}
        choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
        return web.json_response(_envelope(body, "chat.completion", [choice], (9, 4)))

    return answer


def _calls(tools: Sequence[tuple[str, Body | str]], ids: Sequence[str]) -> list[Body]:
    names = ids or [f"call_{uuid4().hex}" for _ in tools]
    return [_call(name, *tool) for name, tool in zip(names, tools, strict=True)]


def _call(id: str, name: str, arguments: Body | str) -> Body:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": id, "type": "function", "function": {"name": name, "arguments": text}}


async def echo(request: web.Request, body: Body) -> web.StreamResponse:
    """Answer with the last words of the conversation."""
    return await say(f"You said: {body['messages'][-1]['content']}")(request, body)


def refuse(
    status: int, message: str = "No.", *, code: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """Answer with an error, in the form that OpenAI gives it."""

    async def answer(_request: web.Request, _body: Body) -> web.StreamResponse:
        error = {"error": {"message": message, "type": "an_error", "code": code}}
        return web.json_response(error, status=status, headers={"x-request-id": "req-1", **(headers or {})})

    return answer


def busy(retry_after: float) -> Answer:
    """Say that there are too many requests, and when to come back (seconds)."""
    return refuse(429, "Too many requests.", headers={"Retry-After": str(retry_after)})


async def hang(_request: web.Request, _body: Body) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


def dribble(seconds: float) -> Answer:
    """Answer a little at a time, forever: no single read takes long."""

    async def answer(request: web.Request, _body: Body) -> web.StreamResponse:
        response = await _opened(request, "application/json")
        while True:
            await response.write(b" ")
            await asyncio.sleep(seconds)

    return answer


def raw(text: str, content_type: str = "application/json") -> Answer:
    """Answer with anything: malformed JSON, a web page of some proxy."""

    async def answer(_request: web.Request, _body: Body) -> web.StreamResponse:
        return web.Response(text=text, content_type=content_type)

    return answer


async def pause(request: web.Request, body: Body) -> web.StreamResponse:
    """Begin a stream, and never go on."""
    response = await _opened(request, "text/event-stream")
    await response.write(_event(_chunk(body, {"content": "Half a"})))
    return await hang(request, body)


async def break_off(request: web.Request, body: Body) -> web.StreamResponse:
    """Begin an answer, and drop the connection in the middle of it."""
    response = await _opened(request, "text/event-stream" if body.get("stream") else "application/json")
    await response.write(_event(_chunk(body, {"content": "Half a"})) if body.get("stream") else b'{"id": ')
    assert request.transport
    request.transport.abort()
    return response


# ---- the wire -----------------------------------------------------------------------------


async def _streamed(
    request: web.Request, body: Body, text: str, finish: str | None, tokens: tuple[int, int]
) -> web.StreamResponse:
    response = await _opened(request, "text/event-stream")
    for word in text.split(" "):
        await response.write(_event(_chunk(body, {"role": "assistant", "content": f"{word} "})))
    await response.write(_event(_chunk(body, {}, finish)))
    if body.get("stream_options", {}).get("include_usage"):
        await response.write(_event(_envelope(body, "chat.completion.chunk", [], tokens)))
    await response.write(b"data: [DONE]\n\n")
    return response


async def _opened(request: web.Request, content_type: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": content_type})
    await response.prepare(request)
    return response


def _chunk(body: Body, delta: Body, finish: str | None = None) -> Body:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _envelope(body, "chat.completion.chunk", [choice], None)


def _envelope(body: Body, kind: str, choices: list[Body], tokens: tuple[int, int] | None) -> Body:
    usage = tokens and dict(
        zip(("prompt_tokens", "completion_tokens", "total_tokens"), (*tokens, sum(tokens)), strict=True)
    )
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 1_750_000_000,
        "model": body.get("model", ""),
        "choices": choices,
        "usage": usage,
    }


def _event(data: Body) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()
