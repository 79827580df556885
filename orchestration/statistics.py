"""From runs to figures: how they stand, how long people took to answer, what failed. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from statistics import median

from orchestration.model import Run, RunStatus

SPAN = timedelta(days=30)
"""How far statistics look back."""

MOST_COUNTED = 500
"""How many of the newest runs they are made from."""

Count = tuple[str, int]
"""What was counted, and how often it was there."""


class Scope(StrEnum):
    """Whose runs they are about."""

    OWN = "own"
    HERE = "here"
    ALL = "all"


@dataclass(frozen=True)
class Figures:
    """What can be said about some runs. Every list has what is most frequent first, but for `statuses`."""

    runs: int = 0
    more: bool = False
    """Whether there were more runs than were counted."""
    statuses: tuple[tuple[RunStatus, int], ...] = ()
    """In the order in which runs go through them."""
    answers: int = 0
    usual: timedelta = timedelta()
    """Half of the answers took no longer."""
    longest: timedelta = timedelta()
    failed_steps: tuple[Count, ...] = ()
    """The step that failed last, in each run where one did; also where the run went on later."""
    causes: tuple[Count, ...] = ()
    """Why it did: the kind of error."""


def figures(runs: Sequence[Run], most: int = MOST_COUNTED) -> Figures:
    """Return the figures of the first `most` runs."""
    counted = runs[:most]
    statuses = Counter(run.status for run in counted)
    answers = [seconds for run in counted for seconds in run.answers]
    failed = [run for run in counted if run.failed_cause]
    return Figures(
        runs=len(counted),
        more=len(runs) > most,
        statuses=tuple((status, statuses[status]) for status in RunStatus if statuses[status]),
        answers=len(answers),
        usual=timedelta(seconds=median(answers) if answers else 0),
        longest=timedelta(seconds=max(answers, default=0)),
        failed_steps=_counts(_step(run, counted) for run in failed),
        causes=_counts(run.failed_cause for run in failed),
    )


def _step(run: Run, among: Sequence[Run]) -> str:
    """Steps of different workflows can have the same title."""
    several = any(other.workflow != run.workflow for other in among)
    return f"{run.failed_step} ({run.workflow_title})" if several else run.failed_step


def _counts(names: Iterable[str]) -> tuple[Count, ...]:
    return tuple(sorted(Counter(names).items(), key=lambda count: (-count[1], count[0])))
