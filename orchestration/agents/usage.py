"""Counts what the models were asked, by step and model, for whoever is listening. It stores nothing.

A call is one answer that arrived. Attempts that the provider's SDK repeats by itself, and calls that end in
an error, do not count: nobody reports their tokens.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from agent_framework import ChatContext, ChatMiddleware, ChatResponse, Executor, Workflow

from orchestration.model import Share, Shares, Usage, merged
from orchestration.prices import NO_PRICES, Prices


class Meter:
    """Collects what was used until it is taken, at the prices of now."""

    def __init__(self, prices: Prices = NO_PRICES) -> None:
        self._prices = prices
        self.shares: Shares = ()
        """What was used since the last time."""

    def add(self, step: str, model: str, usage: Usage) -> None:
        """Count what a step asked of a model."""
        cost = self._prices.cost(model, usage.input_tokens, usage.output_tokens)
        numbers = usage.calls, usage.input_tokens, usage.output_tokens
        share = Share(step, model, *numbers, cost, self._prices.currency_of(model))
        self.shares = merged(self.shares, [share])

    def taken(self) -> Shares:
        """Return what was used since the last time, and start again from nothing."""
        shares, self.shares = self.shares, ()
        return shares


_listening: ContextVar[Meter | None] = ContextVar("meter", default=None)
_step: ContextVar[str] = ContextVar("step", default="")


@contextmanager
def metered(prices: Prices = NO_PRICES) -> Generator[Meter]:
    """Collect the usage of the model calls made inside, also by tasks started there, and of no others."""
    meter = Meter(prices)
    before = _listening.set(meter)
    try:
        yield meter
    finally:
        _listening.reset(before)


def told_apart(workflow: Workflow) -> None:
    """Have what each executor of the graph asks of models counted as its own.

    Inside an executor the framework names it nowhere, and its events come late and mix when steps work side
    by side. So the call itself is wrapped, which also reaches the executors that are not ours. What a graph
    inside an executor does counts for that executor: it is the step that people see.
    """
    for executor in workflow.get_executors_list():
        executor.execute = _as_step(executor)


def _as_step(executor: Executor) -> Any:
    execute = executor.execute

    @wraps(execute)
    async def named(*given: Any, **more: Any) -> None:
        before = _step.set(executor.id)
        try:
            await execute(*given, **more)
        finally:
            _step.reset(before)

    return named


class Metering(ChatMiddleware):
    """Tells the meter of the caller about each answer of a model, streamed or whole."""

    def __init__(self, model: str) -> None:
        """`model` is the name under which its usage is recorded, and by which it has its price."""
        self._model = model

    async def process(self, context: ChatContext, call_next: Callable[[], Awaitable[None]]) -> None:
        meter, step = _listening.get(), _step.get()
        if meter is None:
            await call_next()
            return

        def count(response: ChatResponse) -> ChatResponse:
            meter.add(step, self._model, _usage_of(response))
            return response

        if context.stream:  # its usage is known when the stream has been read to the end
            context.stream_result_hooks.append(count)
        await call_next()
        if isinstance(context.result, ChatResponse):
            count(context.result)


def _usage_of(response: ChatResponse) -> Usage:
    spent = response.usage_details or {}
    return Usage(1, spent.get("input_token_count") or 0, spent.get("output_token_count") or 0)
