"""A conversation with an agent in Teams: what somebody writes is the answer, on the card or in the chat."""

import pytest

from orchestration.messages import REPLY, REQUESTER, Option, Question, Rule
from orchestration.model import Verdict
from tests.fakes import teams
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB
from tests.fakes.workflows import Work, asking, gated

ASK = "run support I was charged twice for my invoice"
GROUP, HERS = teams.group(), teams.personal()
PLACES = [HERS, GROUP, teams.thread()]
WHICH = "What is the number of the invoice?"
HERS_ALONE = Rule(approvers=(REQUESTER,), own=True)
TALK = Question("Where to?", "", kind=REPLY, rule=HERS_ALONE)


@pytest.mark.parametrize("where", PLACES, ids=["personal", "group", "thread"])
async def test_a_conversation_is_held_by_messages_and_by_cards(store, where):
    async with signoff(store) as it:
        await it.say(ASK, where=where)
        await it.card("Billing", WHICH, "I am done", where=where)
        await it.say("INV-4711", where=where)
        card = await it.card("What amount is it about", "Send", where=where)
        await it.card("Billing:", "Alice Admin: INV-4711", where=where, without="Send")
        answer = await it.click(card, "Send", {"comment": "49 euros, by card"}, where=where)
        assert "Alice Admin: 49 euros, by card" in text_of(answer["value"])
        assert "Send" not in text_of(answer["value"])
        card = await it.card("Is that all right for you?", "Send", where=where)
        await it.click(card, "I am done", where=where)
        await it.card("Alice Admin ended the conversation", where=where)
        await it.card("Helped by: Billing.", where=where)
        await it.quiet()
        assert not it.teams.texts(where["id"])  # cards say it all


@pytest.mark.parametrize(
    "words",
    [
        "yes",
        "approve",
        "reject it",
        "Reject: all of it",
        "cancel that please",
        "cancel it",
        "hello",
        "status unknown",
        "run away",
        "no",
        "withdraw everything",
        "retry it from 3",
        "👍",
    ],
)
async def test_whatever_it_says_is_the_answer(store, words):
    async with signoff(store, definitions=[asking(TALK, Work())]) as it:
        await it.say("run asking one")
        await it.card("Where to?", "Send")
        await it.say(words)
        await it.card(f"Where to? Alice Admin: {words}", without="Send")
        await it.card("Completed")
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        (asked,) = await store.approvals(run.key)
    assert (asked.decision.verdict, asked.decision.comment) == (Verdict.APPROVE, words)


@pytest.mark.parametrize("command", ["status", "help", "runs", "inbox", "cancel {}", "status {}", "export"])
async def test_real_commands_stay_commands(store, command):
    async with signoff(store, definitions=[asking(TALK, Work())]) as it:
        await it.say("run asking one")
        await it.card("Where to?", "Send")
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        await it.say(command.format(run.short_id))
        await it.quiet()
        (asked,) = await store.approvals(run.key)
    assert asked.decision is None


async def test_only_the_one_it_is_for_answers(store):
    async with signoff(store, definitions=[asking(TALK, Work())]) as it:
        await it.say("run asking one", where=GROUP)
        card = await it.card("Where to?", "Send", where=GROUP)
        await it.say("Rome", by=BOB, where=GROUP)
        await it.told("This question is for somebody else, so nothing was changed.", where=GROUP)
        refused = await it.click(card, "Send", {"comment": "Rome"}, by=BOB, where=GROUP)
        assert "for somebody else" in refused["value"]
        await it.say("Berlin", where=GROUP)
        await it.card("Alice Admin: Berlin", where=GROUP)


async def test_a_message_delivered_twice_answers_one_question(store):
    async with signoff(store) as it:
        await it.say(ASK)
        await it.card(WHICH)
        activity = await it.say("INV-4711")
        await it.card("What amount is it about", "Send")
        await it.send(activity)
        await it.quiet()
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        kept = await store.approvals(run.key)
    assert [each.decision is None for each in kept] == [False, True]


async def test_without_a_way_out_there_is_no_button_for_it_and_no_empty_answer(store):
    async with signoff(store, definitions=[asking(TALK, Work())]) as it:
        await it.say("run asking one")
        card = await it.card("Where to?", "Send")
        assert "I am done" not in text_of(card)
        refused = await it.click(card, "Send", {"comment": "  "})
        assert refused["value"] == "Please write your answer first, then choose Send again."
        forged = buttons(card)["Send"]["data"]
        forged["verdict"] = "reject"
        refused = await it.click(card, "Send")
        assert "An answer is needed here" in refused["value"]


async def test_with_several_questions_the_words_go_to_the_one_that_is_chosen(store):
    async with signoff(store, definitions=[asking(TALK, Work()), gated(Work())]) as it:
        await it.say("run asking one")
        await it.card("Where to?", "Send")
        await it.say("run gated two")
        await it.card("Go on?", "Approve")
        await it.say("no")
        card = await it.card("Which question do you mean?")
        run = next(
            each
            for each in await store.runs_of(teams.TENANT, ALICE.entra_id, 10)
            if each.workflow == "asking"
        )
        (asked,) = await store.approvals(run.key)
        chosen = {"question": f"{run.id}|{asked.id}", "comment": "no"}
        answer = await it.click(card, "Reject", chosen)
        assert "Alice Admin: no" in text_of(answer["value"])
        await it.card("Go on?", "Approve")


async def test_from_elsewhere_an_answer_is_read_back_first(store):
    async with signoff(store, definitions=[asking(TALK, Work())]) as it:
        await it.say("run asking one", where=GROUP)
        await it.card("Where to?", "Send", where=GROUP)
        await it.say("Berlin", where=HERS)
        card = await it.card("Alice Admin, I read this as: Your answer", where=HERS)
        await it.click(card, "Confirm", {"comment": "Berlin"}, where=HERS)
        await it.card("Alice Admin: Berlin", where=GROUP)


async def test_the_inbox_opens_a_conversation_and_does_not_tick_it(store):
    async with signoff(store, definitions=[asking(TALK, Work())]) as it:
        await it.say("run asking one")
        await it.card("Where to?", "Send")
        await it.say("inbox")
        card = await it.card("Waiting for you", "Where to?")
        assert "Approve ticked" not in text_of(card)
        answer = await it.click(card, "Open 1")
        assert "Your answer" in text_of(answer["value"])


async def test_two_hundred_lines_of_an_answer_stay_two_lines_on_the_card(store):
    ended = Question(
        "Where to?", "line\n" * 200, kind=REPLY, rule=HERS_ALONE, options=(Option("e", "Enough"),)
    )
    async with signoff(store, definitions=[asking(ended, Work())]) as it:
        await it.say("run asking one")
        card = await it.card("Where to?", "Enough")
        answer = await it.click(card, "Send", {"comment": "word\n" * 700})
        body = answer["value"]["body"]
        assert [part["type"] for part in body] == ["RichTextBlock", "RichTextBlock", "ActionSet"]
        page = await it.click(answer["value"], "Show whole text")
        assert "line" in text_of(page["value"])
