"""The dispatcher inside the bot process: a task for each run that has something to do, none for waiting ones.

Everything it knows is in the store as well. It is refilled at the start and by a sweep, so it may be lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from orchestration.clock import Clock
from orchestration.dispatch.heartbeat import Heartbeat
from orchestration.dispatch.pace import USUAL, Pace
from orchestration.dispatch.script import Call, GaveUpError, Stand, Wait, life
from orchestration.model import Run, RunKey
from orchestration.ports import RunFinder, Workers
from orchestration.redact import whereabouts

log = logging.getLogger(__name__)


PAGE = 500
"""Runs that one look at the store may find; more than there are slots, so that none hides behind others."""
BREAKING_OFF = 2.0
"""Seconds for a step to clean up when it is broken off. One that takes longer ends with the process."""


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
        pace: Pace = USUAL,
        slots: int = 200,
    ) -> None:
        self._worker, self._finder, self._workers, self._clock = worker, finder, workers, clock
        self._heartbeat = Heartbeat(worker=worker, workers=workers, clock=clock, alive=pace.alive)
        self._advance, self._show = advance, show
        self._pace, self._slots = pace, asyncio.Semaphore(slots)
        self._tasks: dict[RunKey, asyncio.Task[None]] = {}
        self._again: set[RunKey] = set()
        self._timers: dict[RunKey, asyncio.TimerHandle] = {}
        self._sweeps: list[asyncio.Task[None]] = []
        self._stopping = False

    # ---- the port -----------------------------------------------------------------------

    async def submit(self, key: RunKey) -> None:
        """Somebody shall look at this run soon."""
        self._look(key)

    async def wake(self, at: datetime, key: RunKey) -> None:
        """Somebody shall look at this run at that time. Later than the next sweep, the sweep finds it."""
        seconds = (at - self._clock()).total_seconds()
        if seconds > 2 * self._pace.sweep.total_seconds():
            return
        loop, known = asyncio.get_running_loop(), self._timers.pop(key, None)
        when = loop.time() + max(seconds, 0.0)
        if known is not None:
            when = min(when, known.when())
            known.cancel()
        self._timers[key] = loop.call_at(when, self._look, key)

    # ---- life ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Say that this worker is alive, then look after what is due, again and again."""
        await self._heartbeat.start()
        looks = (self._look_at_due, self._look_at_own, self._look_at_dead)
        self._sweeps = [asyncio.create_task(self._sweep(look)) for look in looks]

    async def stop(self, grace: float = 5.0) -> None:
        """Let running steps end within `grace` seconds, and begin nothing new."""
        self._stopping = True
        for timer in self._timers.values():
            timer.cancel()
        await _broken_off(self._sweeps)
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=grace)
        await _broken_off(list(self._tasks.values()))

    async def leave(self) -> None:
        """Say that this worker is dead, after everything else has stopped: others may take over at once."""
        await self._heartbeat.stop()

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
        for pause in (*self._pace.tries, None):
            try:
                await self._heartbeat.until_heard()
                async with self._slots:
                    return await self._advance(key)
            except Exception as error:  # noqa: BLE001 - the store or the network: the run itself cannot fail here
                log.error("%s could not be advanced: %s", key.run, whereabouts(error))  # noqa: TRY400
                if pause is None:
                    raise GaveUpError from None
                await asyncio.sleep(pause)
        raise GaveUpError

    async def _sweep(self, look: Callable[[], Awaitable[None]]) -> None:
        """Look again and again. Each look by itself: what is wrong with one must not keep the others."""
        while True:
            try:
                await look()
            except Exception as error:  # noqa: BLE001 - the next look is soon
                log.error("looking for work: %s", whereabouts(error))  # noqa: TRY400
            await asyncio.sleep(self._pace.sweep.total_seconds())

    async def _look_at_due(self) -> None:
        for run in await self._finder.due(self._clock(), PAGE):
            self._look_unless_at_it(run)

    async def _look_at_own(self) -> None:
        for run in await self._finder.claimed_by(self._worker, PAGE):
            self._look_unless_at_it(run)  # given up while the store was away

    async def _look_at_dead(self) -> None:
        now = self._clock()
        dead = await self._workers.dead(now) - {self._worker}
        if self._heartbeat.heard:
            for worker in dead:
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


async def _broken_off(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=BREAKING_OFF)
