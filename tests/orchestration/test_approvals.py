"""Deciding: exactly once, by the right person, on the right question."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.approvals import Outcome
from orchestration.errors import InvalidInputError, NotAllowedError, NotFoundError
from orchestration.model import RunKey, Verdict
from storage.sqlite import SqliteStore
from tests.fakes.core import ALICE, BOB, CAROL, CHAT, STRANGER, core
from tests.fakes.workflows import Work, gated


async def test_two_people_at_once_decide_once_and_both_are_told_the_same(any_store):
    work = Work()
    async with core(any_store, definitions=[gated(work)]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        outcomes: list[Outcome] = await asyncio.gather(
            it.decide(run.key, "gate-1", Verdict.APPROVE, by=BOB),
            it.decide(run.key, "gate-1", Verdict.REJECT, by=CAROL),
        )
        await it.ended(run.key)
        history = await it.store.history(run.key)
    assert [outcome.counted for outcome in outcomes].count(True) == 1
    assert len({outcome.approval.decision for outcome in outcomes}) == 1
    assert len([event for event in history if event.what.startswith("decided")]) == 1
    assert work.done.count("gate answered") == 1


async def test_the_same_click_twice_counts_once_and_is_recognised(store):
    async with core(store) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
        first = await it.decide(run.key, "review-1", Verdict.APPROVE, by=BOB, source="click-1")
        again = await it.decide(run.key, "review-1", Verdict.APPROVE, by=BOB, source="click-1")
        other = await it.decide(run.key, "review-1", Verdict.APPROVE, by=BOB, source="click-2")
    assert (first.counted, again.counted, other.counted) == (True, True, False)
    assert other.approval.decision.source == "click-1"


async def test_only_named_approvers_decide_when_there_are_any(any_store):
    async with core(any_store, approvers=[BOB.id]) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
        with pytest.raises(NotAllowedError, match="not one of the approvers"):
            await it.decide(run.key, "review-1", Verdict.APPROVE, by=CAROL)
        with pytest.raises(NotAllowedError, match="somebody else has to decide"):
            await it.decide(run.key, "review-1", Verdict.APPROVE, by=ALICE)
        assert (await it.store.approval(run.key, "review-1")).pending
        assert (await it.decide(run.key, "review-1", Verdict.APPROVE, by=BOB)).counted


async def test_a_question_is_decided_only_where_it_was_asked(store):
    async with core(store) as it:
        run = await it.start(conversation="19:x@thread.tacv2;messageid=1")
        await it.asked(run.key, "review-1")
        with pytest.raises(NotAllowedError, match="where it was asked"):
            await it.decide(run.key, "review-1", Verdict.APPROVE, conversation="19:y@thread.tacv2")
        outcome = await it.decide(run.key, "review-1", Verdict.APPROVE, conversation="19:x@thread.tacv2")
    assert outcome.counted


async def test_another_tenant_sees_no_question(store):
    async with core(store) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
        with pytest.raises(NotFoundError):
            await it.decide(RunKey(STRANGER.tenant, run.id), "review-1", Verdict.APPROVE, by=STRANGER)
        with pytest.raises(NotAllowedError):
            await it.decide(run.key, "review-1", Verdict.APPROVE, by=STRANGER)


@pytest.mark.parametrize(
    ("verdict", "comment", "sentence"),
    [
        (Verdict.REQUEST_CHANGES, "  ", "say what should change"),
        (Verdict.APPROVE, "x" * 4001, "4,000 characters"),
    ],
)
async def test_an_answer_that_does_not_work_is_refused_and_changes_nothing(store, verdict, comment, sentence):
    async with core(store) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
        with pytest.raises(InvalidInputError, match=sentence):
            await it.decide(run.key, "review-1", verdict, comment)
        assert (await it.store.approval(run.key, "review-1")).pending


async def test_an_unknown_question_is_not_found(store):
    async with core(store) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
        with pytest.raises(NotFoundError):
            await it.decide(run.key, "review-7", Verdict.APPROVE)


async def test_no_card_exists_before_its_checkpoint(store):
    """Question, card and checkpoint are one write: whoever sees one of them sees all."""
    async with core(store) as it:
        run = await it.start()
        while True:
            book = await it.store.read(run.key)
            if book.approvals:
                break
            await asyncio.sleep(0.001)
    assert {card.about for card in book.postings.values()} >= {"review-1"}
    checkpoint = await store.checkpoint(run.key, book.run.checkpoint)
    assert checkpoint.step == "review"


CLICKS = st.lists(
    st.tuples(
        st.sampled_from([ALICE, BOB, CAROL]),
        st.sampled_from([Verdict.APPROVE, Verdict.REJECT]),
        st.sampled_from(["a", "b", "c"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(clicks=CLICKS)
async def test_whatever_the_clicks_a_question_ends_once_and_its_step_runs_once(clicks):
    store, work = SqliteStore(":memory:"), Work()
    await store.open()
    async with core(store, definitions=[gated(work)]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        outcomes = await asyncio.gather(
            *(
                it.decide(run.key, "gate-1", verdict, by=person, source=source, conversation=CHAT)
                for person, verdict, source in clicks
            )
        )
        await it.ended(run.key)
    await store.close()
    winner = {outcome.approval.decision for outcome in outcomes}
    assert len(winner) == 1
    assert all(
        outcome.counted == (outcome.approval.decision.source == source)
        for outcome, (_, _, source) in zip(outcomes, clicks, strict=True)
    )
    assert work.done.count("gate answered") == 1
