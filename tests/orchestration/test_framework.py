"""What the framework's own orchestrations ask, answered by people over restarts."""

import json

import pytest
from agent_framework import Content

from orchestration.agents.demo import DemoChatClient
from orchestration.errors import InvalidInputError
from orchestration.messages import REPLY, TOOL
from orchestration.model import RunStatus, Verdict
from orchestration.rules import glance
from tests.fakes.core import ALICE, core
from tests.fakes.orchestrations import definition, refunding

CALLS = {"call-1": 12, "call-2": 30}


def clerk(messages, options):
    """Hand over to billing, pay back what is asked for, and talk."""
    offered = {getattr(tool, "name", "") for tool in options.get("tools") or ()}
    results = [part for message in messages for part in message.contents if part.type == "function_result"]
    if "handoff_to_billing" in offered and not any(each.author_name == "billing" for each in messages):
        return [Content.from_function_call(call_id="hand-1", name="handoff_to_billing", arguments="{}")]
    if "refund" in offered and not [each for each in results if each.call_id in CALLS]:
        calls = (
            Content.from_function_call(each, "refund", arguments={"amount": CALLS[each]}) for each in CALLS
        )
        return [*calls][: 2 if "both" in messages[0].text else 1]
    heard = " ".join(str(each.result) for each in results if each.call_id in CALLS)
    return f"{heard or 'Hello.'} You said: {messages[-1].text}"


def client():
    return DemoChatClient(rules={"in a handoff": clerk})


async def asked(it, key, seen=()):
    """Return the questions that wait and were not seen yet."""
    book = await it.until(
        key, lambda book: book.run.status == "waiting" and any(each.id not in seen for each in book.pending)
    )
    return [each for each in book.pending if each.id not in seen]


async def test_a_handoff_goes_on_with_each_answer_in_a_new_process_and_ends_when_the_person_ends_it(
    any_store,
):
    seen = []
    for turn in range(4):
        async with core(
            any_store, worker=f"worker-{turn}", client=client(), definitions=[definition()]
        ) as it:
            if not seen:
                run = await it.start("hello", workflow="handoff")
            else:
                await it.decide(run.key, seen[-1].id, Verdict.APPROVE, f"words {turn}", by=ALICE)
            (question,) = await asked(it, run.key, [each.id for each in seen])
            seen.append(question)
    assert [(each.kind, each.title, each.step) for each in seen] == [(REPLY, "billing asks", "billing")] * 4
    assert seen[3].text.endswith("You said: words 3")
    async with core(any_store, worker="worker-9", client=client(), definitions=[definition()]) as it:
        await it.decide(run.key, seen[3].id, Verdict.REJECT, by=ALICE)
        run = await it.ended(run.key)
        assert await it.store.text(run.key, "result") == seen[3].text
    assert run.status is RunStatus.COMPLETED


async def test_a_tool_in_a_handoff_runs_once_when_it_was_approved_and_cannot_be_given_other_values(any_store):
    done = []
    how = {"client": client(), "definitions": [definition(tools=(refunding(done),))]}
    async with core(any_store, **how) as it:
        run = await it.start("pay back", workflow="handoff")
        (question,) = await asked(it, run.key)
        assert (question.kind, question.subject) == (TOOL, "refund")
        assert json.loads(question.proposed) == {"amount": 12}
        assert not question.schema
    assert not done
    async with core(any_store, worker="worker-2", **how) as it:
        seen = glance(question)
        with pytest.raises(InvalidInputError, match="cannot be changed"):
            await it.decide(run.key, question.id, Verdict.APPROVE, values='{"amount": 99}', seen=seen)
        await it.decide(run.key, question.id, Verdict.APPROVE, seen=seen)
        (talk,) = await asked(it, run.key, [question.id])
    assert done == ["12"]
    assert "Paid 12 back." in talk.text


async def test_of_two_calls_one_is_approved_and_one_rejected_and_the_model_hears_of_both(any_store):
    done = []
    how = {"client": client(), "definitions": [definition(tools=(refunding(done),))]}
    async with core(any_store, **how) as it:
        run = await it.start("pay both back", workflow="handoff")
        questions = await asked(it, run.key)
        while len(questions) < 2:
            questions = await asked(it, run.key)
        first, second = sorted(questions, key=lambda each: each.proposed)
        await it.decide(run.key, first.id, Verdict.REJECT, "too little", seen=glance(first))
        await it.until(run.key, lambda book: first.id not in book.approvals)
    assert not done
    async with core(any_store, worker="worker-2", **how) as it:
        await it.decide(run.key, second.id, Verdict.APPROVE, seen=glance(second))
        (talk,) = await asked(it, run.key, [first.id, second.id])
    assert done == ["30"]
    assert "rejected" in talk.text
    assert "Paid 30 back." in talk.text
