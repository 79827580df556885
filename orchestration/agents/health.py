"""Which models have failed lately. After a pause one call tries whether a model is back."""

from datetime import datetime, timedelta

from orchestration.clock import Clock

FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=5)


class Health:
    """Of one model, as this worker knows it."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._failures, self._trying = clock, 0, False
        self._until = clock()

    @property
    def rests(self) -> bool:
        """Whether it should not be asked: it failed lately, or one call is just finding out."""
        return self._failures > 0 and (self._trying or self._clock() < self._until)

    @property
    def until(self) -> datetime:
        """Until when it rests."""
        return self._until

    def tried(self) -> None:
        """A call begins."""
        self._trying = self._failures > 0

    def answered(self) -> None:
        """It answered, if only that it refuses the request."""
        self._failures, self._trying = 0, False

    def failed(self) -> None:
        """It gave no answer: it rests, twice as long each time. Calls that fail together count once."""
        if self.rests and not self._trying:
            return
        pause = min(FIRST * 2 ** min(self._failures, 10), LONGEST)
        self._failures, self._trying, self._until = self._failures + 1, False, self._clock() + pause

    def broken_off(self) -> None:
        """The call was given up from this side, which says nothing."""
        self._trying = False
