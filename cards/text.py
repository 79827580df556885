"""Text from people, models and exceptions, made safe to show and cut to size. Only strings, no elements.

A card has two kinds of places for text. A TextRun shows characters as they are, and gets shown(). A few
that cannot be avoided render Markdown (fallbackText, choices), and get plain().
"""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from unicodedata import category

from orchestration.zones import zone_of

LINE = 120
"""Bytes of card JSON around one line of text, rounded up."""

_NEWLINES = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
# Invisible characters can reorder or hide words, so that people approve something else than they read. The
# zero-width joiners stay: Persian and emoji need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile("\n(?:[ \t]*\n){2,}")
_PLACEHOLDER = re.compile(r"\{(?=\{(?:DATE|TIME)\()", re.IGNORECASE)
_LONG_WORD = re.compile("[!-~\u00a1-\u2e7f]{65,}")
_INDENT = re.compile("^[ \t]+")
_WORD_JOINER, _MAY_BREAK = "\u2060", "\u200b"


def clean(text: str) -> str:
    """Return the text without invisible and direction-changing characters; a newline ends each line."""
    text = _UNSEEN.sub("", _NEWLINES.sub("\n", text)).replace("\t", "    ")
    return _BLANK_LINES.sub("\n\n", _SURROGATES.sub("\ufffd", text))


def hides(text: str) -> bool:
    """Whether there are characters in the text that nobody would see on a card."""
    return bool(_UNSEEN.search(text) or _SURROGATES.search(text))


def shown(text: str) -> str:
    """Return the clean text with what renderers need to show it as it is; twice is the same as once."""
    # Renderers expand {{DATE(…)}} even in a TextRun; with a word joiner it reads the same and stays text.
    text = _PLACEHOLDER.sub("{" + _WORD_JOINER, clean(text))
    # A RichTextBlock breaks lines only between words, so a very long one would stick out of the card.
    return _LONG_WORD.sub(lambda word: _MAY_BREAK.join(re.findall(".{1,16}", word[0])), text)


def brief(text: str, limit: int) -> str:
    """Return the text as one line of at most `limit` bytes of JSON."""
    return cut(" ".join(shown(text).split()), limit)


_LOOKALIKES = str.maketrans(
    {"*": "\u2217", "[": "(", "]": ")", "<": "\u2039", ">": "\u203a", "`": "'", "~": "\u223c", "\\": "\u2216"}
)
_LONE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LIST_OR_HEADING = re.compile(r"(?=[-+#=]|\d+[.)])")


def plain(text: str, limit: int) -> str:
    """Return one line that reads the same whether or not the client renders Markdown.

    Markup characters become similar ones: an escape would be visible in a client that renders none.
    """
    text = _LONE_UNDERSCORE.sub("\u2017", brief(text, limit).translate(_LOOKALIKES))
    text = _ENTITY.sub("&" + _WORD_JOINER, text).replace("://", f":{_WORD_JOINER}//")
    return cut(_WORD_JOINER + text if _LIST_OR_HEADING.match(text) else text, limit)


def sentences(*parts: str) -> str:
    """Join sentences into one line, each with an end."""
    return " ".join(part if part[-1:] in ".?!…" else f"{part}." for part in parts if part)


# ---- sizes -----------------------------------------------------------------------------------


def cost(text: str) -> int:
    """Bytes of the text inside JSON, in UTF-8."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def cut(text: str, limit: int) -> str:
    """Return the text, or as much of it as fits into `limit` bytes of JSON, with an ellipsis."""
    return text if cost(text) <= limit else f"{head(text, limit - 3).rstrip(' .')}…"


def head(text: str, limit: int) -> str:
    """Return the longest start that fits into `limit` bytes; it tears no word and no character apart."""
    end = _fitting(text, limit)
    if end == len(text):
        return text
    space = text.rfind(" ", max(0, end - 80), end + 1)
    return text[:space] if space > 0 else text[: _whole(text, end)]


def _fitting(text: str, limit: int) -> int:
    ends = range(min(len(text), max(limit, 0)) + 1)
    return bisect_right(ends, limit, key=lambda end: cost(text[:end])) - 1


def _whole(text: str, end: int) -> int:
    """Move back to where what people see as one character begins; hostile text may have no such place."""
    places = range(end, max(0, end - 64), -1)
    return next((place for place in places if not _glued(text[place - 1], text[place])), end)


def _glued(before: str, after: str) -> bool:
    joined = "\u200d" in (before, after) or category(after).startswith("M")
    flag = "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"
    return joined or flag or "\U0001f3fb" <= after <= "\U0001f3ff" or "\u1160" <= after <= "\u11ff"


# ---- pages -----------------------------------------------------------------------------------


def pages(text: str, room: int) -> Iterator[list[str]]:
    """Split a text into lines, and these into pages of at most `room` bytes of card JSON each."""
    page, left = list[str](), room
    for line in _lines(text, room - LINE):
        needed = LINE + cost(line)
        if page and needed > left:
            yield page
            page, left = [], room
        page.append(line)
        left -= needed
    yield page


def _lines(text: str, limit: int) -> Iterator[str]:
    for line in shown(text).strip("\n").split("\n"):
        rest = _INDENT.sub(_indent, line.rstrip())
        while cost(rest) > limit:
            start = head(rest, limit) or rest[:1]
            yield start
            rest = rest[len(start) :].lstrip(" ")
        yield rest


def _indent(spaces: re.Match[str]) -> str:
    # Renderers drop leading spaces, and with them the nesting of lists; no-break spaces stay.
    return "\u00a0" * min(len(spaces[0]), 16)


# ---- times -----------------------------------------------------------------------------------


def moment(at: datetime, zone: str = "UTC") -> str:
    """Return for example "14:02 CET, 21 Nov"; Teams does not localise times on cards.

    `zone` is an IANA name; for one that does not exist it is UTC.
    """
    at = at.astimezone(zone_of(zone))
    return f"{at:%H:%M} {_zone(at)}, {at.day} {at:%b}"


def day(at: datetime, zone: str = "UTC") -> str:
    """Return for example "Tue, 1 Dec 2026 (CET)"."""
    at = at.astimezone(zone_of(zone))
    return f"{at:%a}, {at.day} {at:%b} {at.year} ({_zone(at)})"


def _zone(at: datetime) -> str:
    """Return what people call the zone at that time, or what it differs from UTC, as in "UTC+5:45"."""
    name = at.tzname() or ""
    if name.isalpha():
        return name
    minutes = int((at.utcoffset() or timedelta()) / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def duration(took: timedelta) -> str:
    """Return for example "2 min", "3 h 5 min" or "4 days"."""
    minutes = int(took / timedelta(minutes=1))
    hours, days = minutes // 60, minutes // (24 * 60)
    if minutes < 1:
        return "less than a minute"
    if days > 1:
        return f"{days} days"
    parts = [f"{hours} h"] * (hours > 0) + [f"{minutes % 60} min"] * (minutes % 60 > 0)
    return " ".join(parts)


def span(took: timedelta) -> str:
    """Return for example "12 s"; from two minutes on as duration() does."""
    return f"{int(took.total_seconds())} s" if took < timedelta(minutes=2) else duration(took)


def about(took: timedelta) -> str:
    """Return for example "About 40 s": as exact as a guess can be."""
    seconds = took.total_seconds()
    if seconds < 10:  # noqa: PLR2004 - less is over before it is read
        return "A few seconds"
    if seconds <= 50:  # noqa: PLR2004 - after the next ten it is a minute
        return f"About {math.ceil(seconds / 10) * 10} s"
    return f"About {duration(timedelta(minutes=max(1, round(seconds / 60))))}"
