"""Release notes by rule: from the brief, with the changes that people ask for."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent_framework import Message

from orchestration.agents.demo.words import MOST_WORDS, cut, points, said_by_people, split, unique

MOST_POINTS = 6
FEW = 2

_QUOTES = " .!\"'\u201c\u201d\u2018\u2019"
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
        subject = cut(self.about or named, 100)
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
    said = said_by_people(messages)
    notes = _drafted(said[0])
    for guidance in said[1:]:
        for instruction in split(_INSTRUCTION_END, guidance):
            notes = _followed(notes, instruction)
    return notes.text


def _drafted(brief: str) -> Notes:
    about, colon, rest = brief.partition(":")
    if not (colon and rest.strip() and len(about.split()) <= MOST_WORDS and "\n" not in about):
        about, rest = "", brief
    new = points(rest)[:MOST_POINTS]
    notes = Notes(cut(about.strip()) or (new[0] if len(new) == 1 else ""), new)
    return replace(notes, title=notes.own_title)


def _followed(notes: Notes, instruction: str) -> Notes:
    for pattern, change in _CHANGES:
        if asked := pattern.search(instruction):
            return change(notes, *(cut(part.strip(_QUOTES)) for part in asked.groups()))
    return _adding(notes, f"As asked: {cut(instruction.strip())}")


def _adding(notes: Notes, point: str) -> Notes:
    return replace(notes, points=unique((*notes.points, point)))


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
    return replace(notes, about=about, title=title, points=unique(points))


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
