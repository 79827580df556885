"""What one worker says in the store about its part of a limit."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestration.agents.leases import Amount, contended, opened, others, with_lease, without
from orchestration.clock import Clock
from orchestration.errors import ConflictError
from orchestration.model import Lease, Load
from orchestration.ports import Loads

SKEW = timedelta(seconds=2)
"""Clocks of workers may differ by that much."""


@dataclass(frozen=True)
class Pace:
    """How often a portion looks into the store, in seconds."""

    lease: float = 20.0
    """After that, what a worker holds is free again unless it has said so anew."""
    renew: float = 5.0
    look: float = 0.5
    """Between two looks for something to come free elsewhere."""
    wait: float = 0.05
    """Between two looks for something to come free in this worker."""


USUAL = Pace()


class Holding:
    """Reads and writes the load of one limit for one worker. Any method may raise StoreUnavailableError."""

    def __init__(
        self, loads: Loads, *, tenant: str, name: str, worker: str, clock: Clock, seconds: float
    ) -> None:
        self._loads, self._clock, self._seconds = loads, clock, seconds
        self._first, self._until = Load(tenant, name), clock()
        self.worker, self.name = worker, name
        self.known: Load | None = None
        """As it was at the last look. Somebody else may have written since."""

    @property
    def elsewhere(self) -> int:
        """Places that other workers hold, as far as the last look tells."""
        return sum(lease.places for lease in others(self.known, self.worker)) if self.known else 0

    @property
    def contended(self) -> bool:
        """Whether another worker needs more than there is, as far as the last look tells."""
        return self.known is not None and contended(self.known, self.worker)

    @property
    def wants(self) -> bool:
        """Whether the others know that somebody waits here."""
        leases = self.known.leases if self.known else ()
        return any(lease.wants for lease in leases if lease.worker == self.worker)

    def lasts(self, now: datetime) -> bool:
        """Whether the lease surely lasts still."""
        return now + SKEW < self._until

    async def look(self) -> Load:
        """Return the load as it is now."""
        self.known = await self._loads.load(self._first.tenant, self._first.name) or self._first
        return self.opened(self.known)

    def opened(self, load: Load) -> Load:
        """Return the load without what has run out."""
        return opened(load, self._clock())

    async def say(self, load: Load, holds: Amount, taken: Amount, *, wants: bool = False) -> bool:
        """Say what this worker holds, and what it took of the day. False: somebody wrote first."""
        until = self._clock() + timedelta(seconds=self._seconds)
        lease = Lease(
            self.worker, until, holds.places, max(holds.calls, 0), max(holds.tokens, 0), wants=wants
        )
        if not await self._kept(with_lease(load, lease, taken)):
            return False
        self._until = until
        return True

    async def leave(self, load: Load, given: Amount) -> bool:
        """Give everything back. False: somebody wrote first."""
        return await self._kept(without(load, self.worker, given))

    async def _kept(self, load: Load) -> bool:
        self.known = None  # without an answer nothing is known
        try:
            await self._loads.keep_load(load)
        except ConflictError:
            return False
        self.known = replace(load, version=load.version + 1)
        return True
