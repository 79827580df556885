"""advance, the one verb: continues a run from where it stands, be it new, answered, resumed or left over."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from agent_framework import WorkflowCheckpointException, WorkflowConvergenceException, WorkflowRunState

from orchestration import succession, timers
from orchestration.agents.usage import metered
from orchestration.attempt import Attempt
from orchestration.book import Book, life
from orchestration.budget import Budget
from orchestration.catalog import Catalog
from orchestration.checkpoints.keyring import Keyring
from orchestration.clock import Clock
from orchestration.dispatch.script import Stand
from orchestration.errors import (
    ConflictError,
    Fenced,
    NotDurable,
    OverBudget,
    SignoffError,
    StepError,
    StoreUnavailableError,
)
from orchestration.failures import failure_of
from orchestration.limits import is_transient
from orchestration.model import RunKey, RunStatus
from orchestration.ports import Places, RunStore, Workers
from orchestration.prices import NO_BUDGETS, NO_PRICES, Budgets, Prices
from orchestration.questions import Whom

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
"""How often a worker may begin the same step without a checkpoint in between."""


class Runner:
    """Advances runs for one worker, which is this process."""

    def __init__(
        self,
        *,
        worker: str,
        store: RunStore,
        workers: Workers,
        places: Places,
        catalog: Catalog,
        clock: Clock,
        keyring: Keyring,
        whom: Whom,
        changed: Callable[[RunKey], None],
        prices: Prices = NO_PRICES,
        budgets: Budgets = NO_BUDGETS,
    ) -> None:
        self._worker, self._store, self._workers, self._places = worker, store, workers, places
        self._catalog, self._clock, self._changed = catalog, clock, changed
        self._keyring, self._whom = keyring, whom
        self._prices, self._budgets = prices, budgets

    async def advance(self, key: RunKey) -> Stand:
        """Continue a run until it waits, has ended, or belongs to another worker.

        What a step raises becomes a failure of the run. Raises StoreUnavailableError: then nothing is lost,
        and somebody should try again later.
        """
        while True:
            book = await self._store.read(key)
            if book is None:
                return Stand(ended=True)
            if book.run.over:
                await succession.opened(self._store, book.run, self._clock())
                return Stand(ended=True)
            if await self._fired(book):
                continue
            if not book.has_work:
                return Stand(due=book.next_timer)
            if book.run.again and book.run.again > self._clock():
                return Stand(due=book.run.again)
            if await self._belongs_to_another(book):
                return Stand()  # its owner looks again before it leaves, and is watched
            await self._attempt(book)

    async def _fired(self, book: Book) -> bool:
        """Do what the time has come for. If somebody wrote first, what they wrote is looked at."""
        now = self._clock()
        if book.next_timer is None or book.next_timer > now:
            return False
        notices = await self._places.notice_places(book.run.tenant)
        after = timers.fired(book, now, notices, self._whom.calendar)
        with contextlib.suppress(ConflictError):
            await self._store.write(book, after)
            self._changed(book.run.key)
        return True

    async def _belongs_to_another(self, book: Book) -> bool:
        owner = book.run.worker
        return bool(owner) and owner != self._worker and owner in await self._workers.alive(self._clock())

    async def _attempt(self, book: Book) -> None:
        key = book.run.key
        with metered(self._prices) as meter:
            attempt = Attempt(
                worker=self._worker,
                store=self._store,
                book=book,
                clock=self._clock,
                meter=meter,
                limits=self._catalog.limits(book.run),
                translation=self._catalog.translation(book.run),
                keyring=self._keyring,
                whom=self._whom,
                budget=Budget(self._budgets.of(book.run.workflow), self._catalog.rule(book.run.workflow)),
                changed=lambda: self._changed(key),
            )
            error = await self._driven(attempt)
            if (
                error is not None
            ):  # outside of any except clause: a traceback of ours must not quote the step's
                await self._fail(attempt, error)

    async def _driven(self, attempt: Attempt) -> Exception | None:
        """Drive the run; return why it failed. Raises StoreUnavailableError when nothing can be said."""
        name = attempt.book.run.id
        try:
            await self._drive(attempt)
        except Fenced:
            log.info("%s: another worker has it, or it has ended", name)
        except OverBudget:
            log.info("%s: it has cost what it may, and waits for people", name)
        except NotDurable as stop:
            if isinstance(stop.__cause__, StoreUnavailableError):
                raise StoreUnavailableError(str(stop)) from None
            if isinstance(stop.__cause__, StepError):
                return stop.__cause__
            return StepError(f"The state of the run could not be saved: {stop}")
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise  # the bot stops: the next worker goes on from the checkpoint
            return RuntimeError("The step was broken off from inside.")
        except StoreUnavailableError as away:
            raise StoreUnavailableError(str(away)) from None
        except Exception as error:  # noqa: BLE001 - the one place where a failure becomes data
            return _plainly(error)
        return None

    async def _drive(self, attempt: Attempt) -> None:
        run = attempt.book.run
        if run.attempts >= MOST_ATTEMPTS:
            raise StepError(
                f"This step was begun {run.attempts} times and never came to an end: the program stopped or "
                "lost its store each time. Retry starts again with the same input."
            )
        workflow = self._catalog.build(run)
        if run.graph and run.graph != workflow.graph_signature_hash:
            raise StepError(
                "The workflow was changed by an update after this run was saved, so it cannot go on. "
                "Retry starts it anew with the same input."
            )
        text = "" if run.checkpoint else await self._store.text(run.key, "input") or ""
        state = await attempt.drive(workflow, text)
        if attempt.book.run.status is RunStatus.RUNNING:  # the last save has not ended it
            await self._end(attempt, waits=state is WorkflowRunState.IDLE_WITH_PENDING_REQUESTS)

    async def _end(self, attempt: Attempt, *, waits: bool) -> None:
        await attempt.write(lambda book: attempt.ending(book, waits=waits))
        if attempt.book.run.status is RunStatus.RUNNING:
            raise StepError("The workflow ended without a result.")

    async def _fail(self, attempt: Attempt, error: Exception) -> None:
        log.warning("%s: step %s failed: %s", attempt.book.run.id, attempt.step, type(error).__name__)
        notices = await self._places.notice_places(attempt.book.run.tenant)
        try:
            await attempt.write(lambda book: self._consequence(book, attempt, error, notices))
        except Fenced:
            log.info("%s: the failed attempt had lost the run", attempt.book.run.id)

    def _consequence(self, book: Book, attempt: Attempt, error: Exception, notices: Sequence[str]) -> Book:
        """A failure that may pass is tried again, then the step's fallback works, then the run fails."""
        run, step, now = book.run, attempt.step, self._clock()
        failure, stack = failure_of(error, book=book, step=step, at=now, done=attempt.has_done)
        pauses = self._catalog.limits(run).pauses
        if is_transient(error) and run.tries < len(pauses):
            return life.postponed(book, failure.reason, now + pauses[run.tries], now)
        if step not in run.diverted and any(known.fallback for known in run.steps if known.id == step):
            return life.sidestepped(book, step, failure.reason, now)
        return life.failed(book, failure, notices, stack)


def _plainly(error: Exception) -> Exception:
    """Put what the framework says into words, or take the words out of what it wraps."""
    match error:
        case WorkflowConvergenceException():
            return StepError(
                "The workflow goes round in a circle without coming to an end, so it was stopped."
            )
        case WorkflowCheckpointException(__cause__=SignoffError() as cause):
            return cause
        case _:
            return error
