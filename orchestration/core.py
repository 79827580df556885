"""The core on a store: all that starts, advances and decides runs, put together once. It knows no chat."""

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from orchestration.approvals import Approvals
from orchestration.catalog import Catalog
from orchestration.checkpoints.keyring import Keyring
from orchestration.clock import Clock
from orchestration.dispatch.embedded import EmbeddedDispatcher
from orchestration.model import RunKey
from orchestration.ports import Dispatcher, RunStore, Store
from orchestration.prices import NO_BUDGETS, NO_PRICES, Budgets, Prices
from orchestration.questions import Whom
from orchestration.register import Register
from orchestration.runner import Runner
from orchestration.runs import Runs

Heard = Callable[[RunKey], None]


@dataclass(frozen=True)
class Surroundings:
    """What the core is told about where it works."""

    worker: str
    """The name of this process among those that advance runs."""
    clock: Clock
    keyring: Keyring
    whom: Whom
    model: str
    """What runs record as their model."""
    approvers: Collection[str] = ()
    administrators: Collection[str] = ()
    prices: Prices = NO_PRICES
    budgets: Budgets = NO_BUDGETS


class Engine(Dispatcher, Protocol):
    """A dispatcher, and how it begins and ends its work."""

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """End what is at work here; the runs stay claimed."""
        ...

    async def leave(self) -> None:
        """From now on others may take over what is claimed here."""
        ...


@dataclass(frozen=True)
class Core:
    """What people and cards use of it."""

    runner: Runner
    dispatcher: Engine
    register: Register
    runs: Runs
    approvals: Approvals


def core_on(
    store: Store,
    catalog: Catalog,
    around: Surroundings,
    *,
    changed: Heard,
    show: Heard,
    background: RunStore | None = None,
    engine: Callable[..., Engine] = EmbeddedDispatcher,
) -> Core:
    """Return the core, not at work yet.

    `changed` hears of every write to a run, `show` of runs whose cards somebody should look at. `background`
    is the store for work that nobody waits for.
    """
    worker, clock, administrators = around.worker, around.clock, around.administrators
    runner = Runner(
        worker=worker,
        store=background or store,
        workers=store,
        places=store,
        catalog=catalog,
        clock=clock,
        keyring=around.keyring,
        whom=around.whom,
        changed=changed,
        prices=around.prices,
        budgets=around.budgets,
    )
    dispatcher = engine(
        worker=worker,
        finder=store,
        workers=store,
        clock=clock,
        advance=runner.advance,
        show=show,
    )
    register = Register(store=store, finder=store, places=store, administrators=administrators)
    runs = Runs(
        store=store,
        register=register,
        dispatcher=dispatcher,
        catalog=catalog,
        clock=clock,
        model=around.model,
        approvers=around.approvers,
        administrators=administrators,
    )
    approvals = Approvals(
        store=store,
        people=store,
        dispatcher=dispatcher,
        clock=clock,
        administrators=administrators,
        calendar=around.whom.calendar,
    )
    return Core(runner, dispatcher, register, runs, approvals)


@asynccontextmanager
async def at_work(dispatcher: Engine) -> AsyncGenerator[None]:
    """Advance runs meanwhile, and leave none of them claimed."""
    await dispatcher.start()
    try:
        yield
    finally:
        await dispatcher.stop()
        await dispatcher.leave()
