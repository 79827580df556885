"""The process is killed with SIGKILL at every write, model call and post; the run ends as if it had not been.

Everything is delivered twice, and two people click. The first process dies at the point; those after it live.
"""

import asyncio
import itertools
from pathlib import Path

import pytest

from orchestration.model import Run, RunStatus
from orchestration.ports import Store
from tests.durability.bots import SOAK, store_at
from tests.durability.story import DECIDING, Story, story
from tests.durability.victim import Point
from tests.emulator.servers import running as emulator
from tests.fakes import teams
from tests.fakes.signoff import buttons, text_of
from tests.fakes.teams import ALICE

WRITES, CALLS, SENDS = range(1, 31), range(1, 3), range(1, 13)
TOGETHER = 4
"""Stories told at the same time."""

POINTS = [
    Point(),
    *(Point(when, "write", number) for number in WRITES for when in ("before", "after")),
    *(Point(when, "call", number) for number in CALLS for when in ("before", "after")),
    *(Point(when, "send", number) for number in SENDS for when in ("before", "after")),
]


async def tell(place: str, point: Point) -> int:
    """Tell the story with a kill at the point; check how it ended. Return how many cards were doubled."""
    async with story(place, point) as it:
        if point.what == "send":
            kill_at_send(it, point)
        await it.told()
        return await check(it, place, point)


def kill_at_send(it: Story, point: Point) -> None:
    numbers = itertools.count(1)
    answer = it.teams.answer

    async def mortal(request, sent, fault):
        number = next(numbers)
        if number == point.number and point.when == "before":
            it.kill()
        response = await answer(request, sent, fault)
        if number == point.number and point.when == "after":
            it.kill()
        return response

    it.teams.answer = mortal


async def check(it: Story, place: str, point: Point) -> int:
    store = store_at(place)
    await store.open()
    try:
        runs = await store.runs_of(teams.TENANT, ALICE.entra_id, 10)
        assert len(runs) == 1
        run = runs[0]
        assert run.status is RunStatus.COMPLETED
        approvals = await store.approvals(run.key)
        assert [approval.status for approval in approvals] == ["changes requested", "approved"]
        events = [event.what for event in await store.history(run.key)]
        assert events == [
            "started",
            "asked",
            "decided: request_changes",
            "asked",
            "decided: approve",
            "completed",
        ]
        assert await store.text(run.key, "result") == approvals[1].text
        await at_rest(it, store, run)
    finally:
        await store.close()
    return await check_cards(it)


async def at_rest(it: Story, store: Store, run: Run) -> None:
    """Wait until every card is shown and nobody has to look at the run any more."""
    async with asyncio.timeout(25):
        while (book := await store.read(run.key)).unsettled or book.run.due != book.next_timer:
            await it.alive()
            await asyncio.sleep(0.05)


async def check_cards(it: Story) -> int:
    cards = it.teams.cards(teams.personal()["id"])
    open_cards = [card for card in cards if (DECIDING | {"Stop"}) & buttons(card).keys()]
    doubled = len(cards) - 4  # of the run, two questions, the result
    assert 0 <= doubled <= 1
    assert len(open_cards) <= doubled
    for card in open_cards:
        if DECIDING & buttons(card).keys():
            assert not DECIDING & buttons(await it.healed(card)).keys()
    assert any("Approved" in text_of(card) for card in cards)
    return doubled


@pytest.mark.timeout(600)
async def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(tmp_path: Path):
    doubled: list[str] = []
    wrong: list[str] = []
    slots = asyncio.Semaphore(TOGETHER)

    async def one(number: int, point: Point) -> None:
        async with slots:
            try:
                if await tell(str(tmp_path / f"{number}.db"), point):
                    doubled.append(str(point))
            except (AssertionError, TimeoutError) as error:
                wrong.append(f"{point}: {type(error).__name__} {str(error)[:300]}")

    await asyncio.gather(*(one(number, point) for number, point in enumerate(POINTS)))
    assert not wrong
    assert all(point.startswith(("before write", "after send", "before send")) for point in doubled), doubled


@pytest.mark.parametrize("point", POINTS if SOAK else [POINTS[0], *POINTS[7:60:11]], ids=str)
async def test_the_same_on_cosmos(point: Point):
    with emulator("minicosmos") as url:
        await tell(url, point)
