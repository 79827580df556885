"""A whole long text, one page at a time, in the place of the card that shows only its beginning."""

from cards.actions import ShowCard, ShowPage
from cards.elements import Json, box, button, buttons, card
from cards.passage import blocks
from cards.phrases import heading, note, short
from cards.text import brief, pages, sentences
from orchestration.model import RUN_CARD, Run

INPUT = "input"
"""The text that a run was started with; its card is that of the run."""

ROOM = 8000
"""Bytes of card JSON on one page: on a phone that is already five screens."""


def page(run: Run, name: str, title: str, text: str, number: int) -> Json:
    """Return page `number`, counted from 1, of the text called `name`; beyond the last it is the last."""
    split = list(pages(text, ROOM))
    number = min(max(number, 1), len(split))
    where = f"Page {number} of {len(split)}, run {short(run.id)}"
    body = [heading(title), note(where), *_text(split[number - 1]), _ways(run, name, number, len(split))]
    return card(body, sentences(brief(title, 240), where))


def _text(lines: list[str]) -> list[Json]:
    return [box(shown, style="emphasis", spacing="Medium")] if (shown := blocks(lines)) else []


def _ways(run: Run, name: str, number: int, last: int) -> Json:
    ways = [button("Previous", ShowPage(run.id, name, number - 1))] if number > 1 else []
    if number < last:
        ways.append(button("Next", ShowPage(run.id, name, number + 1)))
    return buttons([*ways, button("Back to card", ShowCard(run.id, RUN_CARD if name == INPUT else name))])
