"""What the questions that wait for others cost somebody who looks into their inbox, and decides.

The same person has the same few questions in two SQLite files, alone in one and with many questions of others
in the other: a page of the inbox, and a decision with its write, with new connections and warm caches.
"""

import tempfile
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from orchestration.clock import system_clock
from orchestration.inbox import Inbox
from orchestration.messages import Question, Rule
from orchestration.model import RunKey, Verdict
from orchestration.register import Asker
from tests.bench import crowd
from tests.bench.figures import Row
from tests.bench.signoff import sqlite_at
from tests.fakes.core import ALICE, BOB, CAROL, Core, core
from tests.fakes.workflows import asking

PRIVATE = "a:personal-bob"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    others: int = 100_000
    mine: int = 12
    repetitions: int = 30


FULL, QUICK = Plan(), Plan(others=2_000, repetitions=5)


async def run(plan: Plan) -> list[Row]:
    """Fill both files, then look and decide in turn."""
    with tempfile.TemporaryDirectory() as folder:
        alone, crowded = Path(folder) / "alone.db", Path(folder) / "crowded.db"
        await _fill(alone, plan, 0)
        await _fill(crowded, plan, plan.others)
        with_others, without = await _measured(crowded, plan), await _measured(alone, plan)
    return list(_rows(plan, with_others, without))


def _rows(plan: Plan, ours: tuple[float, float], peer: tuple[float, float]) -> Iterable[Row]:
    note = "the same person, nothing waits for others"
    yield Row(f"a page of the inbox, {plan.others:,} wait for others", ours[0], peer[0], "ms", note)
    yield Row(f"a decision, {plan.others:,} wait for others", ours[1], peer[1], "ms", note)


async def _fill(file: Path, plan: Plan, others: int) -> None:
    async with sqlite_at(file) as store:
        for person, count in ((BOB, plan.mine), (CAROL, 1)):
            async with core(store, definitions=[_asks(person.id)]) as it:
                keys = [await _asked(it) for _ in range(count)]
            for key in keys:
                await crowd.settle(store, key)
    crowd.copy(file, keys[0], others)


def _asks(person: str):
    question = Question("Pay the invoice?", "90 EUR", rule=Rule(approvers=(person,)))
    return asking(question)


async def _asked(it: Core) -> RunKey:
    run = await it.start(workflow="asking", by=ALICE)
    await it.asked(run.key, "ask-1")
    return run.key


async def _measured(file: Path, plan: Plan) -> tuple[float, float]:
    """Milliseconds of a page of the inbox, and of a decision."""
    async with sqlite_at(file) as store, core(store, definitions=[_asks(BOB.id)]) as it:
        inbox = Inbox(finder=store, people=store, approvals=it.approvals, clock=system_clock)
        asker = Asker(BOB, PRIVATE, personal=True)
        looks = [await _timed(inbox.page(asker)) for _ in range(plan.repetitions)]
        found, _ = await inbox.page(asker, size=plan.mine)
        decisions = [
            await _timed(it.decide(each.key, each.id, Verdict.APPROVE, by=BOB, conversation=PRIVATE))
            for each in found
        ]
    return median(looks), median(decisions)


async def _timed(work: Awaitable[object]) -> float:
    began = perf_counter()
    await work
    return 1000 * (perf_counter() - began)
