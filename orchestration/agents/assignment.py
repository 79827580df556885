"""A chat client with several models behind it: each call goes to one of them, and to the next if that fails.

Tools and an agent's middleware work around the choice; counting and checking of answers is within each model.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from agent_framework import (
    BaseChatClient,
    ChatMiddlewareLayer,
    ChatResponse,
    ChatResponseUpdate,
    FunctionInvocationLayer,
    Message,
    ResponseStream,
)
from agent_framework.exceptions import ChatClientException

from orchestration.agents.choosing import Chooser, needs_of, tokens_of
from orchestration.agents.clients import ModelAwayError, ModelClosedError
from orchestration.agents.instances import Running
from orchestration.agents.portions import Grant, Portion
from orchestration.errors import StepError
from orchestration.idempotency import current_run

PAUSE = 0.05
"""Seconds between two looks whether a model has a place."""


@dataclass
class Call:
    """One call on its way through the models."""

    messages: Sequence[Message]
    options: Mapping[str, Any]
    kwargs: Mapping[str, Any]
    models: list[Running]
    """Those that can answer it, the best one first."""
    failures: dict[str, ChatClientException] = field(default_factory=dict[str, ChatClientException])
    """Why those that were asked gave no answer."""
    begun: bool = False
    """Something of the answer has been passed on, so no other model can take over."""
    tokens: int | None = None
    """What the answer took; None: there is none yet."""

    @property
    def left(self) -> list[Running]:
        """Those to ask next: who has failed lately comes last."""
        left = [model for model in self.models if model.name not in self.failures]
        rested = [model for model in left if not model.health.rests]
        return rested or sorted(left, key=lambda model: model.health.until)[:1]

    def failed(self, model: Running, error: ChatClientException) -> None:
        """Note why a model gave no answer. Raises the error if no other one can take over."""
        if not isinstance(error, ModelAwayError | ModelClosedError):
            model.health.answered()
            raise error
        model.health.failed()
        if self.begun:
            raise error
        self.failures[model.name] = error

    def answered(self, model: Running, response: ChatResponse) -> None:
        """Note what the answer took."""
        model.health.answered()
        spent = response.usage_details or {}
        self.tokens = (spent.get("input_token_count") or 0) + (spent.get("output_token_count") or 0)

    def unanswered(self) -> Exception:
        """Return why nobody answered."""
        last = list(self.failures.values())[-1]
        if len(self.failures) == 1:
            return last
        away = any(isinstance(error, ModelAwayError) for error in self.failures.values())
        names = ", ".join(self.failures)
        kind = ModelAwayError if away else ChatClientException
        return kind(f"None of the {len(self.failures)} models answered ({names}). The last one: {last}")


class AssignedClient(FunctionInvocationLayer, ChatMiddlewareLayer, BaseChatClient):
    """Asks one of the models of a role. `tenant_portion` gives the portion of a tenant in what it may ask."""

    OTEL_PROVIDER_NAME = "signoff"

    def __init__(self, role: str, chooser: Chooser, tenant_portion: Callable[[str], Portion]) -> None:
        super().__init__()
        self.model, self._chooser, self._tenant_portion = role, chooser, tenant_portion
        self._queue = asyncio.Lock()

    def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **kwargs: Any
    ) -> Awaitable[ChatResponse] | ResponseStream[ChatResponseUpdate, ChatResponse]:
        if not stream:
            return self._whole(messages, options, kwargs)
        pieces = self._pieces(messages, options, kwargs)
        return self._build_response_stream(pieces, response_format=options.get("response_format"))

    async def _whole(
        self, messages: Sequence[Message], options: Mapping[str, Any], kwargs: Mapping[str, Any]
    ) -> ChatResponse:
        async with self._call(messages, options, kwargs) as call:
            while call.left:
                async with self._place(call) as model:
                    response = await model.client.get_response(
                        messages, options={**options}, client_kwargs=kwargs
                    )
                    call.answered(model, response)
                    return response
            raise call.unanswered()

    async def _pieces(
        self, messages: Sequence[Message], options: Mapping[str, Any], kwargs: Mapping[str, Any]
    ) -> AsyncIterable[ChatResponseUpdate]:
        async with self._call(messages, options, kwargs) as call:
            while call.left:
                async with self._place(call) as model:
                    stream = model.client.get_response(
                        messages, stream=True, options={**options}, client_kwargs=kwargs
                    )
                    async for piece in stream:
                        call.begun = True
                        yield piece
                    call.answered(model, await stream.get_final_response())  # checks and counts the answer
                    return
            raise call.unanswered()

    @asynccontextmanager
    async def _call(
        self, messages: Sequence[Message], options: Mapping[str, Any], kwargs: Mapping[str, Any]
    ) -> AsyncGenerator[Call]:
        """Begin a call within the quota of the tenant, and end it."""
        call = Call(messages, options, kwargs, self._chooser.order(needs_of(messages)))
        if not call.models:
            raise StepError(f"None of the models of {self.model} can read pictures.")
        try:
            tenant = current_run().tenant
        except LookupError:  # outside of any run nobody has a quota
            tenant = ""
        if not tenant:
            yield call
            return
        portion = self._tenant_portion(tenant)
        grant = await portion.turn(tokens_of(messages, options))
        try:
            yield call
        finally:
            portion.end(grant, call.tokens)

    @asynccontextmanager
    async def _place(self, call: Call) -> AsyncGenerator[Running]:
        """Give a model that has a place for the call. When it gives no answer that is noted: the next may."""
        model, grant = await self._turn(call)
        model.health.tried()
        try:
            yield model
        except ChatClientException as error:
            call.failed(model, error)
        finally:
            model.health.broken_off()
            model.portion.end(grant, call.tokens)

    async def _turn(self, call: Call) -> tuple[Running, Grant]:
        """Wait for a model with a place, first come first served. The step's time bounds it."""
        async with self._queue:
            while True:
                for model in call.left:
                    if grant := await model.portion.begin():
                        return model, grant
                await asyncio.sleep(PAUSE)
