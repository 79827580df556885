"""What users of other products suffered from Teams itself: ids that change, clicks that get lost, limits."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from orchestration.messages import INPUT, Question
from orchestration.model import Person, Profile
from tests.bot.complaints.scene import DECIDING, GROUP, HERS, HIS, TITLE, asked, met, pay, question, slow
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.connector import Fault
from tests.fakes.signoff import button, buttons, clicked, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE
from tests.fakes.workflows import Work, asking

BOBS = (BOB.entra_id,)
THREAD = teams.thread()
CHANNEL = THREAD | {"id": THREAD["id"].partition(";")[0]}
WHY = "This is shown here because the chat where it belongs cannot be reached."
GONE = Fault(403, "BotNotInConversationRoster")


# ---- ids ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [{}, {"approvers": BOBS}], ids=["anybody there", "named"])
@pytest.mark.parametrize(("start", "end"), [(THREAD, CHANNEL), (CHANNEL, THREAD)], ids=["cut", "added"])
async def test_a_click_finds_its_run_with_and_without_the_thread_in_the_id(store, start, end, rule):
    """Complaint 10: The run was started in a thread and clicked in its channel, and was not found."""
    async with signoff(store, definitions=[asking(pay(**rule))]) as it:
        card = await asked(it, where=start)
        answer = await it.click(card, "Approve", by=BOB, where=end)
        assert "✓ Approved" in text_of(answer["value"])
        await it.card("Completed", where=start)


async def test_a_reply_finds_its_question_when_the_thread_is_only_in_the_id_of_the_reply(store):
    """Complaint 10: The same happened to replies, which name the thread although the run does not."""
    async with signoff(store, definitions=[asking(pay())]) as it:
        await asked(it, where=CHANNEL)
        await it.say("approve", by=BOB, where=THREAD)
        await it.told("Approved.", where=THREAD)
        await it.card("Completed", where=CHANNEL)


# ---- clicks that come as messages ---------------------------------------------------------------


def as_message(activity, *, flat=False):
    """The same click as a message: without words, and without a mention of the bot."""
    action = activity["value"]["action"]
    value = {**action["data"], "verb": action["verb"]} if flat else activity["value"]
    rest = {name: part for name, part in activity.items() if name not in {"name", "replyToId"}}
    return rest | {"type": "message", "id": activity["id"].removeprefix("f:"), "value": value}


@pytest.mark.parametrize("flat", [False, True], ids=["as an invoke has it", "as data alone"])
@pytest.mark.parametrize("text", [{}, {"text": ""}, {"text": None}, {"text": " \n"}], ids=str)
async def test_a_click_that_comes_as_a_message_without_words_counts(store, text, flat):
    """Complaint 11: In channels a click came as an empty message without a mention, and was dropped."""
    async with signoff(store, definitions=[asking(pay(approvers=BOBS))]) as it:
        card = await asked(it, where=THREAD)
        click = clicked(card, "Approve", {"comment": "fine"}, by=BOB, where=THREAD)
        for _ in range(2):
            await it.send(as_message(click, flat=flat) | text)
        await it.card("✓ Approved", "Bob Builder", "fine", where=THREAD)
        await it.card("Completed", where=THREAD)
        assert not it.teams.texts(THREAD["id"])
        assert len((await question(it, THREAD)).votes) == 1


@pytest.mark.parametrize("flat", [False, True], ids=["as an invoke has it", "as data alone"])
async def test_a_click_that_comes_as_a_message_and_changes_no_run_is_answered_with_its_card(store, flat):
    """Complaint 11: Being away is about no run, so nothing else shows that the click was taken."""
    async with signoff(store) as it:
        await met(it, BOB)
        await it.say("away")
        card = await it.card("Being away", "You are not away.")
        inputs = {"until": (datetime.now(UTC) + timedelta(days=3)).date().isoformat(), "deputy": BOB.entra_id}
        await it.send(as_message(clicked(card, "Save", inputs), flat=flat))
        away = await it.card("Being away", "Bob Builder can answer for you until then.")
        await it.send(as_message(clicked(away, "I am back"), flat=flat))
        await it.teams.wait(lambda service: len(service.cards(HERS["id"])) == 3)
        assert "You are not away." in text_of(it.teams.cards(HERS["id"])[-1])


async def test_a_click_that_comes_as_a_message_is_checked_like_any_other_and_refused_in_words(store):
    """Complaint 11: Looking at the value first must not open a way around the rules."""
    rule = {"approvers": BOBS, "comment_on_reject": True}
    async with signoff(store, definitions=[asking(pay(**rule))]) as it:
        card = await asked(it)
        for person, title, sentence in (
            (DAVE, "Approve", "You are not one of the approvers"),
            (BOB, "Reject", "Please say why in the comment"),
            (BOB, "More", "Your Teams app cannot show this here."),
        ):
            await it.send(as_message(clicked(card, title, by=person, where=GROUP)))
            await it.told(sentence, where=GROUP)
        await it.send(teams.message("", by=BOB, where=GROUP, value={"choice": 1}) | {"text": ""})
        await it.told("This button does not work any more.", where=GROUP)
        assert (await question(it)).votes == ()


async def test_what_many_clicks_in_one_came_to_is_said_when_it_came_as_a_message(store):
    """Complaint 11: An answer that has nowhere to go is lost together with what it said."""
    async with signoff(store, definitions=[asking(pay(approvers=BOBS))]) as it:
        await asked(it)
        await it.say("inbox", by=BOB, where=HIS)
        listed = await it.card("Waiting for you", where=HIS)
        await it.send(as_message(clicked(listed, "Approve ticked", {"ticked": "0"}, by=BOB, where=HIS)))
        await it.card("1 recorded", TITLE, "Approved.", where=HIS)
        await it.card("Completed", where=GROUP)


async def test_a_form_that_comes_as_a_message_is_filled_in(store):
    """Complaint 11: The values beside the button came along, and were dropped with it."""
    schema = '{"type": "object", "properties": {"amount": {"type": "integer", "title": "Amount"}}}'
    form = Question(TITLE, "How much?", kind=INPUT, schema=schema)
    async with signoff(store, definitions=[asking(form)]) as it:
        await it.say("run asking please", where=GROUP)
        card = await it.card(TITLE, "Amount", where=GROUP)
        (title,) = [each for each, action in buttons(card).items() if action["data"].get("edits")]
        (name,) = [part["id"] for part in card["body"] if part.get("id", "").startswith("v.")]
        await it.send(as_message(clicked(card, title, {name: 90}, by=BOB, where=GROUP)))
        await it.card("✓ Filled in", "90", where=GROUP)


@pytest.mark.parametrize("reply_to", [{}, {"replyToId": None}, {"replyToId": ""}], ids=str)
async def test_a_click_needs_no_id_of_its_card(store, reply_to):
    """Complaint 12: A click without the id of its message was an error; the card could not be changed."""
    async with signoff(store, definitions=[asking(pay())]) as it:
        card = await asked(it)
        click = clicked(card, "Approve", by=BOB, where=GROUP)
        del click["replyToId"]
        answer = await it.send(click | reply_to)
        assert "✓ Approved" in text_of(answer["value"])
        await it.card("✓ Approved", "Bob Builder", where=GROUP)


# ---- answers in time ----------------------------------------------------------------------------


async def test_the_click_is_answered_although_the_next_step_takes_long(store):
    """Complaint 13: After ten seconds of work Teams said that it had gone wrong, although it had not."""
    work = Work()
    async with signoff(store, definitions=[slow(work)]) as it:
        await it.say("run slow hello")
        answer = await it.click(await it.card("Go on?", "Approve"), "Approve")
        assert "✓ Approved" in text_of(answer["value"])
        await it.card("Running at step 3 of 4")
        assert "let go" not in work.done
        work.let_go.set()
        await it.card("Completed")
        assert work.done[-2:] == ["let go", "last"]


# ---- refresh ------------------------------------------------------------------------------------


async def test_the_card_that_everybody_gets_needs_no_refresh_to_be_read_and_used(store):
    """Complaint 14: A refresh failed and was not repeated; the card below it was a stub without buttons."""
    async with signoff(store, definitions=[asking(pay(approvers=BOBS))]) as it:
        await met(it, BOB)
        card = await asked(it)
        assert BOB.id in card["refresh"]["userIds"]
        assert {"Approve", "Request changes", "Reject", "More"} <= set(buttons(card | {"refresh": {}}))
        assert all(words in text_of(card) for words in (TITLE, "Invoice 7, 90 EUR", "Bob Builder may decide"))
        answer = await it.click(card, "Approve", by=BOB, where=GROUP)
        assert "refresh" not in answer["value"]


async def test_a_card_that_refreshes_itself_decides_nothing_whatever_it_sends(store):
    """Complaint 14: What a client does by itself looked like a click."""
    async with signoff(store, definitions=[asking(pay(approvers=(*BOBS, CAROL.entra_id), needed=2))]) as it:
        await met(it, BOB)
        card = await asked(it)
        refresh = card["refresh"]["action"]
        seen = await it.send(
            _by_itself(teams.click({"verb": refresh["verb"], **refresh["data"]}, by=BOB, where=GROUP))
        )
        assert {"Approve", "Hand over"} <= set(buttons(seen["value"]))
        hers = (await it.click(card, "More", where=GROUP))["value"]
        for shown, title, by in (
            (card, "Approve", BOB),
            (card, "Reject", BOB),
            (hers, "Withdraw", ALICE),
            (hers, "Remind", ALICE),
        ):
            answer = await it.send(_by_itself(clicked(shown, title, by=by, where=GROUP)))
            assert answer["value"] == "Nothing was changed: that needs a click."
        stored = await question(it)
        assert (stored.pending, stored.votes, stored.reminders) == (True, (), 0)


def _by_itself(click):
    return click | {"value": click["value"] | {"trigger": "automatic"}}


async def test_at_most_sixty_people_get_a_card_of_their_own_and_all_others_the_common_one(store):
    """Complaint 15: Beyond sixty people the whole card was not refreshed for anybody, and nobody knew why."""
    clock = MovableClock()
    ids = [f"bbbbbbbb-0000-4000-8000-0000000000{number}" for number in range(10, 90)]
    for number, each in enumerate(ids):
        await store.know(Profile(Person(teams.TENANT, each, f"Person {number}"), f"29:{number}"))
    rule = {"approvers": tuple(ids[:40]), "escalate_after": 60.0, "escalate_to": (tuple(ids[40:]),)}
    async with signoff(store, definitions=[asking(pay(**rule))], clock=clock) as it:
        await asked(it)
        clock.forward(minutes=2)
        card = await it.card("Escalated to", where=GROUP)
        assert len(set(card["refresh"]["userIds"])) == 60
        last = teams.Person("Person 79", "29:79", ids[-1])
        await it.click(card, "Approve", by=last, where=GROUP)
        await it.card("✓ Approved", "Person 79", where=GROUP)


# ---- limits and lost cards ----------------------------------------------------------------------


async def test_what_changed_while_teams_was_too_busy_becomes_one_update(store):
    """Complaint 16: Each small change was sent, Teams answered 429, and the repeats made it worse."""
    people = (BOB, CAROL, DAVE)
    rule = {"approvers": tuple(person.entra_id for person in people), "needed": 3}
    async with signoff(store, definitions=[asking(pay(**rule))]) as it:
        card = await asked(it)
        await it.quiet()
        posted = next(one.activity for one in it.teams.posts if one.card == card)
        tried = it.teams.tried
        it.teams.fail(Fault.throttled(2))
        for person in people[:2]:
            await it.click(card, "Approve", {"comment": f"as {person.name}"}, by=person, where=GROUP)
            while it.teams.faults:
                await asyncio.sleep(0.02)
        await it.card("as Bob Builder", "as Carol Case", "2 of 3 have approved", where=GROUP)
        await it.quiet()
        assert [one.activity for one in it.teams.updates].count(posted) == 1
        assert it.teams.tried == tried + 2  # the one that was refused, and the one that waited as told


async def test_a_question_that_could_not_be_delivered_comes_elsewhere_and_says_why(any_store):
    """Complaint 17: A card went to a wrong conversation; nobody saw it, and the run waited for ever."""
    async with signoff(any_store, definitions=[asking(pay(approvers=BOBS))]) as it:
        await met(it, ALICE, BOB)
        await it.quiet()
        it.teams.closed[GROUP["id"]] = Fault(404, "ConversationNotFound")
        await it.say("run asking please", where=GROUP)
        card = await it.card(TITLE, WHY, where=HIS)
        await it.card("Waiting for an answer", WHY, where=HERS)
        await it.click(card, "Approve", by=BOB, where=HIS)
        await it.card("Completed", WHY, where=HERS)


async def test_a_question_that_nobody_got_is_known_as_such_and_can_be_sent_again(store, caplog):
    """Complaint 17: That a card had failed could be seen nowhere, and there was no way to repeat it."""
    async with signoff(store, definitions=[asking(pay(approvers=BOBS))]) as it:
        it.teams.closed[GROUP["id"]] = GONE
        await it.say("run asking please", where=GROUP)
        (run,) = await store.runs_in(teams.TENANT, GROUP["id"], 2)
        async with asyncio.timeout(10):
            while not (book := await store.read(run.key)).pending or book.unsettled:
                await asyncio.sleep(0.05)
        assert {card.trouble for card in book.postings.values()} == {"403 BotNotInConversationRoster"}
        assert f"{run.id}: a card about ask-1 cannot be shown" in caplog.text
        it.teams.closed.clear()
        await it.say("status", where=GROUP)
        card = await it.card(TITLE, "Approve", where=GROUP)
        assert DECIDING - {"Choose"} <= set(buttons(card))
        assert button(card, "Approve")["data"]["run"] == run.id
        await it.click(card, "Approve", by=BOB, where=GROUP)
        await it.card("Completed", where=GROUP)
