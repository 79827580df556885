"""Several people and one question, as they see it in the Agents Playground, with rules from a policy file."""

import json
import re

from tests.e2e.playground import Json, Message, Playground
from tests.e2e.policies import policy
from tests.e2e.process import ClockedBot
from tests.e2e.seeing import ASK, DECIDING, MESSAGE, before, card, cards, showing, signoff, told, updated
from tests.fakes.signoff import buttons, comment_on, text_of
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE

ERIN = "29:erin"
"""Is in the group, and nobody names her."""
QUESTION = "Publish these release notes?"


async def asked(chat: Playground) -> Message:
    """Alice asks in the group."""
    await chat.say(ASK, chat.group)
    return await card(chat, QUESTION, "Revision 1 of 5", where=chat.group)


def refusal(answer: Json) -> str:
    """What only the one who clicked is told."""
    assert answer["type"] == MESSAGE, answer
    return answer["value"]


def run_of(message: Message) -> str:
    found = re.search(r"\brun ([a-z2-7]{8})\b", text_of(message.card or {}))
    assert found
    return found[1]


# ---- several must approve -----------------------------------------------------------------------


async def test_two_of_three_approve_everybody_sees_the_count_and_who_asked_has_no_vote(records, tmp_path):
    rule = policy(tmp_path, ALICE, BOB, CAROL, DAVE, needed=2)
    async with signoff(tmp_path, **rule, **records) as (_, chat):
        question = await asked(chat)
        assert "2 of 3" in text_of(question.card or {})
        hers = await chat.execute(question, "More", user=ALICE.id)
        assert "You started this run, so somebody else decides" in text_of(hers["value"])
        assert not {"Approve", "Reject"} & buttons(hers["value"]).keys()
        own = await chat.execute(before(question), "Approve", user=ALICE.id)
        assert refusal(own) == "You started this run, so somebody else has to decide. Nothing was changed."

        answer = await chat.execute(before(question), "Approve", {"comment": "fine by me"}, user=BOB.id)
        assert "1 of 2 have approved" in text_of(answer["value"])
        shown = await updated(chat, question, "1 of 2 have approved", "Bob Builder approved", "fine by me")
        assert DECIDING & buttons(shown).keys()
        twice = await chat.execute(showing(question, shown), "Approve", user=BOB.id)
        assert "1 of 2 have approved" in text_of(twice["value"])

        await chat.execute(showing(question, shown), "Approve", user=DAVE.id)
        shown = await updated(chat, question, "✓ Approved by Dave Denied", "Bob Builder approved")
        assert not DECIDING & buttons(shown).keys()
        late = await chat.execute(before(question), "Reject", user=CAROL.id)
        assert "✓ Approved by Dave Denied" in text_of(late["value"])
        await card(chat, "Completed", "What is new", where=chat.group)


async def test_who_is_not_named_is_refused_and_nobody_else_sees_that(tmp_path):
    async with signoff(tmp_path, **policy(tmp_path, BOB, CAROL, DAVE, needed=2)) as (_, chat):
        question = await asked(chat)
        for title in ("Approve", "Reject"):
            answer = await chat.execute(question, title, {"comment": "as I like"}, user=ERIN)
            assert "You are not one of the approvers of this question" in refusal(answer)
        await chat.execute(question, "Approve", user=BOB.id)
        shown = await updated(chat, question, "1 of 2 have approved", "Bob Builder approved")
        assert DECIDING & buttons(shown).keys()
        said_to_all = json.dumps(chat.stream)
        assert "You are not one of the approvers" not in said_to_all
        assert "as I like" not in said_to_all
        assert "Erin" not in said_to_all


# ---- handing over -------------------------------------------------------------------------------


async def test_an_approver_hands_over_by_name_to_somebody_who_never_wrote_to_the_bot(tmp_path):
    async with signoff(tmp_path, **policy(tmp_path, BOB)) as (_, chat):
        question = await asked(chat)
        await chat.say_as(BOB.id, chat.group, f"reassign {run_of(question)} to {DAVE.name}")
        await told(chat, f"{DAVE.name} is asked now: “{QUESTION}”", chat.group)
        await _handed_over_to_dave(chat, question)


async def test_an_approver_hands_over_on_the_card(tmp_path):
    async with signoff(tmp_path, **policy(tmp_path, BOB)) as (_, chat):
        await chat.say_as(DAVE.id, chat.group, "help")  # the form gives an id: the name is known from this
        await card(chat, "What I can do", where=chat.group)
        question = await asked(chat)
        mine = (await chat.execute(question, "More", user=BOB.id))["value"]
        form = (await chat.execute(showing(question, mine), "Hand over", user=BOB.id))["value"]
        assert "Who should decide instead?" in text_of(form)
        nobody = await chat.execute(showing(question, form), "Hand over", user=BOB.id)
        assert refusal(nobody) == "Choose a person first."
        chosen = await chat.execute(showing(question, form), "Hand over", {"to": DAVE.entra_id}, user=BOB.id)
        assert "Handed over" in text_of(chosen["value"])
        await _handed_over_to_dave(chat, question)


async def _handed_over_to_dave(chat: Playground, question: Message) -> None:
    shown = await updated(chat, question, f"Handed over from {BOB.name} to {DAVE.name}")
    refused = await chat.execute(showing(question, shown), "Approve", user=BOB.id)
    assert refusal(refused) == "You handed this question over, so nothing was changed."
    await chat.execute(showing(question, shown), "Approve", user=DAVE.id)
    shown = await updated(chat, question, f"✓ Approved by {DAVE.name}", "Handed over from Bob Builder")
    assert not DECIDING & buttons(shown).keys()
    await card(chat, "Completed", "What is new", where=chat.group)


# ---- time that is up ----------------------------------------------------------------------------


async def test_a_question_that_nobody_settles_in_time_closes_for_everybody(records, tmp_path):
    rule = policy(tmp_path, BOB, CAROL, DAVE, needed=2, remind_after="2d", expires_after="3d")
    async with signoff(tmp_path, ClockedBot, **rule, **records) as (bot, chat):
        first = await asked(chat)
        assert "then it counts as rejected" in text_of(first.card or {})
        await chat.execute(first, "Approve", user=BOB.id)
        await updated(chat, first, "1 of 2 have approved")
        bot.forward(days=2, hours=23)
        again = await card(chat, "This is a reminder", "1 of 2 have approved", where=chat.group)
        assert "Approve" in buttons(again.card or {})

        bot.forward(hours=2)
        await updated(chat, again, "Too late", "so it counts as rejected")
        late = await chat.execute(before(again), "Approve", user=CAROL.id)
        assert "Too late" in text_of(late["value"])
        await updated(chat, first, "There is a newer card")
        await card(chat, "Rejected at step 3 of 4", where=chat.group)
        assert not any(DECIDING & buttons(each.card or {}).keys() for each in cards(chat, chat.group))


# ---- what waits for somebody --------------------------------------------------------------------


async def test_two_of_three_are_ticked_in_the_inbox_and_the_third_stays_open(records, tmp_path):
    rule = policy(tmp_path, ALICE, CAROL)
    async with signoff(tmp_path, **rule, **records) as (_, chat):
        questions = [await _asked_by_bob(chat, words) for words in ("Apples.", "Berries.", "Cherries.")]
        await chat.say("inbox")
        inbox = await card(chat, "Waiting for you", "Answer several at once")
        listed = text_of(inbox.card or {})
        assert listed.index("Cherries") < listed.index("Berries") < listed.index("Apples")
        none = await chat.execute(inbox, "Approve ticked")
        assert refusal(none) == "Tick the questions that you want to answer first."

        done = await chat.execute(inbox, "Approve ticked", {"ticked": "0,2"})
        assert "2 recorded" in text_of(done["value"])
        for question in (questions[0], questions[2]):
            await updated(chat, question, "✓ Approved by Alice Admin")
        left = await chat.execute(showing(inbox, done["value"]), "Back to inbox")
        assert "Berries" in text_of(left["value"])
        assert "Apples" not in text_of(left["value"])
        assert {"Approve", "Reject"} <= buttons(questions[1].card or {}).keys()


async def _asked_by_bob(chat: Playground, brief: str) -> Message:
    await chat.say_as(BOB.id, chat.group, f"run release-notes {brief}")
    return await card(chat, QUESTION, brief.rstrip("."), where=chat.group)


# ---- answers in words ---------------------------------------------------------------------------


async def test_what_somebody_wrote_counts_when_they_confirm_it_and_nobody_else_can(tmp_path):
    async with signoff(tmp_path, **policy(tmp_path, BOB, CAROL)) as (_, chat):
        question = await asked(chat)
        await chat.say_as(BOB.id, chat.group, "mention the price")
        read = await card(chat, f"{BOB.name}, I read this as: Request changes", where=chat.group)
        assert comment_on(read.card or {}) == "mention the price"
        for other in (CAROL.id, ERIN):
            answer = await chat.execute(read, "Confirm", {"comment": "mine"}, user=other)
            assert refusal(answer) == "Only the one who wrote it can confirm it. Nothing was changed."

        answer = await chat.execute(read, "Confirm", {"comment": "mention the price"}, user=BOB.id)
        assert "↻ Changes requested by Bob Builder" in text_of(answer["value"])
        shown = await updated(chat, question, "↻ Changes requested by Bob Builder", "mention the price")
        assert "mine" not in text_of(shown)
        await card(chat, QUESTION, "Revision 2 of 5", "price", where=chat.group)
