"""Words in and out: what people wrote as lines and points, and texts of a bounded length. Pure."""

import re
from collections.abc import Iterable, Sequence

from agent_framework import Message

MOST_CHARACTERS, MOST_WORDS = 200, 8

# Chinese and Japanese put no space after a sentence. It ends there with \u3002 \uff01 \uff1f; the semicolon
# is \uff1b, the commas are \uff0c and \u3001.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|[;\uff1b\n\u2022]")
# Between two digits it is part of a number: 1.234,56.
_LIST = re.compile(r",(?!(?<=\d,)\d)|[\uff0c\u3001]")
_COMMA = re.compile(rf"\s*(?:{_LIST.pattern})\s*(?:(?:and|und|et|y|e)\s+)?|\s+(?:and|und|et|y|e|&)\s+")
_DEPENDENT = re.compile(r"(?:which|who|that|so|because|but|when|where|while)\b", re.IGNORECASE)
_PUNCTUATION = " .!?\u3002\uff01\uff1f-*"
_LEAD = re.compile(
    r"(?:please )?(?:write the release notes|change this|revise)[^:\n]{0,40}:\s*", re.IGNORECASE
)


def said_by_people(messages: Sequence[Message]) -> list[str]:
    """Return what the user messages say, oldest first; without any, one empty text."""
    return [words(message.text) for message in messages if message.role == "user"] or [""]


def points(text: str) -> tuple[str, ...]:
    """Return the points of a text: its sentences, and the parts of its lists."""
    clauses = [clause for sentence in split(_SENTENCE_END, text) for clause in _clauses(sentence)]
    return unique(cut(clause.strip(_PUNCTUATION)) for clause in clauses)


def _clauses(sentence: str) -> list[str]:
    """Split a list of short things, and leave a sentence whole."""
    clauses = split(_COMMA, sentence)
    is_list = _LIST.search(sentence) and not any(_prose(clause) for clause in clauses)
    return clauses if is_list else [sentence]


def _prose(clause: str) -> bool:
    return len(clause.split()) > MOST_WORDS or bool(_DEPENDENT.match(clause))


def words(text: str) -> str:
    """Return what a person wrote, line by line, without the words that the workflow puts before it."""
    said = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    lead = _LEAD.match(said)
    return said[lead.end() :] if lead else said


def split(end: re.Pattern[str], text: str) -> list[str]:
    """Return the parts that are not blank."""
    return [part for part in end.split(text) if part.strip()]


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Return each text once, with a capital first letter."""
    return tuple(dict.fromkeys(text[:1].upper() + text[1:] for text in texts if text))


def cut(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return the text, with at most so many characters and an ellipsis."""
    if len(text) <= most:
        return text
    whole, space, _ = text[:most].rpartition(" ")
    return f"{whole if space else text[:most]}…"
