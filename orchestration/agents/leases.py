"""What a worker takes of a limit and gives back, as functions from load to load. Pure.

A worker takes a little more than it needs, so that most calls need no write. What it takes of a day counts as
used until it gives it back: whoever is killed in between has used it, so a limit is never exceeded.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from orchestration.agents.roles import Quota
from orchestration.model import Lease, Load

PART, MOST_AT_ONCE = 8, 50
"""An eighth of what is free, and at most what fifty calls need."""


@dataclass(frozen=True)
class Amount:
    """Some of a limit: places for calls at one time, calls of a day, tokens of a day."""

    places: int = 0
    calls: int = 0
    tokens: int = 0

    def __bool__(self) -> bool:
        return bool(self.places or self.calls or self.tokens)

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.places + other.places, self.calls + other.calls, self.tokens + other.tokens)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.places - other.places, self.calls - other.calls, self.tokens - other.tokens)


NOTHING = Amount()


def day_of(now: datetime) -> str:
    """Return the day in UTC, which is when quotas begin anew."""
    return now.astimezone(UTC).date().isoformat()


def next_day(now: datetime) -> datetime:
    """Return when quotas begin anew."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)


def opened(load: Load, now: datetime) -> Load:
    """Return the load as it is now: without leases whose time has passed, and for this day."""
    alive = tuple(lease for lease in load.leases if lease.until > now)
    if load.day >= day_of(now):  # it may have begun by the clock of another worker
        return replace(load, leases=alive)
    fresh = tuple(replace(lease, calls=0, tokens=0) for lease in alive)
    return replace(load, day=day_of(now), calls=0, tokens=0, leases=fresh)


def others(load: Load, worker: str) -> tuple[Lease, ...]:
    """Return what all other workers hold."""
    return tuple(lease for lease in load.leases if lease.worker != worker)


def contended(load: Load, worker: str) -> bool:
    """Whether another worker needs more than there is."""
    return any(lease.wants for lease in others(load, worker))


def missing(quota: Quota, hand: Amount, under_way: int, tokens: int) -> Amount:
    """Return what a hand lacks for one more call that may take so many tokens."""
    return Amount(
        max(under_way + 1 - hand.places, 0) if quota.at_once else 0,
        max(1 - hand.calls, 0) if quota.calls_per_day else 0,
        max(max(tokens, 1) - hand.tokens, 0) if quota.tokens_per_day else 0,
    )


def takeable(load: Load, quota: Quota, worker: str, places: int, need: Amount, *, tokens: int) -> Amount:
    """Return what a worker with so many places takes when it needs so much more; 0 where it is not there.

    `tokens` is what one call takes of them.
    """
    most = 0 if contended(load, worker) else MOST_AT_ONCE
    free = quota.at_once - places - sum(lease.places for lease in others(load, worker))
    return Amount(
        _part(free, need.places, most),
        _part(quota.calls_per_day - load.calls, need.calls, most),
        _part(quota.tokens_per_day - load.tokens, need.tokens, most * tokens),
    )


def _part(free: int, need: int, most: int) -> int:
    if need <= 0 or free < need:
        return 0
    return max(need, min(free // PART, most))


def covers(taken: Amount, need: Amount) -> bool:
    """Whether all that is needed was taken."""
    return taken.places >= need.places and taken.calls >= need.calls and taken.tokens >= need.tokens


def kept(load: Load, quota: Quota, worker: str, hand: Amount, under_way: int, *, waits: bool) -> Amount:
    """Return what a worker keeps when others need more: what is in use; a fair part if somebody waits."""
    fair = quota.at_once // (len(others(load, worker)) + 1) if waits else 0
    return Amount(min(hand.places, max(under_way, fair)), min(hand.calls, 0), min(hand.tokens, 0))


def with_lease(load: Load, lease: Lease, taken: Amount) -> Load:
    """Return the load when a worker holds this now, and has taken so much of the day or given it back."""
    leases = (*others(load, lease.worker), lease)
    return replace(load, calls=load.calls + taken.calls, tokens=load.tokens + taken.tokens, leases=leases)


def without(load: Load, worker: str, given: Amount) -> Load:
    """Return the load when a worker has left and given back so much of the day."""
    left = others(load, worker)
    return replace(load, calls=load.calls - given.calls, tokens=load.tokens - given.tokens, leases=left)
