"""How much of a limit is in use, over all workers."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Lease:
    """What one worker holds of a limit, until it says so again or its time has passed."""

    worker: str
    until: datetime
    places: int = 0
    """Calls it may make at one time."""
    calls: int = 0
    """Of the day's calls: taken, and not made yet."""
    tokens: int = 0
    """Of the day's tokens: taken, and not spent yet."""
    wants: bool = False
    """It would need more than there was."""


@dataclass(frozen=True)
class Load:
    """What is taken of one limit. What a lease took of a day stays taken when the lease runs out."""

    tenant: str
    name: str
    day: str = ""
    """The day of the counts, in UTC, such as 2026-11-21."""
    calls: int = 0
    tokens: int = 0
    leases: tuple[Lease, ...] = ()
    version: int = 0
    """Counts the writes."""
