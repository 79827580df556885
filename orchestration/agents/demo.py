"""The offline demo model: a chat client that answers by rules, so that everything runs on a fresh machine.

The same conversation always gets the same answer. A workflow gets its own rule in RULES, under words that
stand in its agent's instructions. That the text is canned is said by the cards, not in the text.
"""

import asyncio
import re
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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

Rule = Callable[[Sequence[Message], Mapping[str, Any]], str | list[Content]]
"""What to say to (messages, options): a text, or contents, for instance calls of tools."""

Reason = Literal["stop", "tool_calls"]

MOST_POINTS, MOST_CHARACTERS, MOST_WORDS = 6, 200, 8
FEW = 2

# Chinese and Japanese put no space after a sentence. It ends there with \u3002 \uff01 \uff1f; the semicolon
# is \uff1b, the commas are \uff0c and \u3001.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|[;\uff1b\n\u2022]")
_COMMA = re.compile(r"\s*[,\uff0c\u3001]\s*(?:(?:and|und|et|y|e)\s+)?|\s+(?:and|und|et|y|e|&)\s+")
_DEPENDENT = re.compile(r"(?:which|who|that|so|because|but|when|where|while)\b", re.IGNORECASE)
_PUNCTUATION, _QUOTES = " .!?\u3002\uff01\uff1f-*", " .!\"'\u201c\u201d\u2018\u2019"
_LEAD = re.compile(
    r"(?:please )?(?:write the release notes|change this|revise)[^:\n]{0,40}:\s*", re.IGNORECASE
)
_VERB = "mention|add|include|remove|drop|delete|make|shorten|replace|change|call it"
_INSTRUCTION_END = re.compile(
    rf"(?<=[.!?])\s+|[;\n]|,?\s+(?:and|then|but)\s+(?=(?:{_VERB})\b)", re.IGNORECASE
)


@dataclass(frozen=True)
class Notes:
    """Release notes in the making."""

    about: str = ""
    points: tuple[str, ...] = ()
    title: str = ""
    short: bool = False
    closing: str = "Try it today and tell us what you think."

    @property
    def text(self) -> str:
        points = "\n".join(f"- {point}" for point in self.points)
        parts = (self.title or self.own_title, self._introduction(), points, self.closing)
        return "\n\n".join(part for part in parts if part)

    @property
    def own_title(self) -> str:
        named = " and ".join(self.points) if len(self.points) <= FEW else f"{self.points[0]} and more"
        subject = _cut(self.about or named, 100)
        return f"What is new: {subject}" if subject else "What is new"

    def _introduction(self) -> str:
        opening = f"This release is about {self.about}." if self.about else "A new release is here."
        if self.short or not self.points:
            return opening
        if len(self.points) == 1:
            return f"{opening} It brings one change that you will notice."
        return f"{opening} It brings {len(self.points)} changes. First among them: {self.points[0]}."


def release_notes(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """Write release notes from the brief, the first user message; follow the guidance of all later ones."""
    said = [_words(message.text) for message in messages if message.role == "user"] or [""]
    notes = _drafted(said[0])
    for guidance in said[1:]:
        for instruction in _split(_INSTRUCTION_END, guidance):
            notes = _followed(notes, instruction)
    return notes.text


def echo(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """Sum up the last user message. This is the rule for workflows without one of their own."""
    said = [_words(message.text) for message in messages if message.role == "user"] or [""]
    points = _points(said[-1])
    if len(points) < FEW:
        return f"Understood: {points[0]}." if points else "Understood."
    return "\n".join(["Understood. These are the points:", "", *(f"- {point}" for point in points)])


RULES: Mapping[str, Rule] = {"release notes": release_notes}


def _drafted(brief: str) -> Notes:
    about, colon, rest = brief.partition(":")
    if not (colon and rest.strip() and len(about.split()) <= MOST_WORDS and "\n" not in about):
        about, rest = "", brief
    points = _points(rest)[:MOST_POINTS]
    notes = Notes(_cut(about.strip()) or (points[0] if len(points) == 1 else ""), points)
    return replace(notes, title=notes.own_title)


def _followed(notes: Notes, instruction: str) -> Notes:
    for pattern, change in _CHANGES:
        if asked := pattern.search(instruction):
            return change(notes, *(_cut(part.strip(_QUOTES)) for part in asked.groups()))
    return _adding(notes, f"As asked: {_cut(instruction.strip())}")


def _adding(notes: Notes, point: str) -> Notes:
    return replace(notes, points=_unique((*notes.points, point)))


def _removing(notes: Notes, words: str) -> Notes:
    def without(*texts: str) -> list[str]:
        return [text for text in texts if words.casefold() not in text.casefold()]

    about = "".join(without(notes.about))
    kept = replace(
        notes, points=tuple(without(*notes.points)), about=about, closing="".join(without(notes.closing))
    )
    return replace(kept, title="".join(without(notes.title)))


def _replacing(notes: Notes, old: str, new: str) -> Notes:
    found = re.compile(re.escape(old), re.IGNORECASE)
    if not found.search(notes.text):
        return _adding(notes, f"As asked: {new} instead of {old}")
    about, title, *points = (
        found.sub(lambda _: new, text) for text in (notes.about, notes.title, *notes.points)
    )
    return replace(notes, about=about, title=title, points=_unique(points))


def _shortening(notes: Notes) -> Notes:
    return replace(notes, points=notes.points[: max(1, len(notes.points) // 2)], short=True)


def _titling(notes: Notes, title: str) -> Notes:
    return replace(notes, title=title)


def _change(pattern: str) -> re.Pattern[str]:
    return re.compile(
        rf"^(?:(?:please|also|and|then|just|can you|could you|make sure to|you should)\s+)*{pattern}",
        re.IGNORECASE,
    )


_CHANGES: tuple[tuple[re.Pattern[str], Callable[..., Notes]], ...] = (
    (
        _change(r"(?:(?:change|set|make) )?(?:the )?(?:title|headline)(?: to| is| should be|\s*:)\s*(.+)"),
        _titling,
    ),
    (_change(r"(?:call it|rename it to)\s+(.+)"), _titling),
    (
        _change(r"(?:remove|delete|drop|omit|leave out|take out|do not mention|don.t mention)\s+(.+)"),
        _removing,
    ),
    (_change(r"(?:replace|change)\s+(.+?)\s+(?:with|by|to)\s+(.+)"), _replacing),
    (_change(r"(?:mention|add|include)\s+(?:that\s+)?(.+)"), _adding),
    (re.compile(r"\b(?:shorter|shorten|briefer|too long|fewer|condense)\b", re.IGNORECASE), _shortening),
)
"""What simple guidance asks for, and how it is done. Everything else becomes a point of its own."""


def _points(text: str) -> tuple[str, ...]:
    clauses = [clause for sentence in _split(_SENTENCE_END, text) for clause in _clauses(sentence)]
    return _unique(_cut(clause.strip(_PUNCTUATION)) for clause in clauses)


def _clauses(sentence: str) -> list[str]:
    """Split a list of short things, and leave a sentence whole."""
    clauses = _split(_COMMA, sentence)
    is_list = re.search("[,\uff0c\u3001]", sentence) and not any(_prose(clause) for clause in clauses)
    return clauses if is_list else [sentence]


def _prose(clause: str) -> bool:
    return len(clause.split()) > MOST_WORDS or bool(_DEPENDENT.match(clause))


def _words(text: str) -> str:
    """Return what a person wrote, line by line, without the words that the workflow puts before it."""
    said = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    lead = _LEAD.match(said)
    return said[lead.end() :] if lead else said


def _split(end: re.Pattern[str], text: str) -> list[str]:
    return [part for part in end.split(text) if part.strip()]


def _unique(points: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(point[:1].upper() + point[1:] for point in points if point))


def _cut(text: str, most: int = MOST_CHARACTERS) -> str:
    if len(text) <= most:
        return text
    words, space, _ = text[:most].rpartition(" ")
    return f"{words if space else text[:most]}…"


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
        said = self._rule(instructions, messages)(messages, asked)
        contents = [Content.from_text(said)] if isinstance(said, str) else said
        calls = any(content.type == "function_call" for content in contents)
        return contents, _usage(instructions, messages, contents), "tool_calls" if calls else "stop"

    def _rule(self, instructions: str, messages: Sequence[Message]) -> Rule:
        system = [message.text for message in messages if message.role == "system"]
        role = "\n".join([instructions, *system]).casefold()
        return next((rule for words, rule in self._rules.items() if words in role), echo)
