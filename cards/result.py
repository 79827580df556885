"""The card with what a run ended with."""

from cards.actions import ShowPage
from cards.elements import Json, line, text_run
from cards.passage import around, sections
from cards.phrases import demo, heading, note, origin, short, subject
from cards.text import brief, moment, sentences
from orchestration.model import RESULT_CARD, Run


def card(run: Run, text: str) -> Json:
    """Return the card of the run's result, `text`."""
    done = text_run("✓ Completed", bold=True, color="Good")
    when = f", {moment(run.ended, run.zone)}" if run.ended else ""
    return around(
        text,
        above=[heading(subject(run)), line(done, text_run(when), spacing="Small"), note(origin(run))],
        below=demo(run),
        whole=ShowPage(run.id, RESULT_CARD),
        drawn=sections,
        summary=sentences("Completed", brief(subject(run), 300), f"Run {short(run.id)}"),
    )
