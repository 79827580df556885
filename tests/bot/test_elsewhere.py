"""Conversations that nothing reaches any more: who gets their cards, and who may decide there."""

import asyncio

from tests.fakes import teams
from tests.fakes.connector import Fault
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE
from tests.fakes.workflows import Work, gated, plain

GROUP = teams.group()
HERS, HIS, CAROLS, DAVES = (teams.personal(person) for person in (ALICE, BOB, CAROL, DAVE))
DECIDING = {"Approve", "Request changes", "Reject"}
WHY = "This is shown here because the chat where it belongs cannot be reached."
APPROVERS = f"{BOB.entra_id},{CAROL.entra_id}"
GONE = Fault(403, "BotNotInConversationRoster")


async def met(it, *people):
    """Let people talk to the bot in their own chats once, and then close the group."""
    for person in people:
        await it.say("help", by=person, where=teams.personal(person))
    await it.quiet()
    it.teams.closed[GROUP["id"]] = GONE


async def at_rest(it):
    """Wait until nothing of the newest run in the group is to be shown, and return its book."""
    run = (await it.store.runs_in(teams.TENANT, GROUP["id"], 1))[0]
    async with asyncio.timeout(10):
        while (book := await it.store.read(run.key)).has_work or book.unsettled:
            await asyncio.sleep(0.05)
    return book


def asked_in(it, where):
    return [card for card in it.teams.cards(where["id"]) if DECIDING & buttons(card).keys()]


async def test_a_question_goes_to_the_approvers_chats_and_is_decided_there_by_nobody_else(any_store):
    async with signoff(any_store, definitions=[gated(Work())], SIGNOFF_APPROVERS=APPROVERS) as it:
        await met(it, ALICE, BOB, CAROL, DAVE)
        await it.say("run gated hello", where=GROUP)
        card = await it.card("Go on?", WHY, where=HIS)
        await it.card("Go on?", WHY, where=CAROLS)
        await it.card("Gated", "Waiting for an answer", WHY, where=HERS)
        for person, why in ((ALICE, "somebody else has to decide"), (DAVE, "not one of the approvers")):
            answer = await it.click(card, "Approve", by=person, where=teams.personal(person))
            assert why in answer["value"]
        answer = await it.click(card, "Approve", by=BOB, where=HIS)
        assert "Bob Builder" in text_of(answer["value"])
        await it.card("Go on?", "Bob Builder", WHY, where=CAROLS)
        await it.card("Completed", "yes", WHY, where=HERS)
        await it.quiet()
        for where in (HERS, HIS, CAROLS, DAVES):
            assert not asked_in(it, where)
        assert not it.teams.messages(GROUP["id"])
        assert len(it.teams.cards(HIS["id"])) == 2  # help, and the question


async def test_a_reply_in_the_approvers_chat_decides(store):
    async with signoff(store, definitions=[gated(Work())], SIGNOFF_APPROVERS=APPROVERS) as it:
        await met(it, ALICE, BOB)
        await it.say("run gated hello", where=GROUP)
        await it.card("Go on?", where=HIS)
        await it.say("approve", by=DAVE, where=DAVES)
        await it.told("Nothing waits for an answer here", where=DAVES)
        await it.say("approve", by=BOB, where=HIS)
        await it.told("Approved.", where=HIS)
        await it.card("Completed", where=HERS)


async def test_without_named_approvers_only_the_requester_can_decide_in_their_own_chat(store):
    async with signoff(store, definitions=[gated(Work())]) as it:
        await met(it, ALICE, BOB)
        await it.say("run gated hello", where=GROUP)
        card = await it.card("Go on?", WHY, where=HERS)
        answer = await it.click(card, "Approve", by=BOB, where=HIS)
        assert "where it was asked" in answer["value"]
        assert not asked_in(it, HIS)
        await it.click(card, "Approve", where=HERS)
        await it.card("Completed", where=HERS)


async def test_if_no_approver_is_known_the_requester_learns_that_the_question_waits(store):
    async with signoff(store, definitions=[gated(Work())], SIGNOFF_APPROVERS=APPROVERS) as it:
        await met(it, ALICE, DAVE)
        await it.say("run gated hello", where=GROUP)
        await it.card("Go on?", "Only the 2 named approvers", WHY, where=HERS)


async def test_a_failure_is_told_to_the_requester_who_can_resume_there(store):
    work = Work()

    def fail(_: str) -> None:
        raise RuntimeError("no")

    work.on["middle"] = fail
    async with signoff(store, definitions=[plain(work)]) as it:
        await met(it, ALICE, BOB)
        await it.say("run plain hello", where=GROUP)
        card = await it.card("failed at step 2", "Resume", WHY, where=HERS)
        work.on.clear()
        await it.click(card, "Resume", where=HERS)
        await it.card("middle was here", WHY, where=HERS)
        await it.card("failed at step 2", "Resumed by Alice Admin", WHY, where=HERS)
        assert len(it.teams.cards(HIS["id"])) == 1


async def test_a_bot_removed_while_a_question_waits_asks_elsewhere_once(store):
    async with signoff(store, definitions=[gated(Work())], SIGNOFF_APPROVERS=BOB.entra_id) as it:
        await it.say("run gated hello", where=GROUP)
        await it.card("Go on?", where=GROUP)
        await it.card("Waiting for an answer", where=GROUP)
        await met(it, ALICE, BOB)
        for _ in range(2):
            await it.say("status", where=GROUP)
            await it.card("Go on?", WHY, where=HIS)
            await at_rest(it)
        assert len(asked_in(it, HIS)) == 1
        run = (await at_rest(it)).run
        await it.say(f"status {run.short_id}", by=BOB, where=HIS)
        await it.card("newer card", where=HIS)
        await it.quiet()
        assert len(asked_in(it, HIS)) == 1
        assert not asked_in(it, HERS)


async def test_without_a_known_chat_the_cards_stay_in_trouble_and_nothing_else_happens(store):
    async with signoff(store, definitions=[gated(Work())], SIGNOFF_APPROVERS=APPROVERS) as it:
        await met(it, DAVE)
        sent = it.teams.tried
        await it.say("run gated hello", where=GROUP)
        while not (book := await at_rest(it)).pending:
            await asyncio.sleep(0.05)
        assert {card.trouble for card in book.postings.values()} == {"403 BotNotInConversationRoster"}
        assert len(book.postings) == 2
        assert it.teams.tried == sent + 2
        assert book.approvals["gate-1"].elsewhere == ()


async def test_where_the_other_chat_is_dead_too_the_cards_stay_in_trouble(store):
    async with signoff(store, definitions=[gated(Work())], SIGNOFF_APPROVERS=BOB.entra_id) as it:
        await met(it, ALICE, BOB)
        for where in (HERS, HIS):
            it.teams.closed[where["id"]] = GONE
        sent = it.teams.tried
        await it.say("run gated hello", where=GROUP)
        while len((book := await at_rest(it)).postings) < 4:
            await asyncio.sleep(0.05)
        assert all(card.trouble for card in book.postings.values())
        assert {card.conversation for card in book.postings.values()} == {
            where["id"] for where in (GROUP, HERS, HIS)
        }
        await asyncio.sleep(1)
        assert it.teams.tried == sent + 4
