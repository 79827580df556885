"""Commands in the three kinds of conversation, through the endpoint."""

from datetime import UTC, datetime

import pytest

from orchestration.book import Book
from orchestration.model import RunStatus
from tests.fakes import teams
from tests.fakes.signoff import signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL
from tests.fakes.workflows import Held, Work, plain
from tests.storage.samples import a_run

ASK = "run release-notes Faster search. Dark mode."
PLACES = [teams.personal(), teams.group(), teams.thread()]


@pytest.mark.parametrize("where", PLACES, ids=["personal", "group", "thread"])
async def test_help_shows_what_can_be_typed(store, where):
    async with signoff(store) as it:
        await it.say("help", where=where)
        card = await it.card("run release-notes", where=where)
        for word in ("runs", "stats", "status", "cancel", "retry", "resume", "notify here", "Demo"):
            assert word in text_of(card)


@pytest.mark.parametrize("where", PLACES, ids=["personal", "group", "thread"])
async def test_a_run_can_be_started_listed_looked_at_and_cancelled(store, where):
    async with signoff(store) as it:
        await it.say(ASK, where=where)
        await it.card("Publish these release notes?", where=where)
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        await it.say("runs", where=where)
        await it.card("Runs", run.short_id, where=where)
        await it.say(f"status {run.short_id}", where=where)
        await it.quiet()
        waiting = [
            card for card in it.teams.cards(where["id"]) if "Publish these release notes?" in text_of(card)
        ]
        assert len(waiting) == 1
        shown = [text_of(card) for card in it.teams.cards(where["id"])]
        assert sum("There is a newer card" in text for text in shown) == 2
        await it.say("cancel", where=where)
        await it.told(f"Run {run.short_id} is cancelled.", where=where)
        await it.card("Withdrawn", where=where)
        await it.settled(run.key)
        for card in it.teams.cards(where["id"]):
            assert "Approve" not in text_of(card)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("run release-note x", "There is no workflow called “release-note”. Known: event-planning, "),
        ("run", "Type “workflows” for what can be run, then for example: run release-notes"),
        ("run release-notes", "Please say what it is about, for example: run release-notes "),
        ("run release-notes " + "x" * 100_000, "100,000 characters; 20,000 is the most"),
        ("status", "There are no runs here yet."),
        ("status abcd2345", "There is no run “abcd2345” that you can see here."),
        ("cancel", "There is no run here to cancel."),
        ("retry", "There is no run here to retry."),
        ("resume run-20200101-aaaaaaaa", "There is no run “run-20200101-aaaaaaaa” that you can see here."),
        ("make it shorter", "Nothing waits for an answer here"),
        ("approve", "Nothing waits for an answer here"),
        (
            "[click](https://evil.example) **now**",
            "Nothing waits for an answer here, and “click https evil.example now”",
        ),
    ],
)
async def test_what_does_not_work_gets_a_sentence_and_changes_nothing(store, text, sentence):
    async with signoff(store) as it:
        await it.say(text)
        await it.told(sentence)
        assert not await store.runs_of(teams.TENANT, ALICE.entra_id, 10)


async def test_somebody_elses_run_can_neither_be_seen_nor_stopped_from_elsewhere(store):
    async with signoff(store) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        where = teams.personal(BOB)
        await it.say(f"status {run.short_id}", by=BOB, where=where)
        await it.told(f"There is no run “{run.short_id}” that you can see here.", where=where)
        await it.say(f"cancel {run.id}", by=BOB, where=where)
        await it.told(f"There is no run “{run.id}” that you can see here.", where=where)
        assert not (await store.read(run.key)).run.over


async def test_in_a_group_with_named_approvers_others_see_a_run_but_cannot_stop_it(store):
    where = teams.group()
    async with signoff(store, SIGNOFF_APPROVERS=BOB.entra_id) as it:
        await it.say(ASK, where=where)
        await it.card("Revision 1 of 5", where=where)
        await it.say("cancel", by=CAROL, where=where)
        await it.told("Only Alice Admin, who started run", where=where)
        await it.say("cancel", by=BOB, where=where)
        await it.told("is cancelled", where=where)


async def test_statistics_are_of_ones_own_runs_or_of_the_conversation_and_of_all_for_administrators(store):
    async with signoff(store, SIGNOFF_ADMINISTRATORS=CAROL.entra_id) as it:
        await it.say(ASK)
        await it.say(ASK, by=BOB, where=teams.group())
        await it.card("Revision 1 of 5")
        await it.card("Revision 1 of 5", where=teams.group())
        for person, where, words in (
            (ALICE, teams.personal(), ("Your runs, last 30 days", "1 run.")),
            (ALICE, teams.group(), ("Runs here, last 30 days", "1 run.")),
            (CAROL, teams.personal(CAROL), ("Everybody's runs, last 30 days", "2 runs.")),
        ):
            await it.say("stats", by=person, where=where)
            await it.card(*words, "Waiting for an answer", where=where)


async def test_the_card_of_a_run_says_how_much_work_is_left_when_earlier_runs_can_tell(store):
    earlier = {"tenant": teams.TENANT, "workflow": "plain", "status": RunStatus.COMPLETED}
    for _ in range(3):
        run = a_run(**earlier, started=datetime.now(UTC), ended=datetime.now(UTC), spent=(("middle", 119.0),))
        await store.write(None, Book(run))
    work = Work()
    async with signoff(store, definitions=[plain(work, Held)]) as it:
        await it.say("run plain hello")
        await it.card("Plain: hello", "About 2 min of work left")
        work.let_go.set()
        card = await it.card("Plain: hello", "Completed", "✓ Last")
    assert "left" not in text_of(card)


async def test_an_administrator_may_stop_any_run(store):
    async with signoff(store, SIGNOFF_ADMINISTRATORS=CAROL.entra_id) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        await it.say(f"cancel {run.short_id}", by=CAROL, where=teams.personal(CAROL))
        await it.told("is cancelled", where=teams.personal(CAROL))


async def test_with_several_runs_a_command_without_a_name_asks_which(store):
    async with signoff(store) as it:
        for _ in range(2):
            await it.say(ASK)
        await it.say("cancel")
        said = await it.told("Which run? Say for example “cancel ")
        for run in await store.runs_of(teams.TENANT, ALICE.entra_id, 10):
            assert run.short_id in said


async def test_the_card_of_a_run_shows_its_steps_and_can_stop_it(store):
    async with signoff(store) as it:
        await it.say(ASK)
        card = await it.card("step 3 of 4: Review", "Stop")
        assert "Demo: the text comes from built-in examples" in text_of(card)
        answer = await it.click(card, "Stop")
        assert "Stopped at step 3 of 4" in text_of(answer["value"])
        await it.card("Withdrawn")


async def test_installing_the_app_says_hello(store):
    async with signoff(store) as it:
        await it.send(teams.installation())
        await it.card("Hello, I am Signoff")
        await it.send(teams.installation(where=teams.group()))
        await it.send(teams.installation("remove"))
        await it.quiet()
        assert not it.teams.cards(teams.group()["id"])


async def test_a_person_without_an_entra_id_gets_no_run_and_no_error(store):
    async with signoff(store) as it:
        message = teams.message(ASK)
        del message["from"]["aadObjectId"]
        await it.send(message)
        await it.quiet()
        assert not it.teams.sent


async def test_activities_of_other_kinds_are_ignored(store):
    async with signoff(store) as it:
        for kind in ("typing", "conversationUpdate", "messageReaction", "event"):
            await it.send(teams.activity(kind, by=ALICE, where=teams.personal()))
        await it.quiet()
        assert not it.teams.sent
