"""Times are shown in the zone of who reads them, also when an app does not tell it with every message."""

from orchestration.messages import Question
from tests.fakes import teams
from tests.fakes.signoff import signoff, text_of
from tests.fakes.workflows import asking

WORKFLOW = asking(Question("Go on?", "please"))


async def asked(it, words: str, **changes) -> None:
    await it.say(f"run asking {words}", **changes)
    await it.card(f"Asking: {words}", "Waiting for an answer")


async def test_a_run_that_was_started_without_a_zone_has_the_one_that_was_told_last(any_store):
    async with signoff(any_store, definitions=[WORKFLOW]) as it:
        await it.say("help", localTimezone="Asia/Dubai")
        await asked(it, "Apples", localTimezone=None)
        await it.card("Asking: Apples", "UTC+4")
    async with signoff(any_store, definitions=[WORKFLOW]) as it:
        await asked(it, "Pears", localTimezone=None)
        await it.card("Asking: Pears", "UTC+4")


async def test_a_run_of_somebody_whose_zone_nobody_knows_is_shown_in_utc(store):
    async with signoff(store, definitions=[WORKFLOW]) as it:
        await asked(it, "Apples", localTimezone=None)
        await it.card("Asking: Apples", " UTC,", without="UTC+")


async def test_the_inbox_is_in_the_zone_that_somebody_tells_with_their_message_or_click(store):
    async with signoff(store, definitions=[WORKFLOW]) as it:
        await asked(it, "Apples")
        await it.say("inbox")
        await it.card("Waiting for you", "CET")
        await it.say("inbox", localTimezone="Asia/Dubai")
        await it.card("Waiting for you", "UTC+4")
        click = teams.click({}, localTimezone="Asia/Tokyo")
        click["value"]["action"]["verb"] = "show-inbox"
        assert "JST" in text_of((await it.send(click))["value"])


async def test_the_choice_between_questions_is_in_the_zone_that_was_told_last(store):
    async with signoff(store, definitions=[WORKFLOW]) as it:
        await asked(it, "Apples", localTimezone="Asia/Dubai")
        await asked(it, "Pears", localTimezone="Asia/Dubai")
        await it.say("approve", localTimezone=None)
        await it.card("Which question", "UTC+4")
