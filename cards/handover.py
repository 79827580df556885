"""The form in which somebody else is chosen to decide."""

from cards.actions import HandOver, ShowMine
from cards.elements import Json, button, buttons, card, choice_input, line, person_input
from cards.phrases import TITLE, heading, note, origin
from cards.text import brief
from cards.view import View
from orchestration.model import Approval, Run

OF, TO = "of", "to"
"""The ids of the inputs."""


def card_of(approval: Approval, run: Run, view: View) -> Json:
    """Return the form; with several people asked, it also lets choose whose place it is."""
    title = "Who should decide instead?"
    body = [
        heading(title),
        line(brief(approval.title, TITLE)),
        note(origin(run)),
        *_whose(approval, view),
        person_input(TO, "Hand over to", error="Choose a person."),
        note("They are asked in that place. What was said so far stays."),
        buttons(
            [
                button("Hand over", HandOver(approval.run, approval.id), style="positive", inputs=True),
                button("Back", ShowMine(approval.run, approval.id)),
            ]
        ),
    ]
    return card(body, title)


def _whose(approval: Approval, view: View) -> list[Json]:
    places = approval.waits_for
    if len(places) < 2 or view.person in places:  # noqa: PLR2004 - one place needs no choice
        return []
    choices = [(view.called([person]), person) for person in places]
    return [choice_input(OF, "In place of", choices, error="Choose whose place it is.")]
