"""The core on a real store, without chat: what a test of runs and approvals needs, wired once."""

import asyncio
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from agent_framework import SupportsChatGetResponse

from orchestration.agents import models
from orchestration.agents.services import Services
from orchestration.approvals import Approvals, Ballot
from orchestration.calendar import WorkingCalendar
from orchestration.catalog import WORKFLOWS, Catalog
from orchestration.checkpoints.codec import Codec
from orchestration.clock import Clock, system_clock
from orchestration.core import Engine, Surroundings, at_work, core_on
from orchestration.dispatch.embedded import EmbeddedDispatcher
from orchestration.groups import ConfiguredGroups
from orchestration.memory import Remembering
from orchestration.messages import Rule
from orchestration.model import MemoryLimits, Person, Run, RunKey, Verdict
from orchestration.ports import Store
from orchestration.prices import NO_BUDGETS, NO_PRICES, Budgets, Prices
from orchestration.questions import Whom
from orchestration.register import Asker
from orchestration.rules import glance
from orchestration.runner import Runner
from orchestration.runs import Runs
from orchestration.workflows.definition import Definition, Means
from tests.fakes.keyring import KEYRING

TENANT = "11111111-1111-4111-8111-111111111111"
ALICE = Person(TENANT, "aaaaaaaa-0000-4000-8000-000000000001", "Alice Admin")
BOB = Person(TENANT, "aaaaaaaa-0000-4000-8000-000000000002", "Bob Builder")
CAROL = Person(TENANT, "aaaaaaaa-0000-4000-8000-000000000003", "Carol Case")
STRANGER = Person(
    "22222222-2222-4222-8222-222222222222", "bbbbbbbb-0000-4000-8000-000000000001", "Sam Stranger"
)
CHAT = "a:personal-alice"


@dataclass
class Core:
    """The use cases over one store. `presented` lists the runs whose cards were to be shown."""

    store: Store
    catalog: Catalog
    dispatcher: Any
    runner: Runner
    runs: Runs
    approvals: Approvals
    presented: list[RunKey] = field(default_factory=list)
    _messages: int = 0

    def source(self) -> str:
        self._messages += 1
        return f"{CHAT}|message-{self._messages}"

    async def start(self, text: str = "Faster search. Dark mode.", *, by: Person = ALICE, **how: Any) -> Run:
        workflow, where = how.get("workflow", "release-notes"), how.get("conversation", CHAT)
        source = how.get("source") or self.source()
        return await self.runs.start(workflow, text, Asker(by, where), source=source, at=datetime.now(UTC))

    async def decide(self, key: RunKey, approval: str, verdict: Verdict, comment: str = "", **how: Any):
        if "seen" not in how and (known := await self.store.approval(key, approval)):
            how["seen"] = glance(known)
        return await self.approvals.decide(
            Ballot(
                key=key,
                approval=approval,
                verdict=verdict,
                comment=comment,
                by=how.get("by", BOB),
                conversation=how.get("conversation", CHAT),
                source=how.get("source") or self.source(),
                option=how.get("option", ""),
                values=how.get("values", ""),
                seen=how.get("seen", ""),
            )
        )

    async def until(self, key: RunKey, fits: Callable[[Any], bool], within: float = 20.0):
        """Return the book of the run as soon as it fits."""
        async with asyncio.timeout(within):
            while True:
                book = await self.store.read(key)
                if book is not None and fits(book):
                    return book
                await asyncio.sleep(0.01)

    async def asked(self, key: RunKey, approval: str):
        """Wait for a question, with the run at rest."""
        book = await self.until(key, lambda b: approval in b.approvals and b.run.status == "waiting")
        return book.approvals[approval]

    async def saved(self, key: RunKey) -> list[bytes]:
        """Return all saved states of a run, readable for a search."""
        log = [each for each in await self.store.log(key) if each.data]
        data = {each.number: each.data for each in log}
        states: list[bytes] = []
        for each in log:
            blobs = await self.store.blobs(key, each.blobs)
            state = await Codec(key, KEYRING).decode(each.number, data, blobs)
            states.append(pickle.dumps(state.to_dict(), protocol=0))
        return states

    async def ended(self, key: RunKey) -> Run:
        return (await self.until(key, lambda book: book.run.over)).run


@asynccontextmanager
async def core(
    store: Store,
    *,
    worker: str = "worker-1",
    client: SupportsChatGetResponse | None = None,
    definitions: Iterable[Definition] = WORKFLOWS,
    approvers: Iterable[str] = (),
    administrators: Iterable[str] = (),
    max_revisions: int = 5,
    clock: Clock = system_clock,
    remind_after: timedelta = timedelta(),
    expire_after: timedelta = timedelta(),
    engine: Callable[..., Engine] = EmbeddedDispatcher,
    groups: Mapping[str, Sequence[str]] | None = None,
    calendar: WorkingCalendar | None = None,
    prices: Prices = NO_PRICES,
    budgets: Budgets = NO_BUDGETS,
    rules: Mapping[str, Rule] | None = None,
    memory: MemoryLimits | None = None,
    services: Services | None = None,
):
    """Run the core over an open store."""
    model = models.choose({}, azure_credential=None)
    means = Means(
        client=client or model.client,
        services=services or Services(),
        max_revisions=max_revisions,
        remind_after=remind_after,
        expire_after=expire_after,
    )
    catalog = Catalog(means, definitions, rules, Remembering(store, clock, memory))
    presented: list[RunKey] = []

    around = Surroundings(
        worker=worker,
        clock=clock,
        keyring=KEYRING,
        whom=Whom(ConfiguredGroups(groups or {}), calendar),
        model=model.name,
        approvers=tuple(approvers),
        administrators=tuple(administrators),
        prices=prices,
        budgets=budgets,
    )
    made = core_on(store, catalog, around, changed=lambda key: None, show=presented.append, engine=engine)
    try:
        async with at_work(made.dispatcher):
            yield Core(store, catalog, made.dispatcher, made.runner, made.runs, made.approvals, presented)
    finally:
        await model.aclose()
