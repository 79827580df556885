"""What to do next for one run. No I/O and no clock, so that a durable engine can drive it as well."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Stand:
    """Where a run stands after somebody looked at it. `due`: when to look again; None: when woken."""

    ended: bool = False
    due: datetime | None = None


@dataclass(frozen=True)
class Call:
    """Do this now. "advance" answers with a Stand, "present" with the time of its next try or None."""

    step: Literal["advance", "present"]


@dataclass(frozen=True)
class Wait:
    """Wait until then, or until woken."""

    until: datetime | None


class GaveUpError(Exception):
    """The retries of a call are used up: the store or the network is down."""


def life() -> Generator[Call | Wait, Stand | datetime | None, None]:
    """Advance, present, wait; again and again until the run has ended and its cards say so."""
    while True:
        try:
            stand = yield Call("advance")
            retry = yield Call("present")
        except GaveUpError:
            yield Wait(
                None
            )  # never "failed": that could not be written now either. The sweep comes back to it.
            continue
        due = _earliest(stand.due if isinstance(stand, Stand) else None, retry)
        if isinstance(stand, Stand) and stand.ended and due is None:
            return
        yield Wait(due)


def _earliest(due: datetime | None, retry: Stand | datetime | None) -> datetime | None:
    return min((time for time in (due, retry) if isinstance(time, datetime)), default=None)
