"""The saved states of a run: what waits in each, and starting again from one of them."""

import pytest

from orchestration.errors import InvalidInputError
from orchestration.model import RunStatus, Verdict
from orchestration.register import Asker
from tests.fakes.core import ALICE, CHAT, core
from tests.fakes.workflows import First, Gate, Last, Middle, Work, chain, gated

ASKER = Asker(ALICE, CHAT)


def two_gates(work: Work):
    return chain(
        "gates",
        lambda: First("first", work),
        lambda: Gate("one", work),
        lambda: Middle("middle", work),
        lambda: Gate("two", work),
        lambda: Last("last", work),
    )


async def ended(it, work: Work):
    run = await it.start("Same words", workflow="gates")
    for gate, verdict in (("one-1", Verdict.APPROVE), ("two-1", Verdict.REJECT)):
        await it.asked(run.key, gate)
        await it.decide(run.key, gate, verdict)
    run = await it.ended(run.key)
    work.done.clear()
    return run


async def test_each_saved_state_says_what_waits_in_it_and_what_comes_next(any_store):
    work = Work()
    async with core(any_store, definitions=[two_gates(work)]) as it:
        run = await ended(it, work)
        found, saved = await it.runs.saved(run.short_id, ASKER)
    assert found.id == run.id
    assert [state.number for state in saved] == sorted((state.number for state in saved), reverse=True)
    waiting = [(state.superstep, state.step, state.waits, state.preview) for state in saved if state.waits]
    assert waiting == [(5, "Two", ("Go on?",), "middle was here"), (2, "One", ("Go on?",), "Same words")]


async def test_a_new_run_starts_from_a_chosen_state_and_asks_its_question_again(any_store):
    work = Work()
    async with core(any_store, definitions=[two_gates(work)]) as it:
        run = await ended(it, work)
        _, saved = await it.runs.saved(run.id, ASKER)
        number = next(state.number for state in saved if state.waits and state.superstep == 5)
        new = await it.runs.retry(run.id, ASKER, checkpoint=number)
        assert (await it.runs.retry(run.id, ASKER, checkpoint=number)).id == new.id
        await it.asked(new.key, "two-1")
        await it.decide(new.key, "two-1", Verdict.APPROVE)
        new = await it.ended(new.key)
        assert (await it.store.read(run.key)).run.status is RunStatus.REJECTED
    assert (new.status, new.retry_of, new.origin) == (RunStatus.COMPLETED, run.id, number)
    assert work.done == ["two answered", "last"]


async def test_a_state_with_an_answer_on_its_way_delivers_it_again(store):
    work = Work()
    async with core(store, definitions=[two_gates(work)]) as it:
        run = await ended(it, work)
        _, saved = await it.runs.saved(run.id, ASKER)
        states = [state for state in saved if state.superstep == 2]
        assert len(states) == 2  # the question, then the answer that had not been worked with yet
        new = await it.runs.retry(run.id, ASKER, checkpoint=states[0].number)
        await it.asked(new.key, "two-1")
    assert work.done == ["one answered", "middle"]


async def test_the_new_run_needs_the_old_one_only_once(store):
    """It has a whole copy in its own log; the old run may be deleted."""
    work = Work()
    async with core(store, definitions=[two_gates(work)]) as it:
        run = await ended(it, work)
        _, saved = await it.runs.saved(run.id, ASKER)
        asks = next(state.number for state in saved if state.waits)
        new = await it.runs.retry(run.id, ASKER, checkpoint=asks)
        await it.asked(new.key, "two-1")
        await store.delete((await store.read(run.key)).run)
        await it.decide(new.key, "two-1", Verdict.APPROVE)
        assert (await it.ended(new.key)).status is RunStatus.COMPLETED


@pytest.mark.parametrize("number", [99, 10**6])
async def test_a_state_that_is_not_there_is_told(store, number):
    work = Work()
    async with core(store, definitions=[two_gates(work)]) as it:
        run = await ended(it, work)
        with pytest.raises(InvalidInputError, match=f"no saved state {number}"):
            await it.runs.retry(run.id, ASKER, checkpoint=number)
        assert not (await it.store.read(run.key)).run.successor


async def test_a_run_that_goes_on_is_not_started_from_a_state(store):
    async with core(store, definitions=[gated(Work())]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        with pytest.raises(InvalidInputError, match="is waiting"):
            await it.runs.retry(run.id, ASKER, checkpoint=1)


async def test_a_second_retry_from_elsewhere_names_the_first(store):
    work = Work()
    async with core(store, definitions=[two_gates(work)]) as it:
        run = await ended(it, work)
        new = await it.runs.retry(run.id, ASKER, checkpoint=2)
        with pytest.raises(InvalidInputError, match=new.short_id):
            await it.runs.retry(run.id, ASKER)
