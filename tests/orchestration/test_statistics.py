"""From runs to figures, and whose runs are counted."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from orchestration.book import Book
from orchestration.model import RunStatus, Share, Usage, used
from orchestration.prices import Money
from orchestration.register import Asker, Register
from orchestration.statistics import Figures, Scope, figures
from tests.storage.samples import JON, MIA, NOW, OTHER, a_run, later

HERE, THERE = "19:here@thread.v2", "19:there@thread.v2"


def failed(step: str, cause: str, **changes: object):
    return a_run(status=RunStatus.FAILED, failed_step=step, failed_cause=cause, **changes)


def test_no_runs_have_no_figures():
    assert figures([]) == Figures()


def test_runs_are_counted_by_status_in_the_order_of_a_life():
    runs = [a_run(status=status) for status in (RunStatus.FAILED, RunStatus.COMPLETED, RunStatus.FAILED)]
    found = figures(runs)
    assert found.statuses == ((RunStatus.COMPLETED, 1), (RunStatus.FAILED, 2))
    assert (found.runs, found.more) == (3, False)


def test_half_of_the_answers_took_no_longer_than_the_usual_time():
    found = figures([a_run(answers=(60.0, 7200.0)), a_run(), a_run(answers=(30.0,))])
    assert (found.answers, found.usual, found.longest) == (3, timedelta(minutes=1), timedelta(hours=2))


def test_failures_are_counted_by_step_and_by_cause_the_most_frequent_first():
    runs = [failed("Plan", "StepError"), failed("Write", "StepError"), failed("Write", "ValueError"), a_run()]
    found = figures(runs)
    assert found.failed_steps == (("Write", 2), ("Plan", 1))
    assert found.causes == (("StepError", 2), ("ValueError", 1))


def test_a_run_that_went_on_after_a_failure_still_tells_of_it():
    assert figures([replace(failed("Write", "StepError"), status=RunStatus.COMPLETED)]).causes


def test_steps_of_different_workflows_are_told_apart():
    other = failed("Write", "StepError", workflow="offer", workflow_title="Offer")
    found = figures([failed("Write", "StepError"), other])
    assert found.failed_steps == (("Write (Offer)", 1), ("Write (Release notes)", 1))


def test_only_the_newest_are_counted_and_more_are_mentioned():
    runs = [a_run(status=RunStatus.COMPLETED), a_run(status=RunStatus.FAILED)]
    assert figures(runs, 1) == Figures(runs=1, more=True, statuses=((RunStatus.COMPLETED, 1),))
    assert not figures(runs, 2).more


def spent(cost: str, currency: str = "EUR", **changes: object):
    shares = (Share("write", "m", 2, 30, 4, Decimal(cost), currency), Share("plan", "demo", 9, 9, 9))
    return a_run(usage=used(shares), shares=shares, **changes)


def test_what_models_were_asked_is_added_up_in_all_and_for_each_requester_who_spent_most_first():
    runs = [spent("1.5", requester=MIA), spent("1", requester=JON), spent("0.25", requester=MIA), a_run()]
    found = figures(runs)
    assert (found.usage, found.costs) == (Usage(6, 90, 12), (Money(Decimal("2.75"), "EUR"),))
    assert [(each.name, each.usage.calls, str(each.costs[0])) for each in found.spenders] == [
        (MIA.name, 4, "EUR 1.75"),
        (JON.name, 2, "EUR 1.00"),
    ]


def test_currencies_are_not_mixed_and_runs_without_prices_count_their_calls():
    runs = [spent("1.5"), spent("2", "USD"), a_run(model="m", usage=Usage(3, 4, 5))]
    found = figures(runs)
    assert found.usage == Usage(7, 64, 13)
    assert found.costs == (Money(Decimal("1.5"), "EUR"), Money(Decimal(2), "USD"))


async def counted(store, person, *, personal: bool) -> tuple[Scope, set[str]]:
    register = Register(store=store, finder=store, places=store, administrators=[JON.id])
    scope, runs = await register.of_late(Asker(person, HERE, personal), NOW)
    return scope, {run.title for run in runs}


async def test_people_see_their_own_runs_conversations_theirs_and_administrators_all(any_store):
    for title, where, by in (("a", HERE, MIA), ("b", THERE, MIA), ("c", HERE, JON), ("d", THERE, JON)):
        await any_store.write(None, Book(a_run(title=title, conversation=where, requester=by)))

    await any_store.write(None, Book(a_run(title="old", started=later(-1))))
    await any_store.write(None, Book(a_run(title="foreign", tenant=OTHER)))
    assert await counted(any_store, MIA, personal=True) == (Scope.OWN, {"a", "b"})
    assert await counted(any_store, MIA, personal=False) == (Scope.HERE, {"a", "c"})
    assert await counted(any_store, JON, personal=False) == (Scope.HERE, {"a", "c"})
    assert await counted(any_store, JON, personal=True) == (Scope.ALL, {"a", "b", "c", "d"})
