"""A turn of a conversation that is over, in a few lines: a long conversation must not flood the chat."""

from cards.actions import ShowPage
from cards.elements import Json, button, buttons, card, line, text_run
from cards.phrases import WHOLE, name, short
from cards.text import brief, sentences
from orchestration.messages import SKIP
from orchestration.model import Approval, Decision, Run, Verdict

SAID, ANSWERED = 100, 200
"""Bytes of what was said, and of the answer."""


def turn(approval: Approval, run: Run, decision: Decision) -> Json:
    """Return what was said and answered, on one card; all of it is a page."""
    said, more_said = _short(approval.text, SAID)
    answer, more_answered = _short(decision.comment, ANSWERED)
    title, who = brief(approval.title, 120), name(decision.by)
    left = "went on without an answer" if SKIP in approval.options else "ended the conversation"
    last = f"{who} {left}{': ' if answer else '.'}" if decision.verdict is Verdict.REJECT else f"{who}: "
    body = [
        line(text_run(_before(title, said), bold=True, subtle=True), text_run(said, subtle=True)),
        line(text_run(last, bold=True), text_run(answer), spacing="None"),
    ]
    if more_said or more_answered:
        body.append(buttons([button(WHOLE, ShowPage(run.id, approval.id))], spacing="Small"))
    return card(body, sentences(f"{title}, answered by {who}", f"Run {short(run.id)}"))


def _before(title: str, said: str) -> str:
    ended = title.endswith(("?", ".", "!", ":"))
    return f"{title}{' ' if ended else ': '}" if said else title


def _short(text: str, limit: int) -> tuple[str, bool]:
    """Return the beginning of a text, and whether there is more of it."""
    shown = brief(text, limit)
    return shown, len(" ".join(text.split())) > len(shown)
