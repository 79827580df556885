"""Workflows as people go through them in the Agents Playground; the bot dies while each question waits."""

import base64
import io

from PIL import Image

from bot.sample.records import Records
from tests.e2e.playground import Message, Playground
from tests.e2e.policies import policy
from tests.e2e.seeing import CARD, MESSAGE, card, power_cut, showing, signoff, updated
from tests.fakes.signoff import buttons, filled, text_of
from tests.fakes.teams import ALICE, BOB, CAROL

REFUND = "Issue refund?"
TWICE = "I was charged twice in November, 99.99 EUR each time"
SECTIONS = ("Venue", "Budget", "Catering", "Logistics and timeline", "Summary")


# ---- event planning -----------------------------------------------------------------------------


async def test_an_event_is_planned_with_its_questions_answered_after_power_cuts(records, tmp_path):
    async with signoff(tmp_path, **records) as (bot, chat):
        await chat.say("run event-planning Plan a dinner with music in Berlin. Let me choose the venue.")
        await card(chat, "How many people will come?", "A rough number is enough.")
        await power_cut(bot, chat)
        await chat.say("20 of us")
        amount = await card(chat, "What may the event cost?", "Another amount")
        await power_cut(bot, chat)
        await _choose(chat, amount, "Another amount")
        await card(chat, "What may it cost, in EUR or another currency?")
        await power_cut(bot, chat)
        await chat.say("900 EUR")
        venue = await card(chat, "Which venue shall it be?", "Old Mill Hall", "Rooftop Terrace")
        await power_cut(bot, chat)
        await _choose(chat, venue, "Old Mill Hall")
        dearer = await card(chat, "May the dinner cost", "Together: ", "The budget: 900.00 EUR")
        await power_cut(bot, chat)
        await chat.execute(dearer, "Approve")
        said = text_of((await card(chat, "Completed", "for 20 people")).card or {})
        assert _places(said) == sorted(_places(said))
        assert "Old Mill Hall, Berlin" in said
        assert "more than the budget of 900.00 EUR" in said


async def _choose(chat: Playground, question: Message, title: str) -> None:
    (choices,) = (part["choices"] for part in (question.card or {})["body"] if "choices" in part)
    option = next(each["value"] for each in choices if each["title"] == title)
    answer = await chat.execute(question, "Choose", {"option": option})
    assert f"Chosen : {title} by Alice Admin" in text_of(answer["value"])


def _places(plan: str) -> list[int]:
    return [plan.index(f" {title} ") for title in SECTIONS]


# ---- ticket triage ------------------------------------------------------------------------------


async def test_a_refund_is_made_once_with_the_amount_that_was_edited_after_a_power_cut(records, tmp_path):
    async with signoff(tmp_path, **records) as (bot, chat):
        await chat.say(f"run ticket-triage CS-9999: {TWICE}")
        await card(chat, "Which ticket or customer is this about?", "Nothing is known of “CS-9999”")
        await power_cut(bot, chat)
        await chat.say("It is CS-1234")
        refund = await card(chat, REFUND, "99.99")
        await power_cut(bot, chat)
        form = (await chat.execute(refund, "Edit values"))["value"]
        await power_cut(bot, chat)
        values = filled(form, Amount="49.99")
        answer = await chat.execute(showing(refund, form), "Approve these values", values)
        assert "Approved" in text_of(answer["value"])
        done = "The refund of 49.99 EUR for order ORD-7002 is made, as REF-0001."
        await card(chat, "Completed", "What was done", done)
        (made,) = Records(tmp_path / "sample-refunds.jsonl").refunds.values()
        assert (made["refund"]["order_id"], made["refund"]["amount"]) == ("ORD-7002", 49.99)


async def test_a_refund_is_decided_by_whom_the_policy_names_and_a_no_is_in_the_result(tmp_path):
    rule = policy(tmp_path, BOB, workflow="ticket-triage", comment_on_reject=True)
    async with signoff(tmp_path, **rule) as (bot, chat):
        await chat.say(f"run ticket-triage CS-1234: {TWICE}", chat.group)
        refund = await card(chat, REFUND, f"{BOB.name}", where=chat.group)
        for person in (ALICE, CAROL):
            refused = await chat.execute(refund, "Approve", user=person.id)
            assert refused["type"] == MESSAGE
            assert "othing was changed." in refused["value"]
        await power_cut(bot, chat)
        silent = await chat.execute(refund, "Reject", user=BOB.id)
        assert silent["value"] == "Please say why in the comment, then choose Reject again."
        await chat.execute(refund, "Reject", {"comment": "both were used"}, user=BOB.id)
        shown = await updated(chat, refund, f"✗ Rejected by {BOB.name}", "both were used")
        assert "Approve" not in buttons(shown)
        await card(chat, "Completed", "said no: both were used", where=chat.group)
        assert not Records(tmp_path / "sample-refunds.jsonl").refunds


# ---- what can be started ------------------------------------------------------------------------


async def test_workflows_are_found_in_the_chat_and_shown_as_a_picture_and_started_from_there(tmp_path):
    async with signoff(tmp_path) as (_, chat):
        await chat.say("workflows")
        listed = await card(chat, "Workflows", "run event-planning", "run support", "run research")
        await chat.say("show event-planning")
        shown = await card(chat, "Find a venue", "Who decides, unless a step names others")
        (picture,) = (part for part in (shown.card or {})["body"] if part["type"] == "Image")
        kind, data = picture["url"].split(";base64,")
        assert (kind, Image.open(io.BytesIO(base64.b64decode(data))).format) == ("data:image/png", "PNG")
        assert "Find a venue (may ask people), then" in picture["altText"]
        answer = await chat.execute(shown, "Start example")
        assert "Started as run" in text_of(answer["value"])
        plan = text_of((await card(chat, "Completed", "Corporate holiday party for 50 people")).card or {})
        assert _places(plan) == sorted(_places(plan))
        listed = await chat.execute(listed, "Show")
        assert listed["type"] == CARD
        await chat.say("runs")
        await card(chat, "Runs", "Completed")
        assert not [each for each in chat.history() if "Approve" in buttons(each.card or {})]
