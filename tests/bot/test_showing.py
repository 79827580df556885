"""Cards follow their records while a step works, through trouble with Teams, and with two replicas."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.patience import Patience
from orchestration.agents.demo import DemoChatClient
from orchestration.book import showing
from orchestration.errors import StoreUnavailableError
from orchestration.model import RunStatus
from tests.fakes import teams
from tests.fakes.connector import Fault
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.stores import Between
from tests.fakes.teams import ALICE, BOB
from tests.fakes.workflows import Work, gated, plain

ASK = "run release-notes Faster search. Dark mode."


async def first_run(store):
    async with asyncio.timeout(10):
        while not (runs := await store.runs_of(teams.TENANT, ALICE.entra_id, 10)):
            await asyncio.sleep(0.02)
    return runs[0]


async def test_the_card_of_a_run_follows_a_cancel_while_a_step_still_works(store):
    async with signoff(store, client=DemoChatClient(delay=20)) as it:
        await it.say(ASK)
        await it.card("Running at step", "Stop")
        await it.say("cancel")
        card = await it.card("Stopped", within=4)
        assert "Stop" not in buttons(card)


async def test_a_first_card_that_was_throttled_appears_while_the_step_still_works(store):
    async with signoff(store, client=DemoChatClient(delay=20)) as it:
        it.teams.fail(Fault.throttled(1))
        await it.say(ASK)
        await it.card("Running at step", within=5)


async def test_status_brings_the_card_at_once_while_a_step_works(store):
    async with signoff(store, client=DemoChatClient(delay=20)) as it:
        await it.say(ASK)
        await it.card("Running at step")
        await it.say("status")
        await it.card("newer card", within=4)


async def test_cards_survive_a_channel_that_answers_503_for_a_while(store):
    async with signoff(store, patience=Patience(doubts=(timedelta(seconds=0.3),) * 8)) as it:
        it.teams.always = Fault(503, "ServiceUnavailable")
        await it.say(ASK)
        await asyncio.sleep(1.5)
        it.teams.always = None
        await it.card("Revision 1 of 5", "Approve", within=15)
        run = await first_run(store)
        await it.settled(run.key)
        assert not [card for card in (await store.read(run.key)).postings.values() if card.trouble]


async def test_asking_for_the_status_a_hundred_times_leaves_a_run_as_small_as_it_was(store):
    async with signoff(store) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        run = await first_run(store)
        await it.settled(run.key)
        before = len((await store.read(run.key)).postings)
        for _ in range(6):
            await it.say("status")
            await it.settled(run.key)
        assert len((await store.read(run.key)).postings) == before
        asked = [card for card in it.teams.cards(teams.personal()["id"]) if "Approve" in buttons(card)]
        assert len(asked) == 1
        await it.click(asked[0], "Approve")
        await it.card("Completed")


async def test_a_card_whose_arrival_is_known_is_not_posted_again_because_the_store_was_away(store):
    lost = []

    async def away(before, after):
        for card in after.postings.values():
            old = before and before.postings.get(card.id)
            if card.about == "review-1" and card.activity and not old.activity and len(lost) < 2:
                lost.append(card)
                raise StoreUnavailableError("away for a moment")

    quick = Patience(doubts=(timedelta(seconds=0.5),) * 8, after_error=timedelta(seconds=1))
    async with signoff(Between(store, before=away), patience=quick) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        run = await first_run(store)
        await it.settled(run.key)
        assert len(lost) == 2
        assert sum("Revision 1" in text_of(card) for card in it.teams.cards(teams.personal()["id"])) == 1


async def test_a_card_that_was_surely_not_sent_waits_out_no_doubt_because_the_store_was_away(store):
    lost = []

    async def away(before, after):
        for card in after.postings.values():
            old = before and before.postings.get(card.id)
            if card.about == "run" and card.activity and not old.activity and not lost:
                lost.append(card)
                raise StoreUnavailableError("away for a moment")

    gate = Work()
    quick = Patience(soon=timedelta(seconds=0.5), after_error=timedelta(seconds=0.5))
    async with signoff(Between(store, before=away), patience=quick, definitions=[gated(gate)]) as it:
        await it.say("run gated hello")
        await it.card("Go on?", "Approve", within=8)
        assert lost


async def test_cards_that_wait_are_due_for_others_two_seconds_later_if_this_process_dies(store):
    async with signoff(store) as it:
        it.teams.always = Fault.throttled(4)
        await it.say(ASK)
        run = await first_run(store)
        async with asyncio.timeout(5):
            while not (await store.read(run.key)).pending:
                await asyncio.sleep(0.02)
        await it.quiet()
        due = (await store.read(run.key)).run.due
        assert due < datetime.now(UTC) + timedelta(seconds=6.1)


async def test_a_card_that_another_replica_settled_meanwhile_is_shown_once_more(store):
    """Its own update may have overwritten the newer one: only showing it again makes it true for sure."""
    async with signoff(store) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        run = await first_run(store)
        await it.settled(run.key)
        old = next(card for card in (await store.read(run.key)).postings.values() if card.about == "run")
        await it.say("reject")
        await it.settled(run.key)
        book = await store.read(run.key)
        assert old.id not in book.postings
        late = showing.presented(book, replace(old, shown=old.wanted))
        assert not late.postings[old.id].settled


async def test_after_a_cancel_the_card_of_the_failure_offers_nothing_more(store):
    work = Work()

    def fail(_: str) -> None:
        raise RuntimeError("no")

    work.on["middle"] = fail
    async with signoff(store, definitions=[plain(work)]) as it:
        await it.say("run plain hello")
        await it.card("failed", "Resume")
        run = await first_run(store)
        await it.say(f"cancel {run.short_id}")
        card = await it.card("failed", "Stopped by Alice Admin")
        assert not {"Retry", "Resume"} & buttons(card).keys()


async def test_in_a_group_a_word_without_a_name_means_only_the_runs_of_that_group(store):
    where = teams.group()
    async with signoff(store) as it:
        await it.say("run release-notes Buy the other company.")
        await it.card("Revision 1 of 5")
        for word in ("status", "cancel"):
            await it.say(word, where=where)
        await it.told("There are no runs here yet.", where=where)
        await it.told("There is no run here to cancel.", where=where)
        assert not any("Buy" in text_of(card) for card in it.teams.cards(where["id"]))
        assert (await first_run(store)).status is RunStatus.WAITING


async def test_notices_cannot_be_ordered_into_a_private_chat(store):
    async with signoff(store) as it:
        await it.say("notify here", by=BOB, where=teams.personal(BOB))
        await it.told("Failure notices go to a channel or a group chat", where=teams.personal(BOB))
        assert not await store.notice_places(teams.TENANT)


@pytest.mark.parametrize("text", ["ok", "👍"])
async def test_a_word_that_could_mean_anything_decides_nothing(store, text):
    async with signoff(store) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        await it.say(text)
        await it.card("I read this as: Approve", "Nothing is recorded")
        assert len(await store.waiting_in(teams.TENANT, teams.personal()["id"], 10)) == 1
        assert (await first_run(store)).started < datetime.now(UTC)
