"""Counts what the models were asked, for whoever is listening. It keeps no totals and stores nothing.

A call is one answer that arrived. Attempts that the provider's SDK repeats by itself, and calls that end in
an error, do not count: nobody reports their tokens.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

from agent_framework import ChatContext, ChatMiddleware, ChatResponse

from orchestration.model import Usage


class Meter:
    """Collects usage until it is taken."""

    def __init__(self) -> None:
        self._usage = Usage()

    def add(self, usage: Usage) -> None:
        self._usage += usage

    def taken(self) -> Usage:
        """Return the usage since the last time, and start again from zero."""
        usage, self._usage = self._usage, Usage()
        return usage


_listening: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Generator[Meter]:
    """Collect the usage of the model calls made inside, also by tasks started there, and of no others."""
    meter = Meter()
    before = _listening.set(meter)
    try:
        yield meter
    finally:
        _listening.reset(before)


class Metering(ChatMiddleware):
    """Tells the meter of the caller about each answer of a model, streamed or whole."""

    async def process(self, context: ChatContext, call_next: Callable[[], Awaitable[None]]) -> None:
        meter = _listening.get()
        if meter is None:
            await call_next()
            return

        def count(response: ChatResponse) -> ChatResponse:
            meter.add(_usage_of(response))
            return response

        if context.stream:  # its usage is known when the stream has been read to the end
            context.stream_result_hooks.append(count)
        await call_next()
        if isinstance(context.result, ChatResponse):
            count(context.result)


def _usage_of(response: ChatResponse) -> Usage:
    spent = response.usage_details or {}
    return Usage(1, spent.get("input_token_count") or 0, spent.get("output_token_count") or 0)
