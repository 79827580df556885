"""How long steps may work and how often they are tried: the numbers, and the clock that keeps them."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from orchestration.errors import OutOfTimeError, StepError, StepTimeoutError, TransientError

Spent = tuple[tuple[str, float], ...]
"""(step id, seconds) of each step that has worked. Steps that worked side by side count the same seconds."""

PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP answers that say nothing about the request itself (RFC 9110, RFC 6585, RFC 8470)."""


@dataclass(frozen=True)
class Limits:
    """What a run of a workflow may use. Waiting for people counts nowhere."""

    step: timedelta = timedelta(seconds=300)
    """For one superstep."""
    run: timedelta = timedelta(seconds=900)
    """For all of them together. Resuming a failed run gives it the same again."""
    pauses: tuple[timedelta, ...] = (timedelta(seconds=2), timedelta(seconds=8), timedelta(seconds=32))
    """Before each new try of a step that failed in a way that may pass. As many tries as pauses."""
    supersteps: int = 1_000
    """A graph may have cycles; one that never ends is stopped here."""


USUAL = Limits()


def is_transient(error: BaseException) -> bool:
    """Whether the same step may well succeed in a while: a network, a service or a time limit failed it."""
    if isinstance(error, StepError):
        return False
    if isinstance(error, TransientError | TimeoutError | ConnectionError):
        return True
    status = getattr(error, "status_code", getattr(error, "status", None))
    return status in PASSING_STATUS or (error.__cause__ is not None and is_transient(error.__cause__))


class WorkingTime:
    """Adds up the seconds that steps work, and ends the step that takes too long. Saving does not count."""

    def __init__(self, limits: Limits, worked: float, spent: Spent = ()) -> None:
        self._limits, self._worked, self._spent = limits, worked, dict(spent)
        self._since: float | None = None
        self._steps: frozenset[str] = frozenset()
        self._timeout = asyncio.timeout(None)

    @property
    def worked(self) -> float:
        """Seconds so far."""
        return self._worked + self._running

    @property
    def spent(self) -> Spent:
        """Seconds of each step so far, to the hundredth: they are saved with every superstep."""
        return tuple((step, round(seconds, 2)) for step, seconds in self._each().items())

    @property
    def _running(self) -> float:
        return 0.0 if self._since is None else asyncio.get_running_loop().time() - self._since

    def _each(self) -> dict[str, float]:
        now = {step: self._spent.get(step, 0.0) + self._running for step in sorted(self._steps)}
        return {**self._spent, **now}

    def begins(self) -> None:
        """A superstep begins to work."""
        self._since, self._steps = asyncio.get_running_loop().time(), frozenset()
        self._timeout.reschedule(self._since + min(self._limits.step.total_seconds(), self._left))

    def works(self, step: str) -> None:
        """A step works in this superstep, perhaps beside others."""
        self._steps |= {step}

    def ends(self) -> None:
        """The superstep has done its work."""
        self._settle()
        self._timeout.reschedule(None)

    def _settle(self) -> None:
        self._worked, self._spent = self.worked, self._each()
        self._since, self._steps = None, frozenset()

    @property
    def _left(self) -> float:
        return max(self._limits.run.total_seconds() - self._worked, 0.0)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        """Raises StepTimeoutError for the step, or OutOfTimeError for all steps together."""
        try:
            await self._timeout.__aexit__(*error)  # pyright: ignore[reportArgumentType] - as they came
        except TimeoutError:
            raise self._over() from None
        finally:
            self._settle()

    def _over(self) -> Exception:
        if self.worked >= self._limits.run.total_seconds():
            return OutOfTimeError(
                f"The run has worked for {_span(self._limits.run)} in all, which is the most it may. "
                "Resume gives it as much again."
            )
        return StepTimeoutError(f"The step took longer than {_span(self._limits.step)}, the most it may.")


def _span(time: timedelta) -> str:
    seconds = time.total_seconds()
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"  # noqa: PLR2004 - two minutes read better as such
