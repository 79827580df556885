"""When a step fails: the cards, the channel that gets notices, Retry and Resume."""

import asyncio
import time

from tests.fakes import teams
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL
from tests.fakes.workflows import Work, plain

CHANNEL = teams.thread(root="7")
NOTICES = {**CHANNEL, "id": CHANNEL["id"].split(";")[0]}


def broken() -> Work:
    work = Work()

    def fail(_: str) -> None:
        raise RuntimeError("The mail server said [no](https://evil.example). " + "More of it. " * 40)

    work.on["middle"] = fail
    return work


async def test_within_five_seconds_the_failure_is_told_here_and_in_the_channel_for_notices(any_store):
    async with signoff(any_store, definitions=[plain(broken())]) as it:
        await it.say("notify here", by=CAROL, where=CHANNEL)
        await it.told("Failure notices", where=CHANNEL)
        await it.say("run plain hello")
        began = time.monotonic()
        for where in (teams.personal(), NOTICES):
            card = await it.card(
                "failed at step 2 of 3: Middle", "The mail server said", where=where, within=5
            )
            assert {"Retry", "Resume"} <= buttons(card).keys()
            assert "…" in text_of(card)
        assert time.monotonic() - began < 5


async def test_resume_goes_on_where_it_stopped_and_closes_every_failure_card(store):
    work = broken()
    async with signoff(store, definitions=[plain(work)]) as it:
        await it.say("notify here", where=CHANNEL)
        await it.say("run plain hello")
        card = await it.card("failed", "Resume")
        await it.card("failed", "Resume", where=NOTICES)
        work.on.clear()
        answer = await it.click(card, "Resume")
        assert "Resumed by Alice Admin" in text_of(answer["value"])
        await it.card("middle was here")
        await it.quiet()
        for where in (teams.personal(), NOTICES):
            for card in it.teams.cards(where["id"]):
                assert not {"Retry", "Resume"} & buttons(card).keys()
    assert work.done == ["first", "middle", "middle", "last"]


async def test_retry_starts_one_new_run_however_often_it_is_clicked(store):
    work = broken()
    async with signoff(store, definitions=[plain(work)]) as it:
        await it.say("run plain hello")
        card = await it.card("failed", "Retry")
        work.on.clear()
        for _ in range(2):
            answer = await it.click(card, "Retry")
            assert "Retried as run" in text_of(answer["value"])
        await it.card("middle was here")
        runs = await store.runs_of(teams.TENANT, ALICE.entra_id, 10)
        assert len(runs) == 2
        assert runs[0].retry_of == runs[1].id


async def test_a_click_on_the_card_of_an_earlier_failure_does_nothing_to_the_next(store):
    work = broken()
    async with signoff(store, definitions=[plain(work)]) as it:
        await it.say("run plain hello")
        first = await it.card("failed", "Resume")
        await it.click(first, "Resume")
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        async with asyncio.timeout(10):
            while "failure-2" not in (await store.read(run.key)).failures:
                await asyncio.sleep(0.02)
        answer = await it.click(first, "Resume")
        assert "Resumed by Alice Admin" in text_of(answer["value"])
        assert (await store.read(run.key)).failures["failure-2"].open


async def test_only_the_requester_or_an_approver_may_retry_or_resume(store):
    where = teams.group()
    async with signoff(store, definitions=[plain(broken())], SIGNOFF_APPROVERS=BOB.entra_id) as it:
        await it.say("notify here", where=CHANNEL)
        await it.say("run plain hello", where=where)
        card = await it.card("failed", "Resume", where=NOTICES)
        for title in ("Retry", "Resume"):
            answer = await it.click(card, title, by=CAROL, where=CHANNEL)
            assert answer["type"] == "application/vnd.microsoft.activity.message"
            assert "Only Alice Admin" in answer["value"]
        answer = await it.click(card, "Resume", by=BOB, where=CHANNEL)
        assert "Resumed by Bob Builder" in text_of(answer["value"])


async def test_the_whole_reason_can_be_read_where_the_notice_is_and_nowhere_else(store):
    async with signoff(store, definitions=[plain(broken())]) as it:
        await it.say("notify here", where=CHANNEL)
        await it.say("run plain hello")
        card = await it.card("failed", "Show whole text", where=NOTICES)
        answer = await it.click(card, "Show whole text", by=CAROL, where=CHANNEL)
        assert text_of(answer["value"]).count("More of it.") == 40
        answer = await it.click(card, "Show whole text", by=CAROL, where=teams.group("19:other@thread.v2"))
        assert "cannot see here" in str(answer["value"])


async def test_notices_can_be_switched_off_and_only_by_administrators_where_there_are_any(store):
    async with signoff(store, definitions=[plain(broken())], SIGNOFF_ADMINISTRATORS=BOB.entra_id) as it:
        await it.say("notify here", where=CHANNEL)
        await it.told("Only an administrator", where=CHANNEL)
        await it.say("notify here", by=BOB, where=CHANNEL)
        await it.told("Failure notices of all runs", where=CHANNEL)
        await it.say("notify off", by=BOB, where=CHANNEL)
        await it.told("no longer posted", where=CHANNEL)
        await it.say("run plain hello")
        await it.card("failed")
        assert not it.teams.cards(NOTICES["id"])
