"""One worker's portion of a limit that holds over all workers: calls begin and end in it.

The store is asked only when the portion is too small, and every few seconds while it is in use. A worker that
is killed stops renewing its lease, so its places come back.
"""

import asyncio
import contextlib
import logging
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import datetime

from orchestration.agents.holding import USUAL, Holding, Pace
from orchestration.agents.leases import (
    NOTHING,
    Amount,
    contended,
    covers,
    day_of,
    kept,
    missing,
    takeable,
)
from orchestration.agents.refusals import refuse_if_used_up
from orchestration.agents.roles import Quota
from orchestration.clock import Clock
from orchestration.errors import StoreUnavailableError
from orchestration.model import Load
from orchestration.ports import Loads

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Grant:
    """A call that has begun. It must be ended."""

    day: str
    tokens: int
    """Set aside for it."""


class Portion:
    """What this worker has of one limit. Safe for concurrent calls."""

    def __init__(
        self,
        loads: Loads,
        *,
        tenant: str,
        name: str,
        quota: Quota,
        worker: str,
        clock: Clock,
        pace: Pace = USUAL,
    ) -> None:
        self._clock, self._pace, self._quota = clock, pace, quota
        self._held = Holding(loads, tenant=tenant, name=name, worker=worker, clock=clock, seconds=pace.lease)
        self._hand: Amount = NOTHING
        self._day = ""
        self._under_way, self._reserved, self._next_look = 0, 0, 0.0
        self._idle = self._missed = False
        self._store, self._queue, self._nudge = asyncio.Lock(), asyncio.Lock(), asyncio.Event()
        self._renewing: asyncio.Task[None] | None = None

    @property
    def busy(self) -> int:
        """Calls under way: here, and elsewhere as far as the last look tells."""
        return self._under_way + self._held.elsewhere

    # ---- calls --------------------------------------------------------------------------

    async def turn(self, tokens: int = 0) -> Grant:
        """Begin a call as soon as it may, first come first served. Raises what `begin` raises."""
        async with self._queue:
            while (grant := await self.begin(tokens)) is None:  # noqa: ASYNC110 - other workers set no event here
                await asyncio.sleep(self._pace.wait)
        return grant

    async def begin(self, tokens: int = 0) -> Grant | None:
        """Begin a call that takes about so many tokens; None: not now, but soon.

        Raises QuotaUsedUpError when the day's calls or tokens are used up, and StoreUnavailableError.
        """
        tokens = min(tokens, self._quota.tokens_per_day)
        if self._lacks(tokens):
            async with self._store:
                await self._fill(tokens)
        self._missed = bool(self._lacks(tokens))
        return None if self._missed else self._begun(tokens)

    def _begun(self, tokens: int) -> Grant:
        self._under_way, self._idle = self._under_way + 1, False
        self._reserved += tokens
        self._hand -= Amount(calls=1 if self._quota.calls_per_day else 0, tokens=tokens)
        return Grant(self._day, tokens)

    def end(self, grant: Grant, tokens: int | None) -> None:
        """A call has ended and took so many tokens. None: it had no answer, so it took nothing of the day."""
        self._under_way -= 1
        if grant.day == self._day:  # else what was set aside is gone with its day
            unused = 1 if self._quota.calls_per_day and tokens is None else 0
            spent = tokens or 0 if self._quota.tokens_per_day else 0
            self._reserved -= grant.tokens
            self._hand += Amount(calls=unused, tokens=grant.tokens - spent)
        if self._held.contended:
            self._nudge.set()

    def _lacks(self, tokens: int) -> Amount:
        """Return what is missing for one more call."""
        if not self._quota.limits:
            return NOTHING
        return missing(self._quota, self._valid(self._clock()), self._under_way, tokens)

    def _valid(self, now: datetime) -> Amount:
        """Return what is still this worker's: places while the lease lasts, the rest for its day."""
        hand = self._hand if self._day >= day_of(now) else Amount(self._hand.places)
        return hand if self._held.lasts(now) else replace(hand, places=0)

    # ---- taking -------------------------------------------------------------------------

    async def _fill(self, tokens: int) -> None:
        """Take what is missing, and a little more."""
        loop = asyncio.get_running_loop()
        if not self._lacks(tokens) or loop.time() < self._next_look:
            return
        known = self._held.known  # most of the time nobody else has written since
        if known is None or not await self._took(self._held.opened(known), tokens):
            await self._look(tokens)
        self._renewing = self._renewing or loop.create_task(self._renewed(), context=Context())

    async def _look(self, tokens: int) -> None:
        while not await self._took(load := await self._held.look(), tokens):
            need = self._lacks(tokens)
            if not covers(self._takeable(load, need, tokens), need):
                self._next_look = asyncio.get_running_loop().time() + self._pace.look
                refuse_if_used_up(
                    load, self._quota, self._held.worker, need, reserved=self._reserved, now=self._clock()
                )
                if not self._held.wants:  # if somebody writes first, the next look says it
                    await self._held.say(load, self._holds(self._hand), NOTHING, wants=True)
                return

    async def _took(self, load: Load, tokens: int) -> bool:
        """Take what is missing. False: it is not there, or somebody wrote first."""
        self._let_go(load)
        need = self._lacks(tokens)
        taken = self._takeable(load, need, tokens)
        if not covers(taken, need):
            return False
        if not await self._held.say(load, self._holds(self._hand + taken), taken):
            return False
        self._hand += taken
        return True

    def _takeable(self, load: Load, need: Amount, tokens: int) -> Amount:
        return takeable(load, self._quota, self._held.worker, self._hand.places, need, tokens=tokens)

    def _holds(self, hand: Amount) -> Amount:
        """Return what the others are told: what is set aside for calls under way may come back, too."""
        return replace(hand, tokens=max(hand.tokens, 0) + self._reserved)

    def _let_go(self, load: Load) -> None:
        """Let go of what is not valid any more: places without a lease, and the rest of another day."""
        self._hand = self._valid(self._clock())
        if self._day != load.day:
            self._hand, self._day, self._reserved = Amount(self._hand.places), load.day, 0

    # ---- keeping, and giving back ---------------------------------------------------------

    async def close(self) -> None:
        """Give everything back; nothing may be under way any more."""
        if self._renewing:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
            await self._settled(leaves=True)

    async def _renewed(self) -> None:
        """Renew the lease while calls begin or are under way, then give everything back and end."""
        while self._renewing:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._nudge.wait(), self._pace.renew)
            self._nudge.clear()
            await self._settled()

    async def _settled(self, *, leaves: bool = False) -> None:
        try:
            async with self._store:
                leaves = leaves or (self._idle and not self._under_way)
                while not await (self._left() if leaves else self._renewed_once()):
                    pass  # somebody wrote first: look again
        except StoreUnavailableError as away:
            log.warning("%s: what is held of it could not be said: %s", self._held.name, away)
        self._idle = not self._under_way

    async def _left(self) -> bool:
        load = await self._held.look()
        self._let_go(load)
        if self._under_way:
            return True  # a call has begun meanwhile
        given, self._hand = self._hand, NOTHING  # first: without an answer it may have been given back
        if await self._held.leave(load, given):
            self._renewing = None
            return True
        self._hand += given
        return False

    async def _renewed_once(self) -> bool:
        load = await self._held.look()
        self._let_go(load)
        before, keeps = self._hand, self._hand
        if contended(load, self._held.worker):
            keeps = kept(load, self._quota, self._held.worker, before, self._under_way, waits=self._missed)
        self._hand = keeps
        if await self._held.say(load, self._holds(keeps), keeps - before, wants=self._missed):
            return True
        self._hand += before - keeps
        return False
