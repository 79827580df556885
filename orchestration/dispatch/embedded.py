"""The dispatcher inside the bot process: a task for each run that has something to do, none for waiting ones.

Everything it knows is in the store as well. It is refilled at the start and by a sweep, so it may be lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.clock import Clock
from orchestration.dispatch.script import Call, GaveUpError, Stand, Wait, life
from orchestration.model import Run, RunKey
from orchestration.ports import RunFinder, Workers
from orchestration.redact import whereabouts

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How soon a dispatcher notices. What a dead worker leaves is taken up within the sum of both."""

    alive: timedelta
    """How long the word of a worker counts that it is alive. It must outlast the slowest write."""
    sweep: timedelta = timedelta(seconds=1.5)
    """Between two looks at the store for what is due or left."""


QUICK = Pace(alive=timedelta(seconds=3))
"""For a store on this machine."""
PATIENT = Pace(alive=timedelta(seconds=15))
"""For a store behind a network, whose bad minutes must not look like death."""
BEATS = 5
"""How often the word is repeated while it counts."""
PAGE = 500
"""Runs that one look at the store may find; more than there are slots, so that none hides behind others."""
TRIES = (0.2, 1.0, 3.0, 8.0)
"""Seconds to wait before each new try of a call that failed."""


class EmbeddedDispatcher:
    """Runs the script of every run that has something to do, at most `slots` at once."""

    def __init__(
        self,
        *,
        worker: str,
        finder: RunFinder,
        workers: Workers,
        clock: Clock,
        advance: Callable[[RunKey], Awaitable[Stand]],
        show: Callable[[RunKey], None],
        pace: Pace = QUICK,
        slots: int = 200,
    ) -> None:
        self._worker, self._finder, self._workers, self._clock = worker, finder, workers, clock
        self._advance, self._show = advance, show
        self._pace, self._slots = pace, asyncio.Semaphore(slots)
        self._tasks: dict[RunKey, asyncio.Task[None]] = {}
        self._again: set[RunKey] = set()
        self._timers: dict[RunKey, asyncio.TimerHandle] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = False
        self._heard = clock()

    # ---- the port -----------------------------------------------------------------------

    async def submit(self, key: RunKey) -> None:
        """Somebody shall look at this run soon."""
        self._look(key)

    async def wake(self, at: datetime, key: RunKey) -> None:
        """Somebody shall look at this run at that time. Later than the next sweep, the sweep finds it."""
        seconds = (at - self._clock()).total_seconds()
        if seconds > 2 * self._pace.sweep.total_seconds():
            return
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()
        self._timers[key] = asyncio.get_running_loop().call_later(max(seconds, 0.0), self._look, key)

    # ---- life ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Say that this worker is alive, then look after what is due, again and again."""
        await self._beat()
        self._keepers = [
            asyncio.create_task(self._every(self._pace.alive / BEATS, self._beat)),
            asyncio.create_task(self._every(self._pace.sweep, self._sweep)),
        ]

    async def stop(self, grace: float = 5.0) -> None:
        """Let running steps end within `grace` seconds, and begin nothing new."""
        self._stopping = True
        for timer in self._timers.values():
            timer.cancel()
        await _cancelled(self._keepers[1:])
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=grace)
        await _cancelled(list(self._tasks.values()))

    async def leave(self) -> None:
        """Say that this worker is dead, after everything else has stopped: others may take over at once."""
        await _cancelled(self._keepers)
        await self._workers.beat(self._worker, self._clock())

    # ---- inside -------------------------------------------------------------------------

    def _look(self, key: RunKey) -> None:
        self._timers.pop(key, None)
        if self._stopping:
            return  # it is in the store, and due: the next worker finds it
        self._show(key)
        if key in self._tasks:
            self._again.add(key)
            return
        task = self._tasks[key] = asyncio.create_task(self._live(key), name=key.run)
        task.add_done_callback(lambda _: self._done(key))

    def _done(self, key: RunKey) -> None:
        self._tasks.pop(key, None)
        if key in self._again:  # somebody asked between the last look and this moment
            self._again.discard(key)
            self._look(key)

    async def _live(self, key: RunKey) -> None:
        script = life()
        step: Call | Wait = next(script)
        while True:
            if isinstance(step, Wait):
                if key not in self._again:
                    return await self._put_aside(key, step.until)
                self._again.discard(key)
            answer = await self._answer(key, step)
            try:
                step = script.throw(answer) if isinstance(answer, GaveUpError) else script.send(answer)
            except StopIteration:
                return None

    async def _answer(self, key: RunKey, step: Call | Wait) -> Stand | GaveUpError | None:
        if isinstance(step, Wait):
            return None
        try:
            stand = await self._tried(key)
        except GaveUpError as error:
            return error
        self._show(key)
        return stand

    async def _put_aside(self, key: RunKey, until: datetime | None) -> None:
        if until is not None:
            await self.wake(until, key)

    async def _tried(self, key: RunKey) -> Stand:
        for pause in (*TRIES, None):
            try:
                async with self._slots:
                    return await self._advance(key)
            except Exception as error:  # noqa: BLE001 - the store or the network: the run itself cannot fail here
                log.error("%s could not be advanced: %s", key.run, whereabouts(error))  # noqa: TRY400
                if pause is None:
                    raise GaveUpError from None
                await asyncio.sleep(pause)
        raise GaveUpError

    async def _beat(self) -> None:
        now = self._clock()
        await self._workers.beat(self._worker, now + self._pace.alive)
        self._heard = now

    async def _sweep(self) -> None:
        """Three looks; what is wrong with one must not hide what the others would find."""
        for look in (self._look_at_due, self._look_at_own, self._look_at_dead):
            try:
                await look()
            except Exception as error:  # noqa: BLE001 - the next look is soon
                log.error("looking for work: %s", whereabouts(error))  # noqa: TRY400

    async def _look_at_due(self) -> None:
        for run in await self._finder.due(self._clock(), PAGE):
            self._look_unless_at_it(run)

    async def _look_at_own(self) -> None:
        for run in await self._finder.claimed_by(self._worker, PAGE):
            self._look_unless_at_it(run)  # given up while the store was away

    async def _look_at_dead(self) -> None:
        now = self._clock()
        if now - self._heard > self._pace.alive:
            return  # by our own word we are dead ourselves: the store is slow, and the others may well live
        for worker in await self._workers.dead(now) - {self._worker}:
            await self._take_over(worker, now)

    async def _take_over(self, worker: str, now: datetime) -> None:
        left = await self._finder.claimed_by(worker, PAGE)
        for run in left:
            self._look_unless_at_it(run)
        if not left and worker not in await self._workers.alive(now):
            await self._workers.forget(worker)

    def _look_unless_at_it(self, run: Run) -> None:
        if run.key not in self._tasks:
            self._look(run.key)

    async def _every(self, pause: timedelta, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - it is tried again
                log.error("the dispatcher: %s", whereabouts(error))  # noqa: TRY400
            took = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(pause.total_seconds() - took, 0.05))


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
