"""Whole workflows with whatever model there is: only what must hold of any answer is looked at.

The demo model always plays; real ones do where the environment names them.
"""

import asyncio
from contextlib import asynccontextmanager

import pytest
from azure.identity.aio import DefaultAzureCredential

from orchestration.agents import models
from orchestration.messages import PLAN, REPLY, TOOL
from orchestration.model import RunStatus, Verdict
from tests.fakes.answering import answer_to
from tests.fakes.core import ALICE, BOB, core
from tests.fakes.desk import FakeDesk
from tests.fakes.providers import CONFIGURED, PROVIDERS

pytestmark = [pytest.mark.timeout(900), pytest.mark.parametrize("provider", CONFIGURED)]
WITHIN = 600.0


@asynccontextmanager
async def at_work(store, provider):
    credentials = []

    def credential() -> DefaultAzureCredential:
        credentials.append(DefaultAzureCredential())
        return credentials[-1]

    model = models.choose(PROVIDERS[provider], azure_credential=credential)
    try:
        async with FakeDesk() as desk, core(store, client=model.client, services=desk.services) as it:
            yield it, desk
    finally:
        await model.aclose()
        for each in credentials:
            await each.close()


async def played(it, workflow: str, text: str):
    """Return the run when it has ended, and the kinds of all questions, each answered with yes."""
    run = await it.start(text, workflow=workflow)
    while True:
        book = await it.until(run.key, lambda book: book.run.over or book.pending, WITHIN)
        if book.run.over:
            return book.run, [approval.kind for approval in await it.store.approvals(run.key)]
        for approval in book.pending:
            how = answer_to(approval)
            by = BOB if approval.excluded == ALICE.id else ALICE
            await it.decide(run.key, approval.id, how.pop("verdict"), how.pop("comment", ""), by=by, **how)
        await asyncio.sleep(0.2)


async def test_release_notes_are_written_and_changed_as_asked(store, provider):
    async with at_work(store, provider) as (it, _):
        run = await it.start("Faster search. Dark mode.")
        first = await it.until(run.key, lambda book: "review-1" in book.approvals, WITHIN)
        assert len(first.approvals["review-1"].text) > 20
        await it.decide(run.key, "review-1", Verdict.REQUEST_CHANGES, "Mention that it is free of charge")
        second = await it.until(run.key, lambda book: "review-2" in book.approvals, WITHIN)
        assert second.approvals["review-2"].text != first.approvals["review-1"].text
        assert second.run.usage.calls == 2


async def test_an_event_is_planned_with_a_budget_that_adds_up(store, provider):
    async with at_work(store, provider) as (it, _):
        run, _ = await played(
            it, "event-planning", "A dinner for 20 people in Berlin on 12 March, 3000 EUR, vegetarian"
        )
        assert run.status is RunStatus.COMPLETED
        result = await it.store.text(run.key, "result") or ""
    assert all(title in result for title in ("Venue", "Budget", "Catering", "Logistics", "Summary"))


async def test_a_refund_is_asked_for_before_it_is_made(store, provider):
    async with at_work(store, provider) as (it, desk):
        run, kinds = await played(it, "ticket-triage", "CS-1234: I was charged twice, please pay it back")
        assert run.status is RunStatus.COMPLETED
    assert len(desk.refunds) == kinds.count(TOOL)


async def test_support_talks_until_it_is_enough(store, provider):
    async with at_work(store, provider) as (it, _):
        run, kinds = await played(it, "support", "The app crashes when I sign in")
        assert run.status is RunStatus.COMPLETED
    assert set(kinds) == {REPLY}


async def test_a_team_works_by_the_plan_that_people_approved(store, provider):
    async with at_work(store, provider) as (it, _):
        run, kinds = await played(it, "research", "What speaks for and against heat pumps in old houses?")
        assert run.status is RunStatus.COMPLETED
    assert kinds[0] == PLAN
