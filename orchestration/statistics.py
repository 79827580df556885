"""From runs to figures: how they stand, how long people took to answer, what failed. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median

from orchestration.model import Run, RunStatus, Share, Usage, costs, used
from orchestration.prices import Money

SPAN = timedelta(days=30)
"""How far statistics look back."""

MOST_COUNTED = 500
"""How many of the newest runs they are made from."""

Count = tuple[str, int]
"""What was counted, and how often it was there."""


@dataclass(frozen=True)
class Spending:
    """What somebody's runs asked of models."""

    name: str
    usage: Usage
    costs: tuple[Money, ...]


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
    usage: Usage = Usage()  # noqa: RUF009 - frozen
    """What models were asked; what the demo model made up does not count."""
    costs: tuple[Money, ...] = ()
    """What that cost, in each currency."""
    spenders: tuple[Spending, ...] = ()
    """The same for each requester, who spent most first."""


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
        usage=used(_shares(counted)),
        costs=costs(_shares(counted)),
        spenders=_spenders(counted),
    )


def _shares(runs: Iterable[Run]) -> list[Share]:
    return [share for run in runs for share in run.asked_of_models]


def _spenders(runs: Sequence[Run]) -> tuple[Spending, ...]:
    of = dict[str, list[Run]]()
    for run in runs:
        of.setdefault(run.requester.id, []).append(run)
    found = [_spending(theirs[0].requester.name, _shares(theirs)) for theirs in of.values()]
    return tuple(sorted((each for each in found if each.usage.calls), key=_least_first, reverse=True))


def _spending(name: str, shares: Sequence[Share]) -> Spending:
    return Spending(name, used(shares), costs(shares))


def _least_first(spending: Spending) -> tuple[Decimal, int]:
    """Of several currencies the largest number counts: they are there only where prices have changed."""
    return max((each.amount for each in spending.costs), default=Decimal(0)), spending.usage.calls


def _step(run: Run, among: Sequence[Run]) -> str:
    """Steps of different workflows can have the same title."""
    several = any(other.workflow != run.workflow for other in among)
    return f"{run.failed_step} ({run.workflow_title})" if several else run.failed_step


def _counts(names: Iterable[str]) -> tuple[Count, ...]:
    return tuple(sorted(Counter(names).items(), key=lambda count: (-count[1], count[0])))
