"""Tool calls, data reviews, forms and plans in chat: proposed, decided and executed, each on record."""

import json
from typing import Any

from agent_framework import Executor, WorkflowContext, handler, response_handler

from orchestration.execution import approved
from orchestration.messages import DATA, INPUT, PLAN, TOOL, Answer, Conversation, Question, Result, Rule
from tests.fakes import teams
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL
from tests.fakes.workflows import First, Last, Work, asking, chain

GROUP = teams.group()
TWO = (BOB.entra_id, CAROL.entra_id)
MAIL = {"to": "ada@contoso.com", "amount": 90}
SCHEMA = {
    "type": "object",
    "required": ["to", "amount"],
    "properties": {
        "to": {"type": "string", "format": "email", "title": "Recipient"},
        "amount": {"type": "integer", "minimum": 1, "maximum": 500, "title": "Amount"},
    },
    "additionalProperties": False,
}


def call(**more: Any) -> Question:
    schema = json.dumps(SCHEMA)
    given = {"kind": TOOL, "subject": "send_mail", "proposed": json.dumps(MAIL), "schema": schema}
    return Question("Send the invoice?", "The agent has written it.", **{**given, **more})


class Sends(Executor):
    """Does what was approved; the test may make it do something else."""

    def __init__(self, work: Work) -> None:
        super().__init__(id="sends")
        self._work = work

    @handler
    async def ask(self, talk: Conversation, ctx: WorkflowContext) -> None:
        await ctx.request_info(call(), Answer, request_id="send-1")

    @response_handler
    async def answered(
        self, question: Question, answer: Answer, ctx: WorkflowContext[Conversation, Result]
    ) -> None:
        values = json.loads(answer.values or "{}") | ({"to": "eve@evil.example"} if self._work.done else {})
        approved(answer, "send_mail", values)
        self._work.do("sent", answer.values)
        await ctx.send_message(Conversation().saying("user", answer.values))


def sending(work: Work):
    return chain("sending", lambda: First("first", Work()), lambda: Sends(work), lambda: Last("last", Work()))


async def started(it, words: str = "Send the invoice?", by=ALICE, name: str = "asking"):
    await it.say(f"run {name} please", by=by, where=GROUP)
    return await it.card(words, where=GROUP)


async def edited(it, card, values: dict[str, str], by=BOB):
    form = (await it.click(card, "Edit values", by=by, where=GROUP))["value"]
    return await it.click(form, "Approve these values", values, by=by, where=GROUP)


async def test_a_tool_call_shows_the_tool_and_every_argument(store):
    async with signoff(store, definitions=[asking(call())]) as it:
        card = await started(it)
    said = text_of(card)
    assert "Send mail with these values:" in said
    assert "Recipient: ada@contoso.com" in said
    assert "Amount: 90" in said


async def test_edited_values_are_checked_before_anything_is_recorded(any_store):
    work = Work()
    async with signoff(any_store, definitions=[asking(call(), work)]) as it:
        card = await started(it)
        too_much = await edited(it, card, {"v.0": "ada@contoso.com", "v.1": "900"})
        assert too_much["value"] == "Amount must be at most 500, not 900."
        no_mail = await edited(it, card, {"v.0": "nowhere", "v.1": "80"})
        assert "Recipient" in no_mail["value"]
        (run,) = await any_store.runs_in(teams.TENANT, GROUP["id"], 2)
        assert (await any_store.read(run.key)).approvals["ask-1"].pending
        answer = await edited(it, card, {"v.0": "ben@contoso.com", "v.1": "80"})
        assert "✓ Approved" in text_of(answer["value"])
        await it.card("Completed", where=GROUP)
        approval = await any_store.approval(run.key, "ask-1")
    assert json.loads(approval.proposed) == MAIL
    assert json.loads(approval.decision.values) == {"to": "ben@contoso.com", "amount": 80}
    assert work.done == ["first", "answered", "last"]


async def test_nobody_approves_values_that_they_have_not_seen(store):
    async with signoff(store, definitions=[asking(call(rule=Rule(approvers=TWO, needed=2)))]) as it:
        old = await started(it)
        await edited(it, old, {"v.0": "ada@contoso.com", "v.1": "80"})
        refused = await it.click(old, "Approve", by=CAROL, where=GROUP)
        assert "The values have changed since your card was drawn" in refused["value"]
        card = await it.card("Amount: 80", "1 of 2 have approved", where=GROUP)
        await it.click(card, "Approve", by=CAROL, where=GROUP)
        await it.card("Completed", where=GROUP)


async def test_proposed_decided_and_executed_are_three_records(any_store):
    work = Work()
    async with signoff(any_store, definitions=[sending(work)]) as it:
        card = await started(it, name="sending")
        await edited(it, card, {"v.0": "ada@contoso.com", "v.1": "80"})
        await it.card("Completed", where=GROUP)
        (run,) = await any_store.runs_in(teams.TENANT, GROUP["id"], 2)
        told = {event.what: event.values for event in await any_store.history(run.key)}
    decided = {"to": "ada@contoso.com", "amount": 80}
    assert json.loads(told["asked"]) == MAIL
    assert json.loads(told["decided: approve"]) == decided
    assert json.loads(told["executed"]) == decided


async def test_what_was_not_approved_is_not_done(store):
    work = Work()
    work.done.append("tampered with")
    async with signoff(store, definitions=[sending(work)]) as it:
        card = await started(it, name="sending")
        await it.click(card, "Approve", by=BOB, where=GROUP)
        await it.card("send_mail was to be done with other values than were approved", where=GROUP)
    assert work.done == ["tampered with"]


async def test_a_data_review_shows_old_and_new(store):
    question = call(kind=DATA, before=json.dumps({"to": "ada@contoso.com", "amount": 70}))
    async with signoff(store, definitions=[asking(question)]) as it:
        card = await started(it)
        assert "70 → 90" in text_of(card)
        await it.click(card, "Approve", by=BOB, where=GROUP)
        await it.card("Completed", where=GROUP)


async def test_a_form_is_filled_in_or_declined(store):
    question = call(kind=INPUT, proposed="", subject="")
    async with signoff(store, definitions=[asking(question)]) as it:
        card = await started(it)
        assert "Recipient (needed)" in json.dumps(card)
        missing = await it.click(card, "Send", {"v.0": "ada@contoso.com"}, by=BOB, where=GROUP)
        assert "Amount" in missing["value"]
        sent = await it.click(card, "Send", {"v.0": "ada@contoso.com", "v.1": "5"}, by=BOB, where=GROUP)
        assert "✓ Filled in" in text_of(sent["value"])
        await it.card("Completed", where=GROUP)
        other = teams.group("19:other@thread.v2")
        await it.say("run asking please", where=other)
        card = await it.card("Send the invoice?", where=other)
        await it.say("approve", where=other)
        await it.told("This question has a form.", where=other)
        declined = await it.click(card, "Decline", {"comment": "no budget"}, by=BOB, where=other)
        assert "✗ Declined" in text_of(declined["value"])


async def test_a_plan_is_approved_or_sent_back(store):
    question = Question("Work like this?", "1. Read\n2. Answer", kind=PLAN)
    async with signoff(store, definitions=[asking(question)]) as it:
        card = await started(it, "Work like this?")
        assert {"Approve plan", "Request changes", "Reject"} <= buttons(card).keys()
        await it.click(card, "Approve plan", by=BOB, where=GROUP)
        await it.card("Completed", where=GROUP)


async def test_a_question_that_nobody_could_answer_fails_the_run_with_a_sentence(store):
    for question, why in [
        (call(schema='{"type": "array"}'), "schema is for something else"),
        (call(schema='{"$ref": "https://example.com/x"}'), "schema"),
        (call(proposed="[1]"), "must be a group of named values"),
        (call(proposed="{"), "must be JSON"),
        (call(kind="riddle"), "its kind is not known"),
        (call(rule=Rule(approvers=TWO, needed=3)), "3 people must approve, but only 2 may"),
        (call(rule=Rule(approvers=("group:unknown",))), "unknown"),
    ]:
        async with signoff(store, definitions=[asking(question)]) as it:
            await it.say("run asking please", where=GROUP)
            await it.card("Failed", where=GROUP)
            await it.card(why, where=GROUP)
