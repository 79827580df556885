"""Two real processes, and one of them is killed, stopped or frozen: the other goes on. On both stores."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from typing import Any

import pytest

from orchestration.model import RunStatus
from tests.durability.pair import Pair, pair
from tests.emulator.servers import EMULATOR_KEY, running
from tests.fakes.signoff import text_of
from tests.fakes.teams import ALICE, BOB

Scene = Callable[[Pair], Awaitable[None]]
STORY = ["started", "asked", "decided: approve", "completed"]


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with running("minicosmos", "--auth", EMULATOR_KEY) as address:
        yield address


@pytest.fixture
def play(emulator: str, tmp_path: Path) -> Callable[..., Awaitable[None]]:
    """Plays scenes, each on SQLite and on Cosmos DB, all at the same time: most of it is waiting."""

    async def one(scene: Scene, records: dict[str, str]) -> None:
        async with pair(records, tmp_path / f"{scene.__name__}.db") as it:
            await scene(it)

    async def all_of_them(*scenes: Scene) -> None:
        cosmos = {"AZURE_COSMOS_ENDPOINT": emulator, "AZURE_COSMOS_KEY": EMULATOR_KEY}
        async with asyncio.TaskGroup() as played:
            for scene in scenes:
                played.create_task(one(scene, {}))
                played.create_task(one(scene, {**cosmos, "AZURE_COSMOS_DATABASE": scene.__name__}))

    return all_of_them


async def approved_to_the_end(it: Pair) -> None:
    """The other bot alone brings the run to its end."""
    await it.click(it.two, await it.asked(), "Approve")
    await it.completed()
    assert await it.told() == STORY


async def test_a_worker_killed_or_frozen_in_a_step_is_replaced_in_seconds_and_a_sleeper_writes_nothing(play):
    await play(killed, frozen)


async def killed(it: Pair) -> None:
    await it.start(it.one)
    await it.model.called(1)
    it.one.send(SIGKILL)
    died = time.monotonic()
    print(f"taken up after {await it.model.called(2) - died:.1f} s")  # noqa: T201 - the figure
    assert it.model.asked[1] - died < 8
    it.model.answer(2)
    await approved_to_the_end(it)
    assert len(it.model.asked) == 2


async def frozen(it: Pair) -> None:
    await it.start(it.one)
    await it.model.called(1)
    await freeze(it)
    await it.model.called(2)
    it.model.answer(2)
    await approved_to_the_end(it)
    before = await everything(it)
    it.model.answer(1)
    it.one.send(SIGCONT)
    await asyncio.sleep(1.5)
    assert await everything(it) == before
    it.one.send(SIGTERM)
    await it.one.ended(within=10)


async def freeze(it: Pair) -> None:
    """Freeze the first bot, but not within a transaction: SQLite would make everybody wait for its end."""
    while True:
        it.one.send(SIGSTOP)
        with contextlib.suppress(sqlite3.OperationalError), closing(sqlite3.connect(it.database)) as probe:
            probe.execute("PRAGMA busy_timeout = 100")
            probe.execute("BEGIN IMMEDIATE")
            return
        it.one.send(SIGCONT)
        await asyncio.sleep(0.05)


async def everything(it: Pair) -> tuple[Any, ...]:
    """What a worker that writes would change."""
    run = await it.run()
    book, log = await it.store.read(run.key), await it.store.log(run.key)
    return book and book.run.epoch, log, await it.told(), await it.store.text(run.key, "result")


async def test_a_stopped_worker_hands_over_a_step_that_does_not_end_at_once(play):
    async def handed_over(it: Pair) -> None:
        await it.start(it.one)
        await it.model.called(1)
        it.one.send(SIGTERM)
        took = await it.one.ended(within=10)
        left = time.monotonic()
        print(f"ended after {took:.1f} s, taken up after {await it.model.called(2) - left:.1f} s")  # noqa: T201
        assert it.model.asked[1] - left < 2
        it.model.answer(2)
        await approved_to_the_end(it)

    await play(handed_over)


async def test_a_stopped_worker_lets_a_step_end_that_needs_a_moment(play):
    async def given_a_moment(it: Pair) -> None:
        await it.start(it.one)
        await it.model.called(1)
        it.one.send(SIGTERM)
        await asyncio.sleep(0.5)
        it.model.answer(1)
        assert await it.one.ended(within=10) < 4
        assert (await it.run()).status is RunStatus.WAITING
        await approved_to_the_end(it)
        assert len(it.model.asked) == 1

    await play(given_a_moment)


async def test_a_worker_whose_runs_wait_stops_at_once_and_the_click_reaches_another(play):
    async def waiting(it: Pair) -> None:
        it.model.answer(1)
        await it.start(it.one)
        await it.asked()
        it.one.send(SIGTERM)
        assert await it.one.ended(within=10) < 3
        await approved_to_the_end(it)
        assert len(it.model.asked) == 1

    await play(waiting)


async def test_approve_and_reject_at_the_same_instant_in_two_processes_one_counts(play):
    async def decided_twice(it: Pair) -> None:
        it.model.answer(1)
        await it.start(it.one)
        card = await it.asked()
        answers = await asyncio.gather(
            it.click(it.one, card, "Approve", ALICE), it.click(it.two, card, "Reject", BOB)
        )
        await it.shown(lambda card: "Completed" in text_of(card) or "Rejected" in text_of(card))
        async with asyncio.timeout(10):
            while not (run := await it.run()).over:
                await asyncio.sleep(0.05)
        verdict = {RunStatus.COMPLETED: "approve", RunStatus.REJECTED: "reject"}[run.status]
        end = "completed" if verdict == "approve" else "rejected"
        assert await it.told() == ["started", "asked", f"decided: {verdict}", end]
        assert len({text_of(answer["value"]) for answer in answers}) == 1

    await play(decided_twice)
