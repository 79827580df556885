"""Many runs at once: the loop stays free and clicks are answered. Figures are in the benchmark."""

import asyncio
import time

import pytest

from orchestration.agents.demo import DemoChatClient
from tests.fakes import teams
from tests.fakes.signoff import signoff, text_of
from tests.fakes.stalls import Stalls
from tests.fakes.teams import ALICE

STALL = 0.1
"""Seconds that nothing may keep the loop for."""


async def test_with_forty_runs_at_work_clicks_are_answered_and_nothing_blocks_the_loop(store):
    async with signoff(store, client=DemoChatClient(delay=0.3)) as it:
        shortest = 1.0
        for attempt in range(3):  # a real block comes every time; a busy machine does not
            where = teams.group(f"19:load-{attempt}@thread.v2")
            await it.say("run release-notes Apples.", where=where)
            card = await it.card("Revision 1 of 5", where=where)
            async with Stalls() as stalls:
                busy = [it.say(f"run release-notes Pears {attempt}-{n}.") for n in range(40)]
                answers = asyncio.gather(*(it.click(card, "Approve", where=where) for _ in range(5)))
                await asyncio.gather(*busy, answers)
                await asyncio.sleep(1)
            assert all("Approved" in text_of(answer["value"]) for answer in answers.result())
            shortest = min(shortest, stalls.longest)
            if shortest < STALL:
                break
        assert shortest < STALL
        assert len(await store.runs_of(teams.TENANT, ALICE.entra_id, 500)) >= 41


def working(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@pytest.mark.parametrize("blocks", [time.sleep, working])
async def test_what_keeps_the_loop_for_long_would_be_noticed(blocks):
    async with Stalls() as stalls:
        await asyncio.sleep(0.05)
        blocks(STALL)
        await asyncio.sleep(0.05)
    assert stalls.longest > STALL - 0.02
