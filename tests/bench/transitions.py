"""From one agent to the next: the time from the end of one's model call to the start of the other's.

The peer is the framework alone, without any checkpoint: the same steps with the same model, which answers
at once. Ours stores each step, its checkpoint and its card before the next one begins, on a single loop.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from agent_framework import Agent, Workflow, WorkflowBuilder

from orchestration.agents.demo import DemoChatClient
from orchestration.agents.step import AgentStep
from orchestration.workflows.definition import Definition, Means
from tests.bench import accounts, programs
from tests.bench.figures import Row, quantile
from tests.bench.shape import BRIEF, words
from tests.bench.signoff import Signoff, sqlite_at
from tests.bench.talk import steps_of
from tests.bench.watch import Watch
from tests.fakes.workflows import First, Last, Work

SIZE = 1000
"""Characters of an answer."""
MEANS = Means(client=DemoChatClient())
PEER = "the framework alone, saving nothing"

Once = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    agents: tuple[int, ...] = (3, 20)
    repetitions: int = 30
    at_once: int = 50


FULL, QUICK = Plan(), Plan(repetitions=5, at_once=10)


class Speaker(DemoChatClient):
    """Answers at once, and tells the watch when."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(rules={"": self._say})
        self._watch = watch

    def _say(self, messages: Sequence[object], _options: Mapping[str, Any]) -> str:
        self._watch.begin()
        said = words(len(messages), SIZE)
        self._watch.end()
        return said


def definition(agents: int, watch: Watch) -> Definition:
    """A workflow of so many agents, one after the other, each of which reads all that was said."""
    names = [f"agent-{number}" for number in range(1, agents + 1)]

    def build(_: Means) -> Workflow:
        client = Speaker(watch)
        made = [AgentStep(name, Agent(client=client, name=name, instructions=name)) for name in names]
        first, last = First("first", Work()), Last("last", Work())
        builder = WorkflowBuilder(name="agents@1", start_executor=first, output_from=[last])
        return builder.add_chain([first, *made, last]).build()

    return Definition("agents", 1, "Agents", "anything", steps_of("first", *names, "last"), build)


async def run(plan: Plan) -> list[Row]:
    """Measure each length on each store, one run at a time, and then many runs at once."""
    rows: list[Row] = []
    async with programs.emulator() as account:
        for agents in plan.agents:
            rows += await _one_by_one(account, agents, plan.repetitions)
        rows += await _at_once(account, plan.agents[0], plan.at_once)
    return rows


async def _one_by_one(account: str, agents: int, repetitions: int) -> list[Row]:
    watch = Watch()
    async with _all(account, definition(agents, watch)) as ways:
        taken, gaps = await _timed(ways, watch, repetitions)
    rows: list[Row] = []
    for place in ("SQLite", "Cosmos"):
        what = f"between two of {agents} agents, {place}"
        for percent in (50, 95):
            both = [1e3 * quantile(gaps[name], percent) for name in (place, "alone")]
            rows.append(Row.of(f"{what}, p{percent}", both, "ms", PEER))
        both = [1e3 * median(taken[name]) for name in (place, "alone")]
        rows.append(Row.of(f"a run of {agents} agents, {place}", both, "ms", PEER))
    return rows


async def _timed(
    ways: dict[str, Once], watch: Watch, repetitions: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds of whole runs, and between the agents of each."""
    taken: dict[str, list[float]] = {place: [] for place in ways}
    gaps: dict[str, list[float]] = {place: [] for place in ways}
    for number in range(repetitions + 1):
        for place, once in ways.items():
            watch.began.clear()
            watch.ended.clear()
            began = perf_counter()
            await once()
            if number:  # the first one imports, connects and makes containers
                taken[place].append(perf_counter() - began)
                gaps[place] += watch.gaps
    return taken, gaps


async def _at_once(account: str, agents: int, count: int) -> list[Row]:
    rows: list[Row] = []
    async with _all(account, definition(agents, Watch())) as ways:
        rates = {place: await _rate(once, count) for place, once in ways.items()}
    for place in ("SQLite", "Cosmos"):
        both = [rates[name] for name in (place, "alone")]
        rows.append(Row.of(f"{count} runs of {agents} agents at once, {place}", both, "runs/s", PEER))
    return rows


async def _rate(once: Once, count: int) -> float:
    await once()
    began = perf_counter()
    await asyncio.gather(*(once() for _ in range(count)))
    return count / (perf_counter() - began)


@asynccontextmanager
async def _all(account: str, workflow: Definition) -> AsyncGenerator[dict[str, Once]]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sqlite = Signoff(await stack.enter_async_context(sqlite_at(folder / "signoff.db")), workflow)
        cosmos = Signoff(await stack.enter_async_context(accounts.store_at(account)), workflow)

        async def alone() -> None:
            async for _ in (stream := workflow.build(MEANS).run(BRIEF, stream=True)):
                pass
            await stream.get_final_response()

        yield {
            "SQLite": lambda: sqlite.start(BRIEF),
            "Cosmos": lambda: cosmos.start(BRIEF),
            "alone": alone,
        }
