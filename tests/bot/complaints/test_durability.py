"""What users of other products suffered from waits that did not last, and runs that lost their way."""

import asyncio
from typing import Any

import pytest

from orchestration.approvals import Approvals, Ballot
from orchestration.errors import TransientError
from orchestration.messages import Question
from orchestration.model import Approval, Person, Verdict
from orchestration.ports import Store
from orchestration.rules import base
from tests.bot.complaints.scene import CAROLS, GROUP, HERS, HIS, TITLE, asked, live, met, pay, question
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.connector import FakeConnector, Fault
from tests.fakes.signoff import comment_on, signoff, text_of
from tests.fakes.stores import Between
from tests.fakes.teams import ALICE, BOB, CAROL
from tests.fakes.workflows import Ask, First, Gate, Last, Middle, Work, asking, chain, plain, together

BOBS = (BOB.entra_id,)
TWO = (BOB.entra_id, CAROL.entra_id)


class Idle:
    """The dispatcher of a process that dies before it does anything more."""

    async def submit(self, key: Any) -> None: ...

    async def wake(self, at: Any, key: Any) -> None: ...


async def die_deciding(store: Store, approval: Approval) -> None:
    """Bob approves, and the process that has stored it is gone before it lets the run go on."""
    dying = Approvals(store=store, people=store, dispatcher=Idle(), clock=MovableClock())
    by = Person(teams.TENANT, BOB.entra_id, BOB.name)
    await dying.decide(Ballot(approval.key, approval.id, Verdict.APPROVE, "", by, GROUP["id"], "click-1"))


# ---- restarts and timers ------------------------------------------------------------------------


async def test_a_half_answered_question_outlives_a_restart_and_is_answered_on_the_old_card(any_store):
    """Complaint 23: What waited was kept in memory; after a restart it was gone, or denied in silence."""
    how = {"definitions": [asking(pay(approvers=TWO, needed=2))], "connector": FakeConnector()}
    async with how["connector"]:
        async with signoff(any_store, **how) as it:
            card = await asked(it)
            await it.click(card, "Approve", {"comment": "mine is said"}, by=BOB, where=GROUP)
            await it.card("1 of 2 have approved", where=GROUP)
        async with signoff(any_store, **how) as it:
            assert live(it, GROUP)
            answer = await it.click(card, "Approve", by=CAROL, where=GROUP)
            assert "mine is said" in text_of(answer["value"])
            await it.card("✓ Approved", "mine is said", where=GROUP)
            await it.card("Completed", where=GROUP)


async def test_the_timers_of_a_question_end_with_it(any_store):
    """Complaint 24: A timer that was left over failed a run that had long been answered."""
    clock, work = MovableClock(), Work()
    rule = {"expires_after": 7200.0, "on_expiry": "fail", "remind_after": 3600.0, "escalate_after": 3600.0}
    ask = pay(
        approvers=TWO, escalate_to=((ALICE.entra_id,), ("bbbbbbbb-0000-4000-8000-000000000009",)), **rule
    )
    asks = lambda: First("first", work), lambda: Ask(work, ask), lambda: Gate("gate", work)
    twice = chain("asking", *asks, lambda: Last("last", work))
    async with signoff(any_store, definitions=[twice], clock=clock) as it:
        card = await asked(it)
        await it.click(card, "Approve", by=BOB, where=GROUP)
        later = await it.card("Go on?", "Approve", where=GROUP)
        clock.forward(hours=100)
        await it.say("status", where=GROUP)
        await it.card("Go on?", "Approve", where=GROUP)
        await it.click(later, "Approve", by=BOB, where=GROUP)
        await it.card("Completed", where=GROUP)
        (run,) = await any_store.runs_in(teams.TENANT, GROUP["id"], 2)
        told = [event.what for event in await any_store.history(run.key)]
    assert not {"reminded", "escalated", "timed out"} & {what.partition(":")[0] for what in told}


@pytest.mark.parametrize("then", ["reject", "fail"])
async def test_an_answer_in_time_counts_although_the_run_goes_on_only_after_the_time(any_store, then):
    """Complaint 24: The answer was there, but the timer was looked at first, and denied it."""
    clock, rule = MovableClock(), {"approvers": BOBS, "expires_after": 3600.0, "on_expiry": then}
    how = {"definitions": [asking(pay(**rule))], "connector": FakeConnector(), "clock": clock}
    async with how["connector"]:
        async with signoff(any_store, **how) as it:
            await asked(it)
            await it.quiet()
            approval = await question(it)
        await die_deciding(any_store, approval)
        clock.forward(days=2)
        async with signoff(any_store, **how) as it:
            await it.card("✓ Approved", "Bob Builder", without="Too late", where=GROUP)
            await it.card("Completed", where=GROUP)


async def test_an_answer_that_is_faster_than_the_card_is_kept(store):
    """Complaint 25: An answer that came before anybody waited for it was lost, and the run waited on."""
    async with signoff(store, definitions=[asking(pay())]) as it:
        it.teams.always = Fault.throttled(1)
        await it.say("run asking please", where=GROUP)
        async with asyncio.timeout(10):
            while not await store.waiting_in(teams.TENANT, GROUP["id"], 1):
                await asyncio.sleep(0.02)
        await it.say("approve", by=BOB, where=GROUP)
        it.teams.always = None
        await it.card("Completed", where=GROUP)
        await it.card("✓ Approved", "Bob Builder", where=GROUP)
        assert not live(it, GROUP)


async def test_a_click_counts_before_the_bot_has_noted_that_its_card_is_there(any_store):
    """Complaint 25: The click came in between sending the card and storing that, and found nothing."""
    clicked = asyncio.Event()

    async def slowly(before, after) -> None:
        new = [card for card in after.postings.values() if card.about == "ask-1" and card.activity]
        if new and not (before and before.postings[new[0].id].activity):
            await clicked.wait()

    async with signoff(Between(any_store, before=slowly), definitions=[asking(pay())]) as it:
        card = await asked(it)
        answer = await it.click(card, "Approve", by=BOB, where=GROUP)
        assert "✓ Approved" in text_of(answer["value"])
        clicked.set()
        await it.card("Completed", where=GROUP)
        await it.settled((await question(it)).key)
        assert not live(it, GROUP)


async def test_what_was_answered_just_before_a_crash_is_resumed_by_the_next_process(any_store):
    """Complaint 26: The answer was stored, but the run was never told and stayed as it was."""
    how = {"definitions": [asking(pay())], "connector": FakeConnector()}
    async with how["connector"]:
        async with signoff(any_store, **how) as it:
            await asked(it)
            await it.quiet()
            approval = await question(it)
        await die_deciding(any_store, approval)
        async with signoff(any_store, **how) as it:
            await it.card("✓ Approved", "Bob Builder", where=GROUP)
            await it.card("Completed", where=GROUP)
            assert not live(it, GROUP)


async def test_what_a_run_says_goes_where_it_was_started_whoever_lets_it_go_on_and_from_where(any_store):
    """Complaint 27: After the wait the reply had nowhere to go: the conversation was not kept."""
    there = teams.thread()
    how = {"definitions": [asking(pay(approvers=BOBS))], "connector": FakeConnector()}
    async with how["connector"]:
        async with signoff(any_store, **how) as it:
            await met(it, BOB)
            it.teams.members[base(there["id"])] = [teams.member(ALICE)]
            await asked(it, where=there)
            his = await it.card(TITLE, "Approve", where=HIS)
        async with signoff(any_store, **how) as it:
            await it.click(his, "Approve", by=BOB, where=HIS)
            await it.card("Completed", where=there)
            await it.card("✓ Approved", "Bob Builder", where=there)
            assert not [card for card in it.teams.cards(HIS["id"]) if "Completed" in text_of(card)]


# ---- which run, and how often -------------------------------------------------------------------


async def test_of_many_runs_of_a_workflow_exactly_the_one_that_was_answered_goes_on(any_store):
    """Complaint 28: The answer was not matched to its request: another run went on, or a new one began."""
    work = Work()
    rooms = {words: teams.group(f"19:{words}@thread.v2") for words in ("Apples", "Pears", "Plums")}
    how = {"definitions": [asking(pay(), work)], "connector": FakeConnector()}
    async with how["connector"]:
        async with signoff(any_store, **how) as it:
            cards = [await asked(it, words=words, where=room) for words, room in rooms.items()]
        async with signoff(any_store, **how) as it:
            await it.click(cards[1], "Approve", by=BOB, where=rooms["Pears"])
            await it.card("Asking: Pears", "Completed", where=rooms["Pears"])
            await it.quiet()
            for words in ("Apples", "Plums"):
                assert (await question(it, rooms[words])).pending
    assert work.done.count("first") == 3
    assert work.done.count("last") == 1


async def test_a_step_that_fails_in_passing_is_tried_again_later_also_by_another_process(store):
    """Complaint 29: There was no pause and no second try; a service that was away for a moment ended runs."""
    clock, work = MovableClock(), Work()

    def away(_: str) -> None:
        raise TransientError("The address book is busy.")

    work.on["middle"] = away
    how = {"definitions": [plain(work)], "connector": FakeConnector(), "clock": clock}
    async with how["connector"]:
        async with signoff(store, **how) as it:
            await it.say("run plain hello")
            await it.card("Trying again at step 2 of 3", "It is tried again by itself")
        work.on.clear()
        clock.forward(minutes=1)
        async with signoff(store, **how) as it:
            await it.card("Completed")
    assert work.done.count("first") == 1


async def test_no_step_before_an_answer_is_done_again_because_of_it(any_store):
    """Complaint 32: When a run asked twice, everything before the second question was done twice."""
    work = Work()
    steps = (First, "first"), (Gate, "one"), (Middle, "middle"), (Gate, "two"), (Last, "last")
    twice = chain("twice", *(lambda kind=kind, name=name: kind(name, work) for kind, name in steps))
    how = {"definitions": [twice], "connector": FakeConnector()}
    async with how["connector"]:
        async with signoff(any_store, **how) as it:
            await it.say("run twice hello")
            await it.click(await it.card("Go on?", "Approve"), "Approve")
            await it.card("✓ Approved")
            await it.card("Waiting for an answer at step 4 of 5")
            second = await it.card("Go on?", "Approve", without="✓ Approved")
        async with signoff(any_store, **how) as it:
            await it.click(second, "Approve")
            await it.card("Completed")
    assert work.done == ["first", "one answered", "middle", "two answered", "last"]


@pytest.mark.parametrize("order", [("Legal?", "Money?"), ("Money?", "Legal?")], ids=" ".join)
async def test_a_step_that_asks_twice_is_not_done_again_after_the_first_answer(any_store, order):
    """Complaint 32: A step with two questions began anew after the first answer, and asked both again."""
    work = Work()
    both = together(work, Question("Legal?", "Legal?"), Question("Money?", "Money?"))
    async with signoff(any_store, definitions=[both]) as it:
        await it.say("run together hello", where=GROUP)
        for title, person in zip(order, (BOB, CAROL), strict=True):
            card = await it.card(title, "Approve", where=GROUP)
            await it.click(card, "Approve", by=person, where=GROUP)
            await it.card(title, "✓ Approved", person.name, where=GROUP)
        await it.card("Completed", where=GROUP)
        assert not live(it, GROUP)
    assert sorted(work.done) == ["Legal?", "Money?", "first", "together"]


# ---- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["please make it shorter", "run it by Bob first", "yes, but only for Berlin"]
)
async def test_words_below_a_question_start_nothing_and_are_read_back_before_they_count(store, words):
    """Complaint 33: A typed reply began a new run in place of answering the one that asked."""
    async with signoff(store, definitions=[asking(pay())]) as it:
        await asked(it)
        await it.say(words, by=BOB, where=GROUP)
        if words.startswith("run "):
            await it.told("There is no workflow called", where=GROUP)
        else:
            card = await it.card("Bob Builder, I read this as", where=GROUP)
            assert comment_on(card) == words
        assert len(await store.runs_in(teams.TENANT, GROUP["id"], 5)) == 1
        assert (await question(it)).votes == ()


async def test_the_text_of_a_new_run_answers_nothing(store):
    """Complaint 33: The other way round: the words for a new run were taken for the answer."""
    async with signoff(store, definitions=[asking(pay())]) as it:
        await asked(it)
        await it.say("run asking approve", where=GROUP)
        await it.card("Asking: approve", "Waiting for an answer", where=GROUP)
        waiting = await store.waiting_in(teams.TENANT, GROUP["id"], 10)
        assert [approval.votes for approval in waiting] == [(), ()]


async def test_a_reply_where_nothing_was_asked_starts_and_answers_nothing(store):
    """Complaint 33: Words in another chat answered whatever was open somewhere."""
    async with signoff(store, definitions=[asking(pay())]) as it:
        await asked(it)
        for person, where in ((BOB, HIS), (CAROL, CAROLS), (ALICE, HERS)):
            await it.say("approve", by=person, where=where)
            await it.told("Nothing waits for an answer here", where=where)
        assert (await question(it)).votes == ()
