"""What the messenger does when a conversation may not be talked to now."""

import asyncio
import json

from bot.messenger import Messenger, Sent, TryLater
from orchestration.model import Place

PLACE = Place("tenant", "a:chat", "personal", json.dumps({"conversation": {"id": "a:chat"}}))


class Quiet:
    """A connector that keeps what is posted."""

    def __init__(self) -> None:
        self.posted: list[object] = []

    async def post(self, reference: object, message: object) -> str:
        self.posted.append(message)
        return f"message-{len(self.posted)}"

    async def update(self, reference: object, activity_id: str, message: object) -> None:
        raise AssertionError("nothing is updated here")


async def test_a_reply_does_not_keep_its_turn_waiting_for_minutes():
    """The conversation has had what Teams allows in half a minute: the answer is lost, the turn goes on."""
    connector = Quiet()
    messenger = Messenger(connector)
    now = asyncio.get_running_loop().time()
    for number in range(60):
        messenger._allowance.take("tenant", "a:chat", now - 20 + number / 10, patience=100.0)
    async with asyncio.timeout(3):
        outcome = await messenger.reply(PLACE, sentence="hello")
    assert isinstance(outcome, TryLater)
    assert outcome.seconds > 3
    assert not connector.posted


async def test_a_reply_waits_for_its_turn_when_that_is_near():
    connector = Quiet()
    messenger = Messenger(connector)
    outcomes = await asyncio.gather(*(messenger.reply(PLACE, sentence=str(number)) for number in range(8)))
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert len(connector.posted) == 8
