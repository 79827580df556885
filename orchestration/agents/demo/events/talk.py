"""What was said so far, as a rule of the demo model reads it, and the questions it asks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from agent_framework import Content, Message

_MARKS = {"brief": "assumptions", "venue": "chosen", "budget": "lines", "catering": "menu"}
"""A field that only the answer of that agent has."""
_LITTLE = frozenset({"A", "An", "The", "Your"})


@dataclass(frozen=True)
class Talk:
    """The request, the answers of the agents before, and what this one was told when it asked."""

    request: str
    answers: Mapping[str, Mapping[str, Any]]
    heard: Mapping[str, str]
    """By the name of the question."""
    decided: tuple[str, ...]
    """What people were asked by the agents before, each time with their answer."""

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "Talk":
        spoken = [message.text for message in messages if message.role == "user"] or [""]
        given = [_object(message.text) for message in messages if message.role == "assistant"]
        answers = {name: one for one in given for name, mark in _MARKS.items() if mark in one}
        return cls(spoken[0], answers, _heard(messages), _decided(messages))

    def no(self, question: str) -> bool:
        """Whether people have refused to answer."""
        return self.heard.get(question, "").startswith(("No.", "Not like this."))


def ask(name: str, question: str, kind: str, *options: str, details: str = "") -> list[Content]:
    """Ask people; the answer is heard under this name."""
    given = {"question": question, "kind": kind, "options": list(options), "details": details}
    arguments = json.dumps({key: value for key, value in given.items() if value}, ensure_ascii=False)
    return [Content.from_function_call(name, "request_user_input", arguments=arguments)]


def answer(**fields: Any) -> str:
    """Return an answer. Amounts are numbers in JSON."""
    return json.dumps(fields, ensure_ascii=False, default=float)


def within(name: str) -> str:
    """Return a name as it stands inside a sentence: “the Glasshouse”, “a buffet”, but “Old Mill Hall”."""
    first, _, rest = name.partition(" ")
    proper = rest[:1].isupper() and first not in _LITTLE
    return name if proper else f"{name[:1].lower()}{name[1:]}"


def with_article(kind: str) -> str:
    """Return for example "a dinner" or "an event"."""
    return f"{'an' if kind[:1].lower() in set('aeiou') else 'a'} {kind}"


def _object(text: str) -> Mapping[str, Any]:
    try:
        # As text an amount stays as exact as it was written.
        given: object = json.loads(text, parse_float=str)
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", given) if isinstance(given, dict) else {}


def _heard(messages: Sequence[Message]) -> Mapping[str, str]:
    contents = [content for message in messages for content in message.contents]
    return {
        str(content.call_id): str(content.result) for content in contents if content.type == "function_result"
    }


def _decided(messages: Sequence[Message]) -> tuple[str, ...]:
    pairs = pairwise(message for message in messages if message.role in {"user", "assistant"})
    return tuple(
        f"{asked.text.partition('? (')[0].rstrip('?')}? {told.text.rstrip('.')}."
        for asked, told in pairs
        if asked.role == "assistant" and told.role == "user"
    )
