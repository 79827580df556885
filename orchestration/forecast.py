"""How much work a run probably still has, from earlier runs of the same workflow in its tenant."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from orchestration.clock import Clock
from orchestration.model import Run, RunStatus
from orchestration.ports import RunFinder
from orchestration.redact import whereabouts

ENOUGH, MOST = 3, 20
"""How many earlier runs must have told their times, and how many of the newest are looked at."""
FRESH = timedelta(minutes=5)
"""How long the same earlier runs will do; while there are too few they are looked for each time."""

_AT_WORK = frozenset({RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.TRYING_AGAIN})

log = logging.getLogger(__name__)


class Forecast:
    """Finds earlier runs, and remembers them for some minutes: cards are drawn often."""

    def __init__(self, *, finder: RunFinder, clock: Clock) -> None:
        self._finder, self._clock = finder, clock
        self._known: dict[tuple[str, str], tuple[datetime, Sequence[Run]]] = {}

    async def left(self, run: Run) -> timedelta | None:
        """Return how long its steps will probably still work; None: nobody can say, or people are asked."""
        if run.status not in _AT_WORK:
            return None
        return left(run, await self._earlier(run), self._clock())

    async def _earlier(self, run: Run) -> Sequence[Run]:
        name = (run.tenant, run.workflow)
        until, runs = self._known.get(name, (None, ()))
        if until is None or until <= self._clock():
            runs = await self._found(run)
            self._known[name] = self._clock() + (FRESH if len(runs) >= ENOUGH else timedelta()), runs
        return runs

    async def _found(self, run: Run) -> Sequence[Run]:
        try:
            return await self._finder.completed(run.tenant, run.workflow, MOST)
        except Exception as error:  # noqa: BLE001 - a guess must not keep a card from being shown
            log.warning("%s: earlier runs could not be read: %s", run.id, whereabouts(error))
            return ()


def left(run: Run, earlier: Sequence[Run], now: datetime) -> timedelta | None:
    """Return how long the steps of the run will probably still work, without the time for answers.

    It is what the current step and those after it usually take, less what the current one has had. None while
    people are asked, after the end, and when fewer than three earlier runs can tell.
    """
    telling = [known for known in earlier if known.spent and not known.origin]
    lost = (bool(run.step) and not run.position) or any(step.role for step in run.steps)
    if run.status not in _AT_WORK or len(telling) < ENOUGH or lost:
        return None
    here = timedelta(seconds=_usual(run.step, telling)) - at_step(run, now)
    later = sum(_usual(step.id, telling) for step in run.steps[run.position :])
    return max(here, timedelta()) + timedelta(seconds=later) + _pause(run, now)


def at_step(run: Run, now: datetime) -> timedelta:
    """Return how long the current step has worked since it began the last time."""
    if run.status is not RunStatus.RUNNING or run.since is None:
        return timedelta()
    return max(now - run.since, timedelta())


def _usual(step: str, earlier: Sequence[Run]) -> float:
    """Return the median of the seconds that a step took."""
    return median(dict(run.spent).get(step, 0.0) for run in earlier)


def _pause(run: Run, now: datetime) -> timedelta:
    return max(run.again - now, timedelta()) if run.again else timedelta()
