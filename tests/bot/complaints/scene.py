"""What the complaints have in common: an invoice to pay, a group, people, and looks at what came of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from orchestration.messages import Question, Rule
from orchestration.model import Approval
from orchestration.workflows.definition import Definition
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.signoff import Json, Signoff, buttons
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE, Person
from tests.fakes.workflows import First, Gate, Held, Last, Work, chain

GROUP = teams.group()
HERS, HIS, CAROLS, DAVES = (teams.personal(person) for person in (ALICE, BOB, CAROL, DAVE))
DECIDING = {"Approve", "Request changes", "Reject", "Choose"}
TITLE = "Pay the invoice?"


def pay(**rule: Any) -> Question:
    """The question; it may be decided by whom the rule says."""
    return Question(TITLE, "Invoice 7, 90 EUR", rule=Rule(**rule))


def slow(work: Work) -> Definition:
    """A workflow whose step after the answer works until the test lets it go."""
    steps = (First, "first"), (Gate, "gate"), (Held, "held"), (Last, "last")
    return chain("slow", *(lambda kind=kind, name=name: kind(name, work) for kind, name in steps))


async def asked(it: Signoff, *, by: Person = ALICE, where: Json = GROUP, words: str = "please") -> Json:
    """Start a run that asks, and return the card of its question."""
    await it.say(f"run asking {words}", by=by, where=where)
    return await it.card(TITLE, "Approve", where=where)


async def question(it: Signoff, where: Json = GROUP) -> Approval:
    """The newest question of the newest run in a conversation, as it is stored."""
    run = (await it.store.runs_in(teams.TENANT, where["id"], 1))[0]
    return (await it.store.approvals(run.key))[-1]


def live(it: Signoff, where: Json) -> list[Json]:
    """The cards in a conversation on which somebody could still decide."""
    return [card for card in it.teams.cards(where["id"]) if DECIDING & buttons(card).keys()]


async def met(it: Signoff, *people: Person) -> None:
    """Let people talk to the bot in their own chats once."""
    for person in people:
        await it.say("help", by=person, where=teams.personal(person))


def on_a_friday_afternoon() -> MovableClock:
    """A clock that stands at 16:00 UTC on a Friday still to come."""
    clock, now = MovableClock(), datetime.now(UTC)
    friday = (now + timedelta(days=(4 - now.weekday()) % 7 + 7)).replace(hour=16, minute=0, second=0)
    clock.forward(seconds=(friday - now).total_seconds())
    return clock
