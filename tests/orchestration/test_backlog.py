"""Work that nobody waits for takes turns, and is overtaken by what somebody waits for."""

import asyncio

from orchestration.backlog import Backlog

MANY = 50
STEPS = 5
WITHIN = 10.0
"""Seconds after which a piece that never begins is an error."""


async def _piece(backlog: Backlog, done: list[str], name: str) -> None:
    await backlog.turn()
    done.append(name)


async def test_pieces_begin_in_the_order_in_which_they_came() -> None:
    backlog, done = Backlog(), list[str]()
    names = [str(number) for number in range(MANY)]
    await asyncio.gather(*(_piece(backlog, done, name) for name in names))
    assert done == names


async def test_an_answer_of_a_few_steps_overtakes_hundreds_of_pieces() -> None:
    backlog, done = Backlog(), list[str]()

    async def answer() -> None:
        for _ in range(STEPS):
            await asyncio.sleep(0)
        done.append("answer")

    pieces = [asyncio.create_task(_piece(backlog, done, "piece")) for _ in range(MANY)]
    await asyncio.gather(answer(), *pieces)
    assert done.index("answer") <= STEPS
    assert done.count("piece") == MANY


async def test_a_piece_broken_off_while_it_waits_keeps_nobody_waiting() -> None:
    backlog, done = Backlog(), list[str]()
    pieces = [asyncio.create_task(_piece(backlog, done, str(number))) for number in range(4)]
    await asyncio.sleep(0)
    pieces[0].cancel()
    pieces[2].cancel()
    async with asyncio.timeout(WITHIN):
        await asyncio.gather(*pieces, return_exceptions=True)
    assert done == ["1", "3"]


async def test_a_piece_that_comes_when_all_others_have_begun_begins_too() -> None:
    backlog, done = Backlog(), list[str]()
    await _piece(backlog, done, "first")
    await _piece(backlog, done, "second")
    assert done == ["first", "second"]
