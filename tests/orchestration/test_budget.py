"""A run that has cost what it may stops and asks, and goes on or ends as people say."""

import asyncio
from decimal import Decimal

import pytest

from orchestration.errors import InvalidInputError, NotAllowedError
from orchestration.messages import BUDGET, REQUESTER, Rule
from orchestration.model import ApprovalStatus, RunStatus, Verdict
from orchestration.prices import Money
from orchestration.register import Asker
from tests.fakes.clock import MovableClock
from tests.fakes.core import ALICE, BOB, CAROL, CHAT
from tests.fakes.priced import answers, at_work, both, budgets, several, stumbling
from tests.fakes.stores import Between
from tests.fakes.workflows import Work

DEAR, CHEAP = answers(1), answers(1, (500, 50))
"""Answers that cost EUR 0.002 and EUR 0.001."""
TIGHT = budgets("0.001")
"""A budget that the dear one is above, and that the cheap one is not."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


async def asked(it, key, but: str = ""):
    """Wait for the question about the budget, with the run at rest; return the book and the question."""

    def open_ones(book):
        return [each for each in book.pending if each.grants and each.id != but]

    book = await it.until(key, lambda book: open_ones(book) and book.run.status is RunStatus.WAITING)
    return book, open_ones(book)[0]


async def test_a_run_over_its_budget_waits_for_people_at_that_very_checkpoint(any_store):
    work = Work()
    async with at_work(any_store, several(work, "ann", "ben"), *DEAR, *CHEAP, budgets=TIGHT) as (it, server):
        run = await it.start(workflow="several")
        book, question = await asked(it, run.key)
        entry = await any_store.newest(run.key)
        await asyncio.sleep(0.1)
        assert len(server.asked) == 1
    assert (question.kind, question.step, question.grants) == (BUDGET, "ben", Money(Decimal("0.001"), "EUR"))
    assert book.run.checkpoint == entry.number
    assert (entry.step, entry.waits, book.run.worker) == ("ben", (), "")
    assert not book.has_work
    assert work.done == ["first"]


async def test_the_question_says_what_was_used_and_what_follows(store):
    async with at_work(
        store, several(Work(), "ann"), *answers(1, (2_000_000, 61_000)), budgets=budgets("2.5")
    ) as (
        it,
        _,
    ):
        run = await it.start(workflow="several")
        book, question = await asked(it, run.key)
    assert question.title == "This run has used EUR 2.61 of the EUR 2.50 it may. Go on?"
    assert question.text == (
        "It has made 1 call to models, with 2,061,000 tokens in all.\n\n"
        "If it goes on, it may use EUR 2.50 more before this is asked again. If not, it ends here. "
        f"What it has is saved: “retry {run.short_id} from {book.run.checkpoint}” starts again from there."
    )


async def test_it_waits_through_a_restart_and_goes_on_from_there_when_people_let_it(any_store):
    work = Work()
    definition = several(work, "ann", "ben")
    async with at_work(any_store, definition, *DEAR, budgets=TIGHT) as (it, _):
        run = await it.start(workflow="several")
        _, question = await asked(it, run.key)
    async with at_work(any_store, definition, *CHEAP, worker="worker-2", budgets=TIGHT) as (it, server):
        await asyncio.sleep(0.1)
        assert server.asked == []
        outcome = await it.decide(run.key, question.id, Verdict.APPROVE)
        assert outcome.counted
        run = await it.ended(run.key)
        assert len(server.asked) == 1
    assert run.status is RunStatus.COMPLETED
    assert run.ceiling == Money(Decimal("0.003"), "EUR")
    assert work.done == ["first", "last"]


async def test_a_step_that_fails_after_it_has_cost_too_much_is_not_tried_again_unasked(any_store):
    work = Work()
    definition = stumbling(work, "The printer is away.")
    async with at_work(any_store, definition, *DEAR, *CHEAP, budgets=budgets("0.0015")) as (it, server):
        run = await it.start(workflow="stumbling")
        book, question = await asked(it, run.key)
        assert len(server.asked) == 1
        assert question.title == "This run has used EUR 0.002 of the EUR 0.0015 it may. Go on?"
        assert f"“retry {run.short_id} from {book.run.checkpoint}”" in question.text
        await it.decide(run.key, question.id, Verdict.APPROVE)
        run = await it.ended(run.key)
        assert len(server.asked) == 2
    assert run.status is RunStatus.COMPLETED
    assert work.done == ["first", "last"]


async def test_each_yes_allows_as_much_again(store):
    definition = several(Work(), "ann", "ben", "cat")
    async with at_work(store, definition, *answers(3), budgets=budgets("0.003")) as (it, _):
        run = await it.start(workflow="several")
        book, question = await asked(it, run.key)
        assert book.run.usage.calls == 2  # 0.004 of 0.003
        await it.decide(run.key, question.id, Verdict.APPROVE)
        run = await it.ended(run.key)
    assert run.ceiling == Money(Decimal("0.007"), "EUR")
    assert run.status is RunStatus.COMPLETED  # 0.006 of 0.007


async def test_it_asks_again_once_that_is_used_as_well(any_store):
    definition = several(Work(), "ann", "ben", "cat")
    async with at_work(any_store, definition, *answers(3), budgets=TIGHT) as (it, _):
        run = await it.start(workflow="several")
        book, first = await asked(it, run.key)
        await it.decide(run.key, first.id, Verdict.APPROVE)
        book, second = await asked(it, run.key, but=first.id)
        assert second.id != first.id
        assert second.title == "This run has used EUR 0.004 of the EUR 0.003 it may. Go on?"
        assert book.run.ceiling == Money(Decimal("0.003"), "EUR")
        await it.decide(run.key, second.id, Verdict.REJECT)
        run = await it.ended(run.key)
    assert run.status is RunStatus.REJECTED


async def test_a_no_ends_the_run_and_keeps_what_it_has(any_store):
    work = Work()
    async with at_work(any_store, several(work, "ann", "ben"), *DEAR, *CHEAP, budgets=TIGHT) as (it, server):
        run = await it.start(workflow="several")
        book, question = await asked(it, run.key)
        state = book.run.checkpoint
        await it.decide(run.key, question.id, Verdict.REJECT, "too dear")
        ended = await it.ended(run.key)
        assert (ended.status, ended.usage.calls) == (RunStatus.REJECTED, 1)
        told = [event.what for event in await any_store.history(run.key)]
        assert told[-2:] == ["decided: reject", "rejected"]
        assert len(server.asked) == 1

        again = await it.runs.retry(run.id, Asker(ALICE, CHAT), checkpoint=state)
        again = await it.ended(again.key)
    assert again.status is RunStatus.COMPLETED, "a retry has a budget of its own"
    assert (again.usage.calls, again.ceiling) == (1, None)
    assert work.done == ["first", "last"]


async def test_a_worker_frozen_between_saving_and_stopping_changes_nothing(any_store):
    """As a kill would: the checkpoint with its question is stored, and nothing after it has happened."""
    frozen = asyncio.Event()

    async def freeze(before, after) -> None:
        if after.checkpoint and any(each.grants for each in after.pending):
            frozen.set()
            await asyncio.Event().wait()

    work = Work()
    definition = several(work, "ann", "ben")
    async with at_work(Between(any_store, after=freeze), definition, *DEAR, budgets=TIGHT) as (it, _):
        run = await it.start(workflow="several")
        await asyncio.wait_for(frozen.wait(), 10)
        second = at_work(any_store, definition, *CHEAP, worker="worker-2", budgets=TIGHT)
        async with second as (other, server):
            book, question = await asked(other, run.key)
            assert book.run.worker == ""
            await asyncio.sleep(0.1)
            assert server.asked == []
            await other.decide(run.key, question.id, Verdict.APPROVE)
            run = await other.ended(run.key)
    assert run.status is RunStatus.COMPLETED
    assert work.done == ["first", "last"]


async def test_two_people_at_once_decide_once(any_store):
    work = Work()
    async with at_work(any_store, several(work, "ann", "ben"), *DEAR, *CHEAP, budgets=TIGHT) as (it, _):
        run = await it.start(workflow="several")
        _, question = await asked(it, run.key)
        yes, no = await asyncio.gather(
            it.decide(run.key, question.id, Verdict.APPROVE, by=BOB),
            it.decide(run.key, question.id, Verdict.REJECT, by=CAROL),
        )
        run = await it.ended(run.key)
    assert yes.counted is not no.counted
    assert run.status is (RunStatus.COMPLETED if yes.counted else RunStatus.REJECTED)


async def test_the_last_step_asks_nothing_however_much_it_cost(store):
    async with at_work(store, several(Work()), budgets=budgets("0")) as (it, _):
        run = await it.start(workflow="several")
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED


# ---- beside a question of the workflow ----------------------------------------------------------


async def both_open(it, run):
    book, budget = await asked(it, run.key)
    assert {each.id for each in book.pending} == {budget.id, "gate-1"}
    return budget


@pytest.mark.parametrize("tail", [True, False])
async def test_the_budget_may_be_answered_first(any_store, tail):
    work = Work()
    async with at_work(any_store, both(work, tail=tail), *DEAR, budgets=TIGHT) as (it, server):
        run = await it.start(workflow="both")
        budget = await both_open(it, run)
        assert work.done == ["first"]
        await it.decide(run.key, budget.id, Verdict.APPROVE)
        book = await it.until(run.key, lambda book: book.run.status is RunStatus.WAITING)
        assert [each.id for each in book.pending] == ["gate-1"]
        assert work.done == ["first", *(["tail"] if tail else [])]
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        run = await it.ended(run.key)
    assert (run.status, len(server.asked)) == (RunStatus.COMPLETED, 1)


@pytest.mark.parametrize("tail", [True, False])
async def test_the_question_of_the_workflow_may_be_answered_first(any_store, tail):
    work = Work()
    async with at_work(any_store, both(work, tail=tail), *DEAR, budgets=TIGHT) as (it, server):
        run = await it.start(workflow="both")
        budget = await both_open(it, run)
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        await asyncio.sleep(0.1)
        assert work.done == ["first"], "over its budget it does nothing, whatever else is answered"
        await it.decide(run.key, budget.id, Verdict.APPROVE)
        run = await it.ended(run.key)
    assert (run.status, len(server.asked)) == (RunStatus.COMPLETED, 1)
    assert sorted(work.done) == ["first", "gate answered", "last", *(["tail"] if tail else [])]


async def test_a_no_to_the_budget_closes_the_question_of_the_workflow(any_store):
    work = Work()
    async with at_work(any_store, both(work), *DEAR, budgets=TIGHT) as (it, _):
        run = await it.start(workflow="both")
        budget = await both_open(it, run)
        await it.decide(run.key, budget.id, Verdict.REJECT)
        run = await it.ended(run.key)
        gate = await any_store.approval(run.key, "gate-1")
    assert (run.status, gate.status) == (RunStatus.REJECTED, ApprovalStatus.CANCELLED)
    assert work.done == ["first"]


# ---- as any other question ----------------------------------------------------------------------


async def test_changes_cannot_be_requested_and_nothing_is_lost(store):
    async with at_work(store, several(Work(), "ann"), *DEAR, budgets=TIGHT) as (it, _):
        run = await it.start(workflow="several")
        _, question = await asked(it, run.key)
        with pytest.raises(InvalidInputError, match="nothing to change"):
            await it.decide(run.key, question.id, Verdict.REQUEST_CHANGES, "cheaper, please")
        await it.decide(run.key, question.id, Verdict.APPROVE)
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED


@pytest.mark.parametrize("on_expiry", ["approve", "reject"])
async def test_silence_spends_nothing(any_store, on_expiry):
    clock = MovableClock()
    rules = {"several": Rule(expires_after=3600, on_expiry=on_expiry)}
    how = {"budgets": TIGHT, "clock": clock, "rules": rules}
    async with at_work(any_store, several(Work(), "ann", "ben"), *DEAR, **how) as (it, server):
        run = await it.start(workflow="several")
        _, question = await asked(it, run.key)
        clock.forward(hours=2)
        await it.dispatcher.submit(run.key)
        run = await it.ended(run.key)
        question = await any_store.approval(run.key, question.id)
    assert (run.status, question.status) == (RunStatus.REJECTED, ApprovalStatus.TIMED_OUT)
    assert len(server.asked) == 1


async def test_where_a_rule_says_so_the_run_fails_when_nobody_answers(store):
    clock = MovableClock()
    rules = {"several": Rule(expires_after=3600, on_expiry="fail")}
    how = {"budgets": TIGHT, "clock": clock, "rules": rules}
    async with at_work(store, several(Work(), "ann"), *DEAR, **how) as (it, _):
        run = await it.start(workflow="several")
        await asked(it, run.key)
        clock.forward(hours=2)
        await it.dispatcher.submit(run.key)
        assert (await it.ended(run.key)).failed_cause == "Expired"


async def test_the_rule_of_the_workflow_says_who_decides_and_how_many(any_store):
    rules = {"several": Rule(approvers=(BOB.id, CAROL.id), needed=2)}
    script = [*DEAR, *CHEAP]
    async with at_work(any_store, several(Work(), "ann"), *script, budgets=TIGHT, rules=rules) as (it, _):
        run = await it.start(workflow="several")
        _, question = await asked(it, run.key)
        with pytest.raises(NotAllowedError):
            await it.decide(run.key, question.id, Verdict.APPROVE, by=ALICE)
        await it.decide(run.key, question.id, Verdict.APPROVE, by=BOB)
        assert not (await it.store.read(run.key)).has_work
        await it.decide(run.key, question.id, Verdict.APPROVE, by=CAROL)
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED


async def test_a_run_can_be_stopped_while_it_is_asked(store):
    async with at_work(store, several(Work(), "ann"), *DEAR, budgets=TIGHT) as (it, _):
        run = await it.start(workflow="several")
        _, question = await asked(it, run.key)
        await it.runs.cancel(run.id, Asker(ALICE, CHAT))
        question = await store.approval(run.key, question.id)
    assert question.status is ApprovalStatus.CANCELLED


async def test_a_budget_that_was_raised_meanwhile_counts(store):
    definition = several(Work(), "ann", "ben", "cat")
    async with at_work(store, definition, *DEAR, budgets=TIGHT) as (it, _):
        run = await it.start(workflow="several")
        _, question = await asked(it, run.key)
    higher = at_work(store, definition, *DEAR, *DEAR, budgets=budgets("9"), worker="worker-2")
    async with higher as (it, _):
        await it.decide(run.key, question.id, Verdict.APPROVE)
        run = await it.ended(run.key)
    assert run.status is RunStatus.COMPLETED
    assert run.ceiling == Money(Decimal("0.003"), "EUR"), "that alone would not have been enough"


async def test_the_requester_alone_decides_where_there_is_nobody_else(store):
    rule = Rule(approvers=(REQUESTER,))
    rules = {"several": rule}
    async with at_work(store, several(Work(), "ann"), *DEAR, budgets=TIGHT, rules=rules) as (it, _):
        run = await it.start(workflow="several")
        _, question = await asked(it, run.key)
        assert (question.approvers, question.excluded) == ((ALICE.id,), "")
        with pytest.raises(NotAllowedError):
            await it.decide(run.key, question.id, Verdict.APPROVE, by=BOB)
        await it.decide(run.key, question.id, Verdict.APPROVE, by=ALICE)
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED
