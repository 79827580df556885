"""The client of a served model: how it asks, and what it says when there is no answer."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar, cast

import httpx2
import openai
from agent_framework import (
    ChatContext,
    ChatMiddleware,
    ChatResponse,
    ChatResponseUpdate,
    Message,
    ResponseStream,
)
from agent_framework.exceptions import ChatClientContentFilterException, ChatClientException
from agent_framework_openai import OpenAIChatCompletionClient

from orchestration.errors import TransientError
from orchestration.limits import is_transient
from orchestration.redact import redacted

CLOSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})

A = TypeVar("A", ChatResponse, ChatResponseUpdate)


class BoundedHttp(openai.DefaultAsyncHttpxClient):
    """Bounds a whole attempt; by itself httpx bounds each read. A stream is bounded between its pieces."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self._limit = limit

    async def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        try:
            async with asyncio.timeout(self._limit):
                return await super().send(request, **how)
        except TimeoutError:
            raise httpx2.ReadTimeout("no whole answer in time", request=request) from None


class PlainSpokenClient(OpenAIChatCompletionClient):
    """Says in a sentence why the model gave no answer, without the words of the request or any secret."""

    recorded = ""
    """The name that its answers bear; empty: what the provider calls the model."""

    def _inner_get_response(
        self, *, messages: Sequence[Message], options: Mapping[str, Any], stream: bool = False, **kwargs: Any
    ) -> Awaitable[ChatResponse] | ResponseStream[ChatResponseUpdate, ChatResponse]:
        answer = super()._inner_get_response(messages=messages, options=options, stream=stream, **kwargs)
        if not stream:
            return self._whole(cast("Awaitable[ChatResponse]", answer))
        pieces = self._pieces(cast("AsyncIterable[ChatResponseUpdate]", answer))
        return self._build_response_stream(pieces, response_format=options.get("response_format"))

    async def _whole(self, answer: Awaitable[ChatResponse]) -> ChatResponse:
        try:
            return self._named(await answer)
        except ChatClientException as error:
            raise self._plainly(error) from None

    async def _pieces(self, answer: AsyncIterable[ChatResponseUpdate]) -> AsyncIterable[ChatResponseUpdate]:
        try:
            async for piece in answer:
                yield self._named(piece)
        except ChatClientException as error:
            raise self._plainly(error) from None

    def _named(self, answer: A) -> A:
        answer.model = self.recorded or answer.model
        return answer

    def _plainly(self, error: ChatClientException) -> ChatClientException:
        return _kind(error)(f"The model {self.model} {reason(error)}")


def _kind(error: ChatClientException) -> type[ChatClientException]:
    if isinstance(error, ChatClientContentFilterException):
        return ChatClientContentFilterException
    if is_away(error.__cause__):
        return ModelAwayError
    return ModelClosedError if getattr(error.__cause__, "status_code", 0) in CLOSED else ChatClientException


class ModelAwayError(ChatClientException, TransientError):
    """The model gave no answer this time, for a reason that may pass."""


class ModelClosedError(ChatClientException):
    """The model does not let us in, or is not there: a matter of its configuration, not of the request."""


def is_away(cause: BaseException | None) -> bool:
    """Whether the SDK's error says nothing about what was asked."""
    return isinstance(cause, openai.APIConnectionError) or (cause is not None and is_transient(cause))


class CompleteAnswers(ChatMiddleware):
    """Refuses an answer that was cut off: half a text must not be put to people for approval."""

    async def process(self, context: ChatContext, call_next: Callable[[], Awaitable[None]]) -> None:
        if context.stream:
            context.stream_result_hooks.append(_ended)
        await call_next()
        if isinstance(context.result, ChatResponse):
            _complete(context.result)


def _ended(response: ChatResponse) -> ChatResponse:
    if response.finish_reason is None:
        raise ChatClientException("The answer of the model was cut off: the stream ended too early.")
    return _complete(response)


def _complete(response: ChatResponse) -> ChatResponse:
    match response.finish_reason:
        case "length":
            raise ChatClientException(
                "The answer of the model was cut off: it reached the model's length limit."
            )
        case "content_filter":
            raise ChatClientException("The answer of the model was cut off by the provider's content filter.")
        case _:
            return response


def reason(error: ChatClientException) -> str:
    """Return why there was no answer, as the rest of a sentence that begins with the model."""
    if isinstance(error, ChatClientContentFilterException):
        return "did not answer: the provider's content filter refused the text."
    match error.__cause__:
        case openai.APITimeoutError() | TimeoutError():
            return "gave no answer in time."
        case openai.APIConnectionError():
            return "could not be reached, or the connection broke."
        case openai.APIStatusError() as refusal:
            return _refused(refusal)
        case openai.OpenAIError() | ValueError() | TypeError() | AttributeError():
            return "answered with something that is not a chat completion."
        case other:
            return f"could not be asked ({type(other).__name__})."


def _refused(error: openai.APIStatusError) -> str:
    trace = f" Request {error.request_id}." if error.request_id else ""
    match error.status_code:
        case 401 | 403:
            why = "refused our key or identity."
        case 404:
            why = "was not found at the provider: check its name and the address."
        case 429:
            why = "is asked too much at the moment, or its quota is used up."
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            why = "failed at the provider."
        case _:  # the request itself: the provider's words are the only ones that help
            why = f"refused the request: {redacted(error.message)[:300]}"
    return f"{why} (Status {error.status_code}.){trace}"
