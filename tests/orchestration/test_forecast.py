"""How much work is left: from earlier runs, without I/O and through both stores."""

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestration.book import Book
from orchestration.errors import StoreUnavailableError
from orchestration.forecast import FRESH, Forecast, left
from orchestration.model import RunStatus, Step
from tests.fakes.clock import MovableClock
from tests.fakes.core import core
from tests.fakes.stores import Outage
from tests.fakes.workflows import Work, plain
from tests.storage.samples import NOW, a_run, later

STEPS = (Step("plan", "Plan"), Step("write", "Write"), Step("send", "Send"))
RUNNING = a_run(steps=STEPS, status=RunStatus.RUNNING, step="write", since=NOW)


def earlier(*seconds: float, **changes: object):
    """A run for each number: that is how long it wrote; planning took 5 seconds and sending 10."""
    spent = [(("plan", 5.0), ("write", each), ("send", 10.0)) for each in seconds]
    return [a_run(status=RunStatus.COMPLETED, spent=each, **changes) for each in spent]


@pytest.mark.parametrize(
    ("run", "seconds"),
    [
        (RUNNING, 20 + 10),
        (replace(RUNNING, since=later(-15)), 5 + 10),
        (replace(RUNNING, since=later(-500)), 10),
        (replace(RUNNING, since=None), 20 + 10),
        (replace(RUNNING, status=RunStatus.QUEUED, step=""), 5 + 20 + 10),
        (replace(RUNNING, status=RunStatus.TRYING_AGAIN, again=later(8)), 20 + 10 + 8),
        (replace(RUNNING, step="send"), 10),
        (replace(RUNNING, step="send", since=later(-99)), 0),
    ],
    ids=["now", "begun", "overdue", "unknown since", "not begun", "pause", "last step", "nearly done"],
)
def test_what_is_left_is_the_rest_of_this_step_and_the_steps_to_come(run, seconds):
    assert left(run, earlier(20, 1, 900), NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "run",
    [
        *(
            replace(RUNNING, status=status)
            for status in RunStatus
            if status.value not in {"queued", "running", "trying again"}
        ),
        replace(RUNNING, step="a step of a newer version"),
        replace(RUNNING, steps=(*STEPS[:2], Step("send", "Send", role=True))),
    ],
    ids=lambda run: f"{run.status} {run.step}",
)
def test_nothing_is_foretold_of_a_run_that_waits_for_people_or_is_over_or_elsewhere(run):
    assert left(run, earlier(20, 20, 20), NOW) is None


def test_two_earlier_runs_are_not_enough_and_those_that_cannot_tell_do_not_count():
    silent = [*earlier(20, origin=3), replace(earlier(20)[0], spent=())]
    assert left(RUNNING, earlier(20, 20), NOW) is None
    assert left(RUNNING, [*earlier(20, 20), *silent], NOW) is None
    assert left(RUNNING, [*earlier(20, 20, 20), *silent], NOW) == timedelta(seconds=30)


async def test_three_completed_runs_foretell_the_fourth_of_the_same_workflow_and_tenant(any_store):
    work, clock = Work(), MovableClock()
    async with core(any_store, definitions=[plain(work), plain(work, name="other")]) as it:
        runs = [await it.start(f"run {number}", workflow="plain") for number in range(3)]
        ended = [await it.ended(run.key) for run in runs]
    forecast = Forecast(finder=any_store, clock=clock)
    begun = replace(ended[0], status=RunStatus.QUEUED, step="")
    assert await forecast.left(begun) is not None
    assert await forecast.left(replace(begun, workflow="other")) is None
    assert await forecast.left(replace(begun, tenant="another tenant")) is None


async def test_enough_earlier_runs_are_remembered_for_some_minutes(store):
    clock = MovableClock()
    forecast = Forecast(finder=store, clock=clock)
    begun = replace(RUNNING, status=RunStatus.QUEUED, step="")
    assert await forecast.left(begun) is None
    for seconds in (20, 20, 20, 80, 80, 80, 80):
        (run,) = earlier(seconds, steps=STEPS, ended=later(seconds))
        await store.write(None, Book(run))
        known = await forecast.left(begun)
    assert known == timedelta(seconds=35)
    clock.forward(seconds=FRESH.total_seconds())
    assert await forecast.left(begun) == timedelta(seconds=95)


async def test_a_store_that_is_away_foretells_nothing_and_keeps_no_card_from_being_shown(store):
    away = Outage(store)
    away.begin(60)
    with pytest.raises(StoreUnavailableError):
        await away.completed("tenant", "workflow", 1)
    assert await Forecast(finder=away, clock=MovableClock()).left(RUNNING) is None
