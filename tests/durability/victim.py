"""The bot in a process of its own that kills itself, with SIGKILL, at a named point."""

import asyncio
import itertools
import os
import signal
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from orchestration.agents import models
from orchestration.agents.demo import DemoChatClient
from orchestration.dispatch.pace import Pace
from orchestration.ports import Store
from tests.durability import bots
from tests.durability.bots import store_at
from tests.fakes.stores import Between

QUICK = Pace(alive=timedelta(seconds=0.6), sweep=timedelta(seconds=0.2))


@dataclass(frozen=True)
class Point:
    """Where to die: before or after the nth of something. `what` is write or call; "" is nowhere."""

    when: str = ""
    what: str = ""
    number: int = 0

    def __str__(self) -> str:
        return f"{self.when} {self.what} {self.number}" if self.what else "no kill"

    def reached(self, when: str, what: str, number: int) -> None:
        if (when, what, number) == (self.when, self.what, self.number):
            os.kill(os.getpid(), signal.SIGKILL)


class MortalClient(DemoChatClient):
    """The demo model; the process may die before or after it answers."""

    def __init__(self, point: Point) -> None:
        super().__init__()
        self._point, self._calls = point, itertools.count(1)

    async def _whole(self, messages: Any, options: Any) -> Any:
        number = next(self._calls)
        self._point.reached("before", "call", number)
        answer = await super()._whole(messages, options)
        self._point.reached("after", "call", number)
        return answer


def mortal(store: Store, point: Point) -> Any:
    before, after = itertools.count(1), itertools.count(1)

    async def dies_before(_: Any, __: Any) -> None:
        point.reached("before", "write", next(before))

    async def dies_after(_: Any, __: Any) -> None:
        point.reached("after", "write", next(after))

    return Between(store, before=dies_before, after=dies_after)


def serve(place: str, port: int, point: Point) -> None:
    """Run until killed. For a process of its own."""
    asyncio.run(_serve(place, port, point))


async def _serve(place: str, port: int, point: Point) -> None:
    model = models.choose({}, azure_credential=None)
    mortal_model = models.Model("demo", "demo", "", MortalClient(point), model.aclose)
    await bots.serve(mortal(store_at(place), point), port, model=mortal_model, pace=QUICK)
