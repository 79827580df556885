"""What users of other products suffered from cards that say or offer what is not so."""

import asyncio
import json

import pytest

from orchestration.messages import TOOL, Question
from tests.bot.complaints.scene import (
    CAROLS,
    DECIDING,
    GROUP,
    HERS,
    HIS,
    TITLE,
    asked,
    live,
    met,
    pay,
    question,
    slow,
)
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE
from tests.fakes.workflows import Work, asking

TWO = (BOB.entra_id, CAROL.entra_id)
ENDS = {
    "click": "✓ Approved",
    "reply": "✗ Rejected",
    "withdraw": "Withdrawn",
    "cancel": "Withdrawn",
    "time": "Too late",
}


async def end(it, how: str, clock: MovableClock) -> None:
    """Let the question end in one of the ways there are."""
    if how == "time":
        clock.forward(hours=80)
    elif how == "click":
        await it.click(live(it, HIS)[-1], "Approve", by=BOB, where=HIS)
    elif how == "reply":
        await it.say("reject", by=BOB, where=GROUP)
    else:
        await it.say(how, where=GROUP)


@pytest.mark.parametrize("how", ENDS)
async def test_when_a_question_has_ended_no_copy_of_its_card_has_buttons_any_more(any_store, how):
    """Complaint 18: After an answer or the end of time elsewhere, the buttons stayed, and lied."""
    clock = MovableClock()
    rule = {"approvers": TWO, "expires_after": 3 * 86_400.0, "remind_after": 86_400.0}
    async with signoff(any_store, definitions=[asking(pay(**rule))], clock=clock) as it:
        it.teams.members[GROUP["id"]] = [teams.member(person) for person in (ALICE, DAVE)]
        await met(it, ALICE, BOB, CAROL)
        await asked(it)
        places = (GROUP, HIS, CAROLS)
        clock.forward(hours=25)
        for where in places:
            await it.card("This is a reminder.", where=where)
            await it.card("newer card", where=where)
        await end(it, how, clock)
        for where in places:
            await it.card(TITLE, ENDS[how], where=where)
        await it.settled((await question(it)).key)
        assert not [card for where in (*places, HERS) for card in live(it, where)]
        late = await it.click(_old(it), "Approve", by=CAROL, where=CAROLS)
        assert ENDS[how] in text_of(late["value"])
        assert not DECIDING & buttons(late["value"]).keys()


def _old(it):
    """The card as it was first posted, which a client that was not updated still shows."""
    return next(one.card for one in it.teams.posts if one.card and "Approve" in buttons(one.card))


async def test_a_question_of_a_run_that_failed_offers_nothing_until_it_can_be_answered_again(store):
    """Complaint 18: Buttons of a run that had broken off led nowhere."""
    rule = {"approvers": TWO, "expires_after": 3600.0, "on_expiry": "fail"}
    clock = MovableClock()
    async with signoff(store, definitions=[asking(pay(**rule))], clock=clock) as it:
        card = await asked(it)
        clock.forward(hours=2)
        await it.card(TITLE, "Too late", "so the run failed", where=GROUP)
        await it.settled((await question(it)).key)
        assert not live(it, GROUP)
        answer = await it.click(card, "Approve", by=BOB, where=GROUP)
        assert "Too late" in text_of(answer["value"])


async def test_approved_and_done_are_two_things_and_both_are_shown(store):
    """Complaint 20: A card said that it was done at the click, and the work behind it failed."""
    work = Work()
    async with signoff(store, definitions=[slow(work)]) as it:
        await it.say("run slow hello")
        card = await it.card("Go on?", "Approve")
        await it.card("Waiting for an answer at step 2 of 4")
        await it.click(card, "Approve")
        await it.card("✓ Approved")
        await it.card("Running at step 3 of 4")
        assert not [card for card in it.teams.cards(HERS["id"]) if "Completed" in text_of(card)]
        work.let_go.set()
        await it.card("Completed")


async def test_two_questions_can_be_told_apart_on_cards_in_lists_and_in_notifications(store):
    """Complaint 21: Two requests looked the same, and the wrong one was approved."""
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        for words in ("Apples", "Pears"):
            await it.say(f"run asking {words}", where=GROUP)
            await it.card(f"Asking: {words}", "Waiting for an answer", where=GROUP)
        runs = await store.runs_in(teams.TENANT, GROUP["id"], 10)
        await it.quiet()
        bodies = [body for body in it.teams.messages(GROUP["id"]).values() if body.get("attachments")]
        said = [body for body in bodies if "Approve" in buttons(body["attachments"][0]["content"])]
        assert len(said) == 2
        for run in runs:
            (body,) = [each for each in said if run.short_id in each["summary"]]
            assert run.short_id in text_of(body["attachments"][0]["content"])
        await it.say("inbox", by=BOB, where=HIS)
        listed = text_of(await it.card("Waiting for you", where=HIS))
        assert all(listed.count(run.short_id) >= 2 for run in runs)  # in its line and beside its box
        await it.say("approve", by=BOB, where=GROUP)
        which = text_of(await it.card("Which question do you mean?", where=GROUP))
        assert all(run.short_id in which for run in runs)


async def test_what_would_be_done_is_on_the_card_with_every_argument(store):
    """Complaint 21: The card named the tool and not what it would do, so people approved blindly."""
    call = {
        "to": "ACME Ltd",
        "amount": 90,
        "account": {"iban": "DE02 1203", "owner": "Alice"},
        "urgent": False,
    }
    ask = Question("Send money?", "", kind=TOOL, subject="transfer", proposed=json.dumps(call))
    async with signoff(store, definitions=[asking(ask)]) as it:
        await it.say("run asking please", where=GROUP)
        card = await it.card("Send money?", "Transfer with these values:", where=GROUP)
        shown = text_of(card)
    for words in ("ACME Ltd", "90", "DE02 1203", "Alice", "amount", "iban", "urgent"):
        assert words.casefold() in shown.casefold()


async def test_asking_for_a_card_again_and_again_leaves_one_that_can_be_used(store):
    """Complaint 22: A request was sent again in a loop, and each copy could be approved."""
    work = Work()
    async with signoff(store, definitions=[asking(pay(), work)]) as it:
        await asked(it)
        (run,) = await store.runs_in(teams.TENANT, GROUP["id"], 2)
        for _ in range(4):
            await it.say("status", where=GROUP)
            await it.settled(run.key)
        (card,) = live(it, GROUP)
        stored = {each.activity for each in (await store.read(run.key)).postings.values() if not each.retired}
        assert stored <= it.teams.messages(GROUP["id"]).keys()  # what was posted is known by its id
        olds = [one.card for one in it.teams.posts if one.card and "Approve" in buttons(one.card)]
        await asyncio.gather(*(it.click(old, "Approve", by=BOB, where=GROUP) for old in (*olds, card)))
        await it.card("Completed", where=GROUP)
        assert work.done.count("answered") == 1
        await it.settled(run.key)
        assert not live(it, GROUP)
