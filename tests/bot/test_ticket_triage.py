"""Ticket triage from the chat, in local mode: the sample systems are there by themselves."""

from bot.sample.records import Records
from tests.fakes.connector import FakeConnector
from tests.fakes.signoff import buttons, filled, signoff, text_of
from tests.fakes.teams import ALICE

TWICE = "run ticket-triage CS-1234: I was charged twice in November, 99.99 EUR each time"


async def test_a_refund_with_an_edited_amount_is_made_after_a_restart(any_store, tmp_path):
    refunds = tmp_path / "refunds.jsonl"
    async with FakeConnector() as teams:
        async with signoff(any_store, connector=teams, refunds=refunds) as it:
            await it.say(TWICE)
            card = await it.card("Issue refund?", "Amount: 99.99")
        async with signoff(any_store, connector=teams, refunds=refunds) as it:
            card = await decided(it, card)
    assert "The refund of 49.99 EUR for order ORD-7002 is made, as REF-0001." in text_of(card)
    (made,) = Records(refunds).refunds.values()
    assert made["refund"]["amount"] == 49.99


async def decided(it, card):
    """Change the amount, and approve."""
    form = (await it.click(card, "Edit values"))["value"]
    numbers = [part for part in form["body"] if part["type"] == "Input.Number"]
    assert [(part["label"], part["max"]) for part in numbers] == [("Amount", 99.99)]
    too_much = await it.click(form, "Approve these values", filled(form, Amount="120"))
    assert too_much["value"] == "Amount must be at most 99.99, not 120."
    await it.click(form, "Approve these values", filled(form, Amount="49.99"))
    return await it.card("Completed", "What was done")


async def test_who_wrote_the_ticket_is_asked_in_the_chat_and_their_words_are_the_answer(any_store):
    async with signoff(any_store) as it:
        await it.say("run ticket-triage my VPN is gone")
        card = await it.card("Which ticket or customer is this about?")
        assert "Send" in buttons(card)
        await it.click(card, "Send", {"comment": "INC-2001"}, by=ALICE)
        assert "Ben Novak" in text_of(await it.card("Completed", "Ticket INC-2001"))


async def test_a_rejection_is_in_the_result_with_its_reason(store):
    async with signoff(store) as it:
        await it.say(TWICE)
        card = await it.card("Issue refund?")
        await it.click(card, "Reject", {"comment": "both were used"})
        card = await it.card("Completed", "What was done")
    assert "said no: both were used" in text_of(card)
