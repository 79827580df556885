"""Whatever people, timers and restarts do, and when: a question ends once, and every card says so."""

import asyncio
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.messages import Question, Rule
from storage.sqlite import SqliteStore
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.connector import FakeConnector
from tests.fakes.signoff import buttons, clicked, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE
from tests.fakes.workflows import Work, asking

GROUP = teams.group()
PEOPLE = (ALICE, BOB, CAROL, DAVE)
ENDS = {
    "approved": "✓ Approved",
    "rejected": "✗ Rejected",
    "changes requested": "↻ Changes requested",
    "cancelled": "Withdrawn",
    "timed out": "Too late",
}

deeds = st.one_of(
    st.tuples(st.sampled_from(["Approve", "Reject", "Request changes"]), st.sampled_from(PEOPLE)),
    st.tuples(st.sampled_from(["approve", "reject", "remind", "withdraw"]), st.sampled_from(PEOPLE)),
    st.tuples(st.just("hand over"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("time"), st.sampled_from([5, 30, 90])),
)
rounds = st.lists(st.lists(deeds, min_size=1, max_size=4), min_size=1, max_size=5)
rules = st.builds(
    Rule,
    approvers=st.sampled_from([(), (BOB.entra_id,), (BOB.entra_id, CAROL.entra_id)]),
    needed=st.sampled_from([1, 1, 2]),
    expires_after=st.sampled_from([0.0, 3600.0]),
    on_expiry=st.sampled_from(["approve", "reject"]),
    remind_after=st.sampled_from([0.0, 1200.0]),
    escalate_after=st.sampled_from([0.0, 1800.0]),
    escalate_to=st.just(((DAVE.entra_id,),)),
).filter(lambda rule: not rule.approvers or rule.needed <= len(rule.approvers))


class Story:
    """A question, the people around it, and a bot that is sometimes another one."""

    def __init__(self, it, clock: MovableClock) -> None:
        self._it, self._clock, self._dice = it, clock, random.Random(7)  # noqa: S311 - repeatable

    async def do(self, what: str, whose) -> None:
        if what == "time":
            self._clock.forward(minutes=whose)
            return
        for activity in 2 * [self._activity(what, whose)]:
            if activity:
                await self._it.send(activity)

    def _activity(self, what: str, person):
        asked = [card for card in self._it.teams.cards(GROUP["id"]) if "More" in buttons(card)]
        if what.islower() and what != "hand over":
            return teams.message(what, by=person, where=GROUP)
        if not asked:
            return None
        if what == "hand over":
            card, inputs = _as_form(asked[-1]), {"to": self._dice.choice(PEOPLE).entra_id}
            return clicked(card, "Hand over", inputs, by=person, where=GROUP)
        return clicked(asked[-1], what, {"comment": "why"}, by=person, where=GROUP)


def _as_form(card):
    """What the form of handing over sends, without asking for it first."""
    data = buttons(card)["More"]["data"]
    action = {"type": "Action.Execute", "title": "Hand over", "verb": "hand-over", "data": data}
    return {"body": [{"type": "ActionSet", "actions": [action]}]}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rules, rounds, st.booleans())
async def test_each_question_ends_exactly_once_and_every_card_shows_that_end(rule, told, restarts):
    clock, work, connector = MovableClock(), Work(), FakeConnector()
    store = SqliteStore(":memory:")
    await store.open()
    question = Question("Pay the invoice?", "90 EUR", rule=rule)
    how = {"definitions": [asking(question, work)], "clock": clock, "connector": connector}
    async with connector:
        async with signoff(store, **how) as it:
            await it.say("run asking please", where=GROUP)
            await it.card("Pay the invoice?", where=GROUP)
            for deeds_at_once in told:
                story = Story(it, clock)
                await asyncio.gather(*(story.do(*deed) for deed in deeds_at_once))
        if restarts:
            clock.forward(minutes=1)
        async with signoff(store, **how) as it:
            await it.say("withdraw", where=GROUP)
            (run,) = await store.runs_in(teams.TENANT, GROUP["id"], 2)
            async with asyncio.timeout(15):
                while not (await store.read(run.key)).run.over:
                    await asyncio.sleep(0.01)
            await it.settled(run.key)
            await _inspect(it, store, run.key, work)
    await store.close()


async def _inspect(it, store, key, work: Work) -> None:
    (approval,) = await store.approvals(key)
    ended = [
        event.what
        for event in await store.history(key)
        if event.what.startswith(("decided", "timed out", "withdrawn"))
    ]
    assert len(ended) == 1, ended
    assert not approval.pending
    assert len({vote.by.id for vote in approval.votes}) == len(approval.votes)
    assert work.done.count("answered") == (approval.decision is not None)
    about = [card for card in it.teams.cards(GROUP["id"]) if _asks(card, approval.title)]
    assert about
    for card in about:
        assert not {"Approve", "Reject"} & buttons(card).keys()
        assert ENDS[approval.status] in text_of(card) or "newer card" in text_of(card)


def _asks(card, title: str) -> bool:
    return title in text_of(card) and "I read this as" not in text_of(card)
