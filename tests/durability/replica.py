"""The bot in a process of its own, as one of several on the same store; others kill and freeze it."""

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import bot.sdk.transport
from bot.patience import Patience
from orchestration.agents import models
from orchestration.agents.demo import DemoChatClient
from orchestration.dispatch.embedded import Pace
from orchestration.workflows import release_notes
from tests.durability import bots, journal

THOUGHT = 0.15
"""Seconds that the model takes, so that kills meet steps at work."""
PATIENCE = Patience(doubts=8 * (timedelta(seconds=2),))
"""The bot itself waits longer before it repeats a post that was never answered."""


@dataclass(frozen=True)
class Role:
    """What a replica is told."""

    place: str
    """Of the store."""
    port: int
    journal: str
    log: str
    lease: float
    """Seconds that the word of a worker counts that it is alive."""
    options: tuple[tuple[str, Any], ...] = ()
    """Of CosmosStore."""


def serve(role: Role) -> None:
    """Run until killed. For a process of its own."""
    bot.sdk.transport.USER_AGENT = str(os.getpid())  # so that the connector knows who posts
    _log_to(role.log)
    asyncio.run(_serve(role))


def _log_to(path: str) -> None:
    """What bots say while everything fails fills screens."""
    file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    for standard in (1, 2):
        os.dup2(file, standard)


async def _serve(role: Role) -> None:
    model = models.choose({}, azure_credential=None)
    thoughtful = models.Model("demo", "demo", "", DemoChatClient(delay=THOUGHT), model.aclose)
    await bots.serve(
        bots.store_at(role.place, **dict(role.options)),
        role.port,
        model=thoughtful,
        definitions=(journal.recorded(release_notes.DEFINITION, role.journal),),
        pace=Pace(alive=timedelta(seconds=role.lease), sweep=timedelta(seconds=0.4)),
        patience=PATIENCE,
    )
