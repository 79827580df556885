"""How it stands with somebody's absence, and a form to say it."""

from cards.actions import EndAbsence, SetAway
from cards.elements import Json, button, buttons, card, line, person_input
from cards.fields import DEPUTY, UNTIL
from cards.inputs import day, said
from cards.phrases import heading


def form(standing: str, *, away: bool) -> Json:
    """Return the card: a sentence, the last day, who answers meanwhile."""
    back = [button("I am back", EndAbsence())] if away else []
    body = [
        heading("Being away"),
        line(standing),
        day(UNTIL, said("Away until the end of", error="Choose the last day.", required=True), value=""),
        person_input(DEPUTY, "Who answers for you", error="Choose a person."),
        buttons([button("Save", SetAway(), style="positive", inputs=True), *back]),
    ]
    return card(body, standing)
