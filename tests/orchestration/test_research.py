"""Research: a plan that people approve, and a team that works by it; the framework's own orchestration."""

import json
from contextlib import asynccontextmanager

import pytest

from orchestration.agents import models
from orchestration.agents.demo import RULES, DemoChatClient, research
from orchestration.errors import InvalidInputError, NotAllowedError, StoreUnavailableError
from orchestration.messages import PLAN
from orchestration.model import ApprovalStatus, RunStatus, Verdict
from tests.fakes.core import ALICE, BOB, CAROL, core
from tests.fakes.openai import FakeOpenAI, break_off, say
from tests.fakes.stores import Between

ASK = "Should our team move to a four-day week?"


async def plan(it, key, seen=()):
    """Wait for a plan that was not seen yet."""
    book = await it.until(
        key, lambda book: book.run.status == "waiting" and any(name not in seen for name in book.approvals)
    )
    return next(each for name, each in book.approvals.items() if name not in seen)


async def test_an_approved_plan_becomes_a_report_and_everybody_has_worked(any_store):
    async with core(any_store) as it:
        run = await it.start(ASK, workflow="research")
        asked = await plan(it, run.key)
        assert (asked.kind, asked.step) == (PLAN, "magentic_orchestrator")
        assert asked.text.startswith("1. The researcher gathers")
        await it.decide(run.key, asked.id, Verdict.APPROVE)
        run = await it.ended(run.key)
        result = await it.store.text(run.key, "result")
    assert run.status is RunStatus.COMPLETED
    assert result.startswith("Should our team move to a four-day week")
    assert {step for step, _ in run.spent} == {"magentic_orchestrator", "researcher", "analyst", "writer"}


async def test_a_plan_is_revised_as_often_as_people_wish_each_time_by_a_new_process(any_store):
    seen, wishes = [], ("Ask customers too.", "Leave out the analyst.")
    async with core(any_store) as it:
        run = await it.start(ASK, workflow="research")
        seen.append(await plan(it, run.key))
    for number, wish in enumerate(wishes, 2):
        async with core(any_store, worker=f"worker-{number}") as it:
            await it.decide(run.key, seen[-1].id, Verdict.REQUEST_CHANGES, wish)
            seen.append(await plan(it, run.key, [each.id for each in seen]))
    async with core(any_store, worker="worker-9") as it:
        with pytest.raises(InvalidInputError, match="what should change"):
            await it.decide(run.key, seen[-1].id, Verdict.REQUEST_CHANGES, "")
        await it.decide(run.key, seen[-1].id, Verdict.APPROVE)
        run = await it.ended(run.key)
        old = await it.store.approval(run.key, seen[0].id)
    assert "As asked: Ask customers too." in seen[1].text
    assert "analyst weighs it" in seen[1].text
    assert "analyst weighs it" not in seen[2].text
    assert run.status is RunStatus.COMPLETED
    assert "analyst" not in dict(run.spent)
    assert old.status is ApprovalStatus.CHANGES_REQUESTED


async def test_a_rejected_plan_ends_the_run_as_rejected(any_store):
    async with core(any_store) as it:
        run = await it.start(ASK, workflow="research")
        asked = await plan(it, run.key)
        await it.decide(run.key, asked.id, Verdict.REJECT, "not now")
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
        closed = await it.store.approval(run.key, asked.id)
    assert run.status is RunStatus.REJECTED
    assert not book.approvals
    assert closed.delivered
    assert "researcher" not in dict(run.spent)


async def test_only_the_approvers_approve_a_plan(store):
    async with core(store, approvers=[BOB.id]) as it:
        run = await it.start(ASK, workflow="research")
        asked = await plan(it, run.key)
        for nobody in (ALICE, CAROL):
            with pytest.raises(NotAllowedError):
                await it.decide(run.key, asked.id, Verdict.APPROVE, by=nobody)
        await it.decide(run.key, asked.id, Verdict.APPROVE, by=BOB)
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED


def stuck(messages, options):
    """A manager who sees no progress until people have approved a second plan."""
    text = research.manager(messages, options)
    if "pure JSON" not in messages[-1].text or any("second plan" in each.text for each in messages):
        return text if "what went wrong" not in messages[-1].text else f"The second plan:\n{text}"
    ledger = json.loads(text)
    ledger["is_progress_being_made"]["answer"] = False
    ledger["is_request_satisfied"]["answer"] = False
    return json.dumps(ledger)


async def test_work_that_does_not_get_on_is_said_and_asked_again(any_store):
    client = DemoChatClient(rules={**RULES, "lead a small research team": stuck})
    async with core(any_store, client=client) as it:
        run = await it.start(ASK, workflow="research")
        first = await plan(it, run.key)
        await it.decide(run.key, first.id, Verdict.APPROVE)
        again = await plan(it, run.key, [first.id])
        assert again.title == "The work does not get on. Go on with this new plan?"
        assert "The second plan" in again.text
    async with core(any_store, client=client, worker="worker-2") as it:
        await it.decide(run.key, again.id, Verdict.APPROVE)
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED


def never(messages, options):
    """A manager who is never content."""
    text = research.manager(messages, options)
    if "pure JSON" not in messages[-1].text:
        return text
    ledger = json.loads(text)
    ledger["is_request_satisfied"]["answer"] = False
    return json.dumps(ledger)


async def test_a_team_that_never_comes_to_an_end_is_stopped_with_a_sentence(store):
    client = DemoChatClient(rules={**RULES, "lead a small research team": never})
    async with core(store, client=client) as it:
        run = await it.start(ASK, workflow="research")
        await it.decide(run.key, (await plan(it, run.key)).id, Verdict.APPROVE)
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
    assert run.status is RunStatus.FAILED
    assert "has used all its rounds" in next(iter(book.failures.values())).reason


async def test_a_plan_whose_checkpoint_was_lost_is_asked_once(any_store):
    """The framework gives a question a new id when its superstep is repeated; the old one was never seen."""
    lost = []

    async def away(_before, after):
        if not lost and after.pending:
            lost.append(after.pending[0].id)
            raise StoreUnavailableError("away")

    async with core(Between(any_store, before=away)) as it:
        run = await it.start(ASK, workflow="research")
        asked = await plan(it, run.key)
        book = await it.store.read(run.key)
        kept = await it.store.approvals(run.key)
    assert lost != [asked.id]
    assert [each.id for each in kept] == [asked.id]
    assert {card.about for card in book.postings.values()} == {"run", asked.id}


async def test_who_is_at_work_is_the_step_of_the_run(store):
    steps = []

    async def note(_before, after):
        if after.checkpoint:
            steps.append(after.run.step)

    async with core(Between(store, after=note)) as it:
        run = await it.start(ASK, workflow="research")
        await it.decide(run.key, (await plan(it, run.key)).id, Verdict.APPROVE)
        await it.ended(run.key)
    team = [step for step in dict.fromkeys(steps) if step != "magentic_orchestrator"]
    assert [step for step in team if step] == ["researcher", "analyst", "writer"]


# ---- over the wire ------------------------------------------------------------------------------


@asynccontextmanager
async def wired(store, *script):
    async with FakeOpenAI(*script) as server:
        model = models.choose(
            {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "m", "LOCAL_MODEL_API_KEY": "-"},
            azure_credential=None,
        )
        async with core(store, client=model.client) as it:
            yield it, server
        await model.aclose()


def ledger(speaker, task="Go on", *, done=False):
    answers = {
        "is_request_satisfied": done,
        "is_in_loop": False,
        "is_progress_being_made": True,
        "next_speaker": speaker,
        "instruction_or_question": task,
    }
    return say(json.dumps({name: {"reason": "so", "answer": answer} for name, answer in answers.items()}))


async def test_every_model_is_sent_what_it_needs_once(any_store):
    script = [
        say("The facts"),
        say("The plan"),
        ledger("researcher", "Find it"),
        say("Found it"),
        ledger("writer", "Write it"),
        say("Written"),
        ledger("writer", done=True),
        say("The answer"),
    ]
    async with wired(any_store, *script) as (it, server):
        run = await it.start(ASK, workflow="research")
        await it.decide(run.key, (await plan(it, run.key)).id, Verdict.APPROVE)
        run = await it.ended(run.key)
        assert (await it.store.text(run.key, "result")).strip() == "The answer"
    for asked in server.asked:
        contents = [str(message.get("content")) for message in asked.body["messages"]]
        assert len(set(contents)) == len(contents)
    writer = [message["content"] for message in server.asked[5].body["messages"]]
    assert [text.strip() for text in writer[1:]] == ["Found it", "Write it"]


async def test_a_stream_that_breaks_off_is_repeated_and_nothing_of_it_is_kept(store):
    script = [say("Facts"), say("Plan"), ledger("writer", "Write it"), break_off]
    script += [say("Written"), ledger("writer", done=True), say("The answer")]
    async with wired(store, *script) as (it, server):
        run = await it.start(ASK, workflow="research")
        await it.decide(run.key, (await plan(it, run.key)).id, Verdict.APPROVE)
        run = await it.ended(run.key)
    assert run.status is RunStatus.COMPLETED
    assert not any("Half a" in str(asked.body["messages"]) for asked in server.asked)
