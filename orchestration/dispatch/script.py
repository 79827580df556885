"""What to do next for one run. No I/O and no clock, so that a durable engine can drive it as well."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Stand:
    """Where a run stands after somebody looked at it. `due`: when to look again; None: when woken."""

    ended: bool = False
    due: datetime | None = None


@dataclass(frozen=True)
class Call:
    """Advance the run now; the answer is a Stand."""


@dataclass(frozen=True)
class Wait:
    """Wait until then, or until woken."""

    until: datetime | None


class GaveUpError(Exception):
    """The retries of a call are used up: the store or the network is down."""


def life() -> Generator[Call | Wait, Stand | None, None]:
    """Advance and wait, again and again until the run has ended.

    Showing cards is no part of it: that goes on while a step works, and after the end.
    """
    while True:
        try:
            stand = yield Call()
        except GaveUpError:
            yield Wait(
                None
            )  # never "failed": that could not be written now either. The sweep comes back to it.
            continue
        if stand is not None and stand.ended:
            return
        yield Wait(stand.due if stand else None)
