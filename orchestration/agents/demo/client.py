"""A chat client that answers by rules, so that everything runs on a fresh machine, offline.

The same conversation always gets the same answer. That the text is canned is said by the cards, not in it.
"""

import asyncio
import re
from collections.abc import AsyncIterable, Awaitable, Mapping, Sequence
from typing import Any, Literal

from agent_framework import (
    BaseChatClient,
    ChatMiddlewareLayer,
    ChatResponse,
    ChatResponseUpdate,
    Content,
    FunctionInvocationLayer,
    Message,
    ResponseStream,
    UsageDetails,
)
from agent_framework.observability import ChatTelemetryLayer

from orchestration.agents.demo.rule import NOTES, Rule
from orchestration.agents.demo.rules import RULES, echo

Reason = Literal["stop", "tool_calls"]


def _from_memory(message: Message) -> bool:
    """Whether a context provider added it: most canned text is about this run only."""
    return "_attribution" in message.additional_properties


def _usage(instructions: str, messages: Sequence[Message], contents: Sequence[Content]) -> UsageDetails:
    """Return about what a real model counts: a token for every four characters, and some for each message."""
    read = len(instructions) // 4 + sum(4 + len(message.text) // 4 for message in messages)
    wrote = sum(1 + len(content.text or str(content.arguments)) // 4 for content in contents)
    return UsageDetails(input_token_count=read, output_token_count=wrote, total_token_count=read + wrote)


def _pieces_of(content: Content) -> list[Content]:
    if content.type != "text":
        return [content]
    return [Content.from_text(piece) for piece in re.findall(r"\s*\S+|\s+", content.text or "")]


class DemoChatClient(FunctionInvocationLayer, ChatMiddlewareLayer, ChatTelemetryLayer, BaseChatClient):
    """Answers by the first rule whose words stand in the instructions, each time after `delay` seconds."""

    OTEL_PROVIDER_NAME = "demo"

    def __init__(self, *, rules: Mapping[str, Rule] = RULES, delay: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model, self._rules, self._delay = "demo", rules, delay

    def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **kwargs: Any
    ) -> Awaitable[ChatResponse] | ResponseStream[ChatResponseUpdate, ChatResponse]:
        if not stream:
            return self._whole(messages, options)
        pieces = self._pieces(messages, options)
        return self._build_response_stream(pieces, response_format=options.get("response_format"))

    async def _whole(self, messages: Sequence[Message], options: Mapping[str, Any]) -> ChatResponse:
        contents, usage, reason = await self._answer(messages, options)
        return ChatResponse(
            messages=[Message("assistant", contents)],
            model=self.model,
            finish_reason=reason,
            usage_details=usage,
            response_format=options.get("response_format"),
        )

    async def _pieces(
        self, messages: Sequence[Message], options: Mapping[str, Any]
    ) -> AsyncIterable[ChatResponseUpdate]:
        contents, usage, reason = await self._answer(messages, options)
        for content in contents:
            for piece in _pieces_of(content):
                yield self._update([piece])
        yield self._update([Content.from_usage(usage)], reason)

    def _update(self, contents: list[Content], reason: Reason | None = None) -> ChatResponseUpdate:
        return ChatResponseUpdate(
            role="assistant", contents=contents, message_id="demo", model=self.model, finish_reason=reason
        )

    async def _answer(
        self, messages: Sequence[Message], options: Mapping[str, Any]
    ) -> tuple[list[Content], UsageDetails, Reason]:
        if self._delay:
            await asyncio.sleep(self._delay)
        asked = await self._validate_options(options)
        instructions = str(asked.get("instructions") or "")
        notes = [message.text for message in messages if _from_memory(message)]
        own = [message for message in messages if not _from_memory(message)]
        said = self._rule(instructions, messages)(own, {**asked, NOTES: notes})
        contents = [Content.from_text(said)] if isinstance(said, str) else said
        calls = any(content.type == "function_call" for content in contents)
        return contents, _usage(instructions, messages, contents), "tool_calls" if calls else "stop"

    def _rule(self, instructions: str, messages: Sequence[Message]) -> Rule:
        system = [message.text for message in messages if message.role == "system"]
        role = "\n".join([instructions, *system]).casefold()
        return next((rule for words, rule in self._rules.items() if words in role), echo)
