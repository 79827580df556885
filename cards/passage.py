"""A long text on a card: in full if it fits, else its beginning and a button that shows all of it."""

from collections.abc import Callable, Sequence

from cards.actions import ShowPage
from cards.elements import LIMIT, Json, box, button, buttons, card, line, size, text_run
from cards.phrases import WHOLE
from cards.text import pages, shown

EXCERPT = 4000
"""Bytes of a text that does not fit: about one screen, so that the buttons stay near."""
SPARE = 300
"""Bytes that stay free for the line of cards.elsewhere."""
GLIMPSE = 800
"""Bytes of a text that is no longer the point of its card."""
TITLE = 40
"""Characters of a line that may be the title of a section."""

Drawn = Callable[[Sequence[str]], list[Json]]
"""Makes one element of each line."""


def around(
    text: str,
    *,
    above: Sequence[Json],
    below: Sequence[Json],
    middle: Sequence[Json] = (),
    whole: ShowPage,
    summary: str,
    most: int = LIMIT,
    cut: bool = False,
    drawn: Drawn | None = None,
) -> Json:
    """A card with the text, then `middle`; `cut`: something else on it was shortened, too.

    `drawn` makes elements of its lines; else they are blocks.
    """
    more = buttons([button(WHOLE, whole)], spacing="Small")
    frame = card([*above, box([], style="emphasis"), more, *middle, *below], summary)
    begun, rest = _fitting(text, min(most, max(LIMIT - SPARE - size(frame), GLIMPSE)), drawn or blocks)
    shown = [box(begun, style="emphasis", spacing="Medium")] if begun else []
    return card([*above, *shown, *([more] if rest or cut else []), *middle, *below], summary)


def blocks(lines: Sequence[str]) -> list[Json]:
    """One element per line: clients do not agree on what a newline inside an element is."""
    parts, blank = list[Json](), False
    for text in lines:
        if text:
            parts.append(line(text, spacing="Medium" if blank and parts else "None"))
        blank = not text
    return parts


def sections(lines: Sequence[str]) -> list[Json]:
    """The same, with the titles of sections in bold: short lines that open a paragraph of several."""
    parts, before = list[Json](), ""
    for text, after in zip(lines, [*lines[1:], ""], strict=True):
        titles = not before and bool(after) and len(text) <= TITLE and text[-1:].isalnum()
        if text:
            run = text_run(text, bold=True) if titles else text
            parts.append(line(run, spacing="None" if before or not parts else "Medium"))
        before = text
    return parts


def quoted(text: str, room: int, drawn: Drawn = blocks) -> tuple[list[Json], bool]:
    """Return the beginning of a text, and whether there is more of it."""
    first, *more = pages(text, room)
    return [*drawn(first), *([line(text_run("…", subtle=True), spacing="None")] if more else [])], bool(more)


def _fitting(text: str, room: int, drawn: Drawn) -> tuple[list[Json], bool]:
    text = shown(text)
    if len(text) < room:
        whole, more = quoted(text, room, drawn)
        if not more:
            return whole, False
    return quoted(text[: 2 * EXCERPT], min(room, EXCERPT), drawn)[0], True
