"""Signoff's core alone on a store: no chat and no presenter. What the bot does when it advances a run."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from orchestration.agents.demo import DemoChatClient
from orchestration.approvals import Approvals, Ballot, Outcome
from orchestration.book import life
from orchestration.catalog import Catalog
from orchestration.clock import run_id, system_clock
from orchestration.dispatch.embedded import EmbeddedDispatcher
from orchestration.groups import ConfiguredGroups
from orchestration.model import Person, Run, RunKey, RunStatus, Verdict
from orchestration.ports import Store
from orchestration.questions import Whom
from orchestration.runner import Runner
from orchestration.workflows.definition import Definition, Means
from storage.sqlite import SqliteStore
from tests.bench import crowd
from tests.bench.shape import BRIEF, Shape
from tests.bench.talk import REQUEST, definition
from tests.bench.watch import Watch
from tests.fakes.keyring import KEYRING

ALICE = Person("11111111-1111-4111-8111-111111111111", "aaaaaaaa-0000-4000-8000-000000000001", "Alice Admin")
CHAT = "a:personal-alice"
FILE = "signoff.db"
WITHIN = 60.0
"""Seconds after which a run that nobody goes on with is an error."""
MOST_ANSWERED = 10
"""Runs among those that wait which somebody may answer."""
MEANS = Means(DemoChatClient())


class Nobody:
    """A dispatcher that does nothing: who measures advances the run itself."""

    async def submit(self, key: RunKey) -> None: ...

    async def wake(self, at: datetime, key: RunKey) -> None: ...


class Signoff:
    """Runs of one workflow on an open store, by a worker of its own."""

    def __init__(self, store: Store, workflow: Definition) -> None:
        self._store, self._workflow = store, workflow
        self.worker = f"bench-{uuid.uuid4().hex}"
        self.runner = Runner(
            worker=self.worker,
            store=store,
            workers=store,
            places=store,
            catalog=Catalog(MEANS, [workflow]),
            clock=system_clock,
            keyring=KEYRING,
            whom=Whom(ConfiguredGroups({})),
            changed=lambda _: None,
        )
        self._approvals = Approvals(store=store, people=store, dispatcher=Nobody(), clock=system_clock)

    async def start(self, text: str) -> RunKey:
        """From a queued run to the question, or to the end if nobody is asked."""
        run = self._queued(text)
        await self._store.write(None, life.opened(run, text, run.started))
        await self.runner.advance(run.key)
        await self._stands_at(run.key, RunStatus.WAITING, RunStatus.COMPLETED)
        return run.key

    async def decide(self, run: RunKey, verdict: Verdict = Verdict.APPROVE) -> Outcome:
        """Record the answer; nobody goes on with the run yet."""
        source = uuid.uuid4().hex
        return await self._approvals.decide(Ballot(run, REQUEST, verdict, "", ALICE, CHAT, source))

    async def answer(self, run: RunKey) -> None:
        """From the answer to the end."""
        await self.decide(run)
        await self.runner.advance(run)
        await self._stands_at(run, RunStatus.COMPLETED)

    async def settle(self, run: RunKey) -> None:
        """Have its cards shown, as a presenter would."""
        await crowd.settle(self._store, run)

    async def _stands_at(self, run: RunKey, *wanted: RunStatus) -> None:
        book = await self._store.read(run)
        if book is None or book.run.status not in wanted:
            raise RuntimeError(f"the run should be {wanted}, but is {book and book.run.status}")

    def _queued(self, text: str) -> Run:
        now = datetime.now(UTC)
        return Run(
            tenant=ALICE.tenant,
            id=run_id(now, uuid.uuid4().hex),
            workflow=self._workflow.name,
            workflow_version=self._workflow.version,
            workflow_title=self._workflow.title,
            title=text,
            steps=self._workflow.steps,
            requester=ALICE,
            conversation=CHAT,
            started=now,
            changed=now,
            model="demo",
        )


@asynccontextmanager
async def sqlite_at(file: Path) -> AsyncGenerator[Store]:
    """An open store in a file."""
    store = SqliteStore(file)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def opened(folder: Path, shape: Shape, watch: Watch) -> AsyncGenerator[Signoff]:
    """A new handle on the SQLite file in a folder, and new objects of everything else."""
    async with sqlite_at(folder / FILE) as store:
        yield Signoff(store, definition(shape, watch))


async def crowded(folder: Path, shape: Shape, waiting: int) -> list[str]:
    """Have so many runs wait."""
    async with opened(folder, shape, Watch()) as alone:
        own = [await alone.start(BRIEF) for _ in range(MOST_ANSWERED)]
        for key in own:
            await alone.settle(key)
    crowd.copy(folder / FILE, own[0], waiting - len(own))
    return [key.run for key in own]  # what is saved is signed for its run: a copy waits, but cannot go on


async def answered(folder: Path, shape: Shape, run: str) -> None:
    """Have an answer recorded that nobody has gone on with: the process died after the click."""
    async with opened(folder, shape, Watch()) as alone:
        await alone.decide(RunKey(ALICE.tenant, run))


async def resumed(folder: Path, shape: Shape, _run: str) -> Watch:
    """Go on with what was answered. Nobody tells which run that is: the dispatcher finds it in the store."""
    watch = Watch()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(sqlite_at(folder / FILE))
        worker = Signoff(store, definition(shape, watch))
        dispatcher = EmbeddedDispatcher(
            worker=worker.worker,
            finder=store,
            workers=store,
            clock=system_clock,
            advance=worker.runner.advance,
            show=lambda _: None,
        )
        await dispatcher.start()
        stack.push_async_callback(dispatcher.leave)
        stack.push_async_callback(dispatcher.stop)
        async with asyncio.timeout(WITHIN):
            while not watch.began:
                await asyncio.sleep(0.005)
    return watch
