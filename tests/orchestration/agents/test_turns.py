"""A step whose agent uses tools and asks people, over the wire to a model and over restarts."""

import json
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from agent_framework import Executor, WorkflowBuilder, WorkflowContext, handler, tool
from pydantic import BaseModel

from orchestration.agents import models
from orchestration.agents.step import AgentStep
from orchestration.agents.turns import ROUNDS, with_rounds
from orchestration.errors import InvalidInputError, StepError, StoreUnavailableError
from orchestration.idempotency import idempotency_key
from orchestration.messages import DECISION, REPLY, REVIEW, TOOL, Conversation, Result
from orchestration.model import RunStatus, Step, Verdict
from orchestration.register import Asker
from orchestration.workflows.definition import Definition
from tests.fakes.core import ALICE, CHAT, core
from tests.fakes.openai import FakeOpenAI, break_off, call, refuse, say
from tests.fakes.packages import PARCELS
from tests.fakes.workflows import First, Last, Work


class Bank:
    """What the tools have done."""

    def __init__(self) -> None:
        self.paid: list[tuple[str, int]] = []
        self.keys: list[str] = []
        self.looked: list[str] = []
        self.trouble: list[Exception] = []


class Plan(BaseModel):
    title: str
    total: Decimal


def talking(bank: Bank, **how) -> Definition:
    """first → clerk (looks up, pays when it may, asks) → ann (reads all) → last"""

    @tool
    def look_up(customer: str) -> str:
        """Return what is known of a customer."""
        bank.looked.append(customer)
        if customer == "everybody":
            return "x" * 30_000
        if customer == "nobody":
            raise InvalidInputError("There is no such customer.")
        return f"{customer} is a good customer."

    @tool
    def pay(to: str, amount: int) -> str:
        """Pay somebody."""
        bank.keys.append(idempotency_key("pay", to))
        bank.paid.append((to, amount))
        if bank.trouble:
            raise bank.trouble.pop()
        return f"Paid {amount}."

    def build(means):
        clerk = AgentStep(
            "clerk",
            means.agent("clerk", "You are the clerk."),
            tools=[look_up],
            guarded=[pay],
            rule=means.usual_rule,
            asks=means.requester_rule,
            **how,
        )
        ann = AgentStep("ann", means.agent("ann", "You are Ann."))
        first, last = First("first", Work()), Last("last", Work())
        builder = WorkflowBuilder(name="talking@1", start_executor=first, output_from=[last])
        return with_rounds(builder.add_chain([first, clerk, ann, last]), clerk, ann).build()

    steps = tuple(Step(name, name.capitalize()) for name in ("first", "clerk", "ann", "last"))
    return Definition("talking", 1, "Talking", "pay Ada", steps, build)


@asynccontextmanager
async def office(store, server: FakeOpenAI, bank: Bank, definition: Definition | None = None, **how):
    model = models.choose(
        {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "m"}, azure_credential=None
    )
    try:
        async with core(store, client=model.client, definitions=[definition or talking(bank, **how)]) as it:
            yield it
    finally:
        await model.aclose()


def said(asked) -> list[tuple[str, str]]:
    """What the model was sent, after its instructions."""
    return [(m["role"], str(m["content"])) for m in asked.body["messages"] if m["role"] != "system"]


PAY = ("pay", {"to": "ada", "amount": 90})


async def test_a_guarded_tool_runs_with_the_values_that_people_approved_and_only_then(any_store):
    bank = Bank()
    async with FakeOpenAI(call(PAY, words="Ada is owed 90."), say("I paid."), say("Thanks.")) as server:
        async with office(any_store, server, bank) as it:
            run = await it.start("Pay Ada", workflow="talking")
            question = await it.asked(run.key, "clerk-1")
            assert (question.kind, question.subject) == (TOOL, "pay")
            assert json.loads(question.proposed) == {"to": "ada", "amount": 90}
            assert question.text == "Ada is owed 90."
            assert not any(b"openai" in state for state in await it.saved(run.key))  # its classes may move
        assert bank.paid == []
        async with office(any_store, server, bank) as it:  # another process, so to say
            await it.decide(run.key, "clerk-1", Verdict.APPROVE, values='{"to": "ada", "amount": 80}')
            ended = await it.ended(run.key)
        assert ended.status is RunStatus.COMPLETED
        assert bank.paid == [("ada", 80)]
        told = server.asked[1].body["messages"]
    assert [message["role"] for message in told[-3:]] == ["user", "assistant", "tool"]
    assert told[-2]["tool_calls"][0]["id"] == told[-1]["tool_call_id"]
    assert "Approved by Bob Builder with changed values (Amount: 80 instead of 90)." in told[-1]["content"]
    assert [role for role, _ in said(server.asked[2])] == ["user", "assistant", "assistant"]
    assert "Paid 80." in said(server.asked[2])[1][1]


async def test_the_reason_of_a_rejection_reaches_the_model_and_nothing_is_done(store):
    bank = Bank()
    async with FakeOpenAI(call(PAY), say("Then not."), say("Fine.")) as server:
        async with office(store, server, bank) as it:
            run = await it.start("Pay Ada", workflow="talking")
            await it.asked(run.key, "clerk-1")
            await it.decide(run.key, "clerk-1", Verdict.REJECT, "she was paid already")
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        heard = server.asked[1].body["messages"][-1]["content"]
    assert heard == "Not done. Bob Builder said no: she was paid already."
    assert bank.paid == []


async def test_the_same_call_twice_is_two_effects_with_a_key_each_that_a_repetition_keeps(store, monkeypatch):
    bank = Bank()
    async with FakeOpenAI(call(PAY, PAY), say("Paid twice."), say("Fine.")) as server:
        async with office(store, server, bank) as it:
            run = await it.start("Pay Ada twice", workflow="talking")
            await it.asked(run.key, "clerk-2")
            write, lost = store.write, []

            async def losing(before, after):
                if bank.paid and not lost:
                    lost.append(after)
                    raise StoreUnavailableError("gone for a moment")
                return await write(before, after)

            await it.dispatcher.stop()  # both answers shall be there when it goes on
            for name in ("clerk-1", "clerk-2"):
                await it.decide(run.key, name, Verdict.APPROVE)
        monkeypatch.setattr(store, "write", losing)
        async with office(store, server, bank) as it:
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
    assert lost
    assert len(bank.keys) == 4  # the superstep ran twice
    assert len(set(bank.keys)) == 2


async def test_the_same_call_of_two_steps_side_by_side_is_two_effects(store):
    keys = []

    @tool
    def note(words: str) -> str:
        """Write something down."""
        keys.append(idempotency_key("note", words))
        return "Noted."

    class Both(Executor):
        @handler
        async def end(self, talks: list[Conversation], ctx: WorkflowContext[Any, Result]) -> None:
            await ctx.yield_output(Result(talks[0].messages[-1].text))

    def build(means):
        first, both = First("first", Work()), Both(id="both")
        clerks = [AgentStep(name, means.agent(name, "You are a clerk."), tools=[note]) for name in ("a", "b")]
        builder = WorkflowBuilder(name="pair@1", start_executor=first, output_from=[both])
        builder = builder.add_fan_out_edges(first, clerks).add_fan_in_edges(clerks, both)
        return with_rounds(builder, *clerks).build()

    steps = tuple(Step(name, name) for name in ("first", "a", "b", "both"))
    once = call(("note", {"words": "paid"}))
    async with FakeOpenAI(once, once, say("Done."), say("Done.")) as server:
        environ = {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "m"}
        model = models.choose(environ, azure_credential=None)
        definition = Definition("pair", 1, "Pair", "note it", steps, build)
        async with core(store, client=model.client, definitions=[definition]) as it:
            run = await it.start("Note it", workflow="pair")
            ended = await it.ended(run.key)
        await model.aclose()
    assert ended.status is RunStatus.COMPLETED
    assert len(set(keys)) == 2


async def test_free_tools_guarded_tools_and_questions_in_one_answer_are_all_heard(any_store):
    bank = Bank()
    ask = (
        "request_user_input",
        {"question": "Which account?", "kind": "choice", "options": ["Gold", "Blue"]},
    )
    both = call(("look_up", {"customer": "ada"}), PAY, ask)
    async with FakeOpenAI(both, say("Done."), say("Fine.")) as server:
        async with office(any_store, server, bank) as it:
            run = await it.start("Pay Ada", workflow="talking")
            choice = await it.asked(run.key, "clerk-2")
            assert (choice.kind, choice.approvers) == (DECISION, (ALICE.id,))
            await it.decide(run.key, "clerk-1", Verdict.APPROVE)
            await it.until(run.key, lambda b: "clerk-1" not in b.approvals and b.run.status == "waiting")
        async with office(any_store, server, bank) as it:
            await it.decide(run.key, "clerk-2", Verdict.APPROVE, by=ALICE, option="2")
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        tools = [m["content"] for m in server.asked[1].body["messages"] if m["role"] == "tool"]
        later = said(server.asked[2])
    assert sorted(tools) == ["Approved by Bob Builder. Paid 90.", "Blue", "ada is a good customer."]
    assert bank.looked == ["ada"]
    assert bank.paid == [("ada", 90)]
    assert ("user", "Blue") in later
    assert any("Which account? (Gold, Blue)" in text for _, text in later)


async def test_an_agent_asks_for_words_and_for_a_yes(store):
    bank = Bank()
    words = ("request_user_input", {"question": "For whom?", "kind": "text"})
    yes = ("request_user_input", {"question": "All right?", "kind": "approval", "details": "It costs 90."})
    async with FakeOpenAI(call(words), call(yes), say("Done."), say("Fine.")) as server:
        async with office(store, server, bank) as it:
            run = await it.start("Pay", workflow="talking")
            assert (await it.asked(run.key, "clerk-1")).kind == REPLY
            await it.decide(run.key, "clerk-1", Verdict.APPROVE, "For Ada", by=ALICE)
            second = await it.asked(run.key, "clerk-2")
            assert (second.kind, second.text) == (REVIEW, "It costs 90.")
            await it.decide(run.key, "clerk-2", Verdict.REQUEST_CHANGES, "only 80", by=ALICE)
            await it.ended(run.key)
        tools = [m["content"] for m in server.asked[2].body["messages"] if m["role"] == "tool"]
    assert tools == ["For Ada", "Not like this. only 80"]


async def test_somebody_who_cannot_say_lets_the_agent_do_without(store):
    words = ("request_user_input", {"question": "For whom?", "kind": "text"})
    async with FakeOpenAI(call(words), say("Done."), say("Fine.")) as server:
        async with office(store, server, Bank()) as it:
            run = await it.start("Pay", workflow="talking")
            asked = await it.asked(run.key, "clerk-1")
            assert [option.title for option in asked.options] == ["Go on without an answer"]
            await it.decide(run.key, "clerk-1", Verdict.REJECT, by=ALICE)
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        tools = [m["content"] for m in server.asked[1].body["messages"] if m["role"] == "tool"]
    assert tools == ["No answer. Do without it."]


@pytest.mark.parametrize(
    ("wrong", "heard"),
    [
        (("pay", '{"to": "ada", '), "Not done: the arguments are no JSON object."),
        (("pay", {"to": "ada", "amount": "lots"}), "Not done: Amount must be a whole number"),
        (("pay", {"amount": 5}), "Not done: To"),
        (("rob", {}), "Error: Requested function"),
        (("look_up", {"customer": "nobody"}), "Not done: There is no such customer."),
        (
            ("request_user_input", {"question": "?", "kind": "choice", "options": ["a", "a"]}),
            "Not asked: a choice",
        ),
        (("request_user_input", {"question": "", "kind": "text"}), "Not done"),
        (
            ("request_user_input", {"question": "?", "kind": "choice", "options": [" ", "a"]}),
            "Not asked: a choice",
        ),
    ],
)
async def test_a_call_that_cannot_be_done_is_told_to_the_model_and_to_nobody_else(store, wrong, heard):
    bank = Bank()
    async with FakeOpenAI(call(wrong), say("Then not."), say("Fine.")) as server:
        async with office(store, server, bank) as it:
            run = await it.start("Pay Ada", workflow="talking")
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
            assert await it.store.approvals(run.key) == []
        assert server.asked[1].body["messages"][-1]["content"].startswith(heard)
    assert bank.paid == []


async def test_a_tool_that_answers_with_very_much_is_heard_as_far_as_there_is_room(store):
    everybody = call(("look_up", {"customer": "everybody"}))
    async with FakeOpenAI(everybody, say("Done."), say("Fine.")) as server:
        async with office(store, server, Bank()) as it:
            run = await it.start("Look", workflow="talking")
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        heard = server.asked[1].body["messages"][-1]["content"]
    assert heard.endswith("(cut: there are 30,000 characters)")
    assert len(heard) < 21_000


async def test_a_repeated_turn_of_the_model_does_not_repeat_what_was_done(store):
    bank = Bank()
    # The model fails after the payment: its turn is repeated, the superstep of the payment is not.
    script = [call(PAY), *[refuse(400, "bad request")], say("I paid."), say("Thanks.")]
    async with FakeOpenAI(*script) as server, office(store, server, bank) as it:
        run = await it.start("Pay Ada", workflow="talking")
        await it.asked(run.key, "clerk-1")
        await it.decide(run.key, "clerk-1", Verdict.APPROVE)
        assert (await it.ended(run.key)).status is RunStatus.FAILED
        await it.runs.resume(run.id, Asker(ALICE, CHAT))
        assert (await it.until(run.key, lambda b: b.run.status == "completed")).run.over
    assert bank.paid == [("ada", 90)]


async def test_a_run_that_fails_after_it_has_paid_is_resumed_under_the_same_key(store):
    bank = Bank()
    bank.trouble.append(StepError("The bank answered with something that is no JSON."))
    async with (
        FakeOpenAI(call(PAY), say("I paid."), say("Fine.")) as server,
        office(store, server, bank) as it,
    ):
        run = await it.start("Pay Ada", workflow="talking")
        await it.asked(run.key, "clerk-1")
        await it.decide(run.key, "clerk-1", Verdict.APPROVE)
        assert (await it.ended(run.key)).status is RunStatus.FAILED
        failure = await it.store.failure(run.key, "failure-1")
        assert failure.resumable
        assert "may have been done already" in failure.kept
        await it.runs.resume(run.id, Asker(ALICE, CHAT))
        await it.until(run.key, lambda book: book.run.status == "completed")
    assert len(bank.keys) == 2
    assert len(set(bank.keys)) == 1


async def test_an_answer_of_the_wrong_shape_goes_back_to_the_model(store):
    bank = Bank()
    wrong, right = '{"title": "x", "total": "much"}', '{"title": "x", "total": "12.50"}'
    async with FakeOpenAI(say(wrong), say("no json"), say(right), say("Fine.")) as server:
        async with office(store, server, bank, answers=Plan) as it:
            run = await it.start("Plan", workflow="talking")
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        assert "“total”" in said(server.asked[1])[-1][1]
        assert "not “much”" in said(server.asked[1])[-1][1]
        assert "no JSON" in said(server.asked[2])[-1][1]
        assert server.asked[0].body["response_format"]["json_schema"]["name"] == "Plan"
        assert said(server.asked[3]) == [("user", "Plan"), ("assistant", right)]


async def test_an_answer_that_stays_wrong_fails_the_run_with_what_was_expected_and_what_is_there(store):
    wrong = [say('{"title": 5, "total": 1}')] * 3
    async with FakeOpenAI(*wrong) as server, office(store, server, Bank(), answers=Plan) as it:
        run = await it.start("Plan", workflow="talking")
        assert (await it.ended(run.key)).status is RunStatus.FAILED
        failure = await it.store.failure(run.key, "failure-1")
    assert "The agent clerk gave no usable answer. In the answer, “title”" in failure.reason
    assert "not 5" in failure.reason


async def test_an_agent_that_only_calls_tools_is_stopped(store):
    endless = [call(("look_up", {"customer": "ada"}))] * (ROUNDS + 1)
    async with FakeOpenAI(*endless) as server, office(store, server, Bank()) as it:
        run = await it.start("Pay Ada", workflow="talking")
        assert (await it.ended(run.key)).status is RunStatus.FAILED
        failure = await it.store.failure(run.key, "failure-1")
    assert f"called tools {ROUNDS} times" in failure.reason


async def test_a_connection_that_breaks_in_the_middle_is_tried_again_from_the_round(store):
    bank = Bank()
    broken = [break_off] * 4  # the client's own tries
    async with (
        FakeOpenAI(call(("look_up", {"customer": "ada"})), *broken, say("Done."), say("Fine.")) as server,
        office(store, server, bank) as it,
    ):
        run = await it.start("Pay Ada", workflow="talking")
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED
    assert bank.looked == ["ada"]


def parcels() -> Definition:
    """The workflow with an agent that the README shows."""
    names = {
        "Any": Any,
        "Executor": Executor,
        "handler": handler,
        "tool": tool,
        "WorkflowBuilder": WorkflowBuilder,
        "WorkflowContext": WorkflowContext,
        "Conversation": Conversation,
        "Result": Result,
        "AgentStep": AgentStep,
        "with_rounds": with_rounds,
        "idempotency_key": idempotency_key,
    }
    exec(PARCELS, names)  # noqa: S102 - it is our own README
    steps = tuple(Step(name, name.capitalize()) for name in ("begin", "clerk", "report"))
    return Definition("parcels", 1, "Parcels", "Parcel 77 never came", steps, names["build"])


async def test_the_agent_of_the_readme_asks_and_does_what_was_approved(store):
    asks = call(("request_user_input", {"question": "Which parcel?", "kind": "text"}))
    acts = call(("reship", {"parcel": "77", "express": True}))
    async with FakeOpenAI(asks, acts, say("It is on its way.")) as server:
        async with office(store, server, Bank(), parcels()) as it:
            run = await it.start("My parcel never came", workflow="parcels")
            question = await it.asked(run.key, "clerk-1")
            assert (question.kind, question.approvers) == (REPLY, (ALICE.id,))
            await it.decide(run.key, "clerk-1", Verdict.APPROVE, "77", by=ALICE)
            assert (await it.asked(run.key, "clerk-2")).subject == "reship"
            await it.decide(run.key, "clerk-2", Verdict.APPROVE)
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        heard = server.asked[2].body["messages"][-1]["content"]
        assert await store.text(run.key, "result") == "It is on its way."
    assert "Parcel 77 is sent again" in heard
