"""Sends cards and sentences to conversations, and says in our words what came of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from bot.allowance import Allowance
from bot.sdk import SendError
from bot.wire import Json
from orchestration.model import Place

CARD = "application/vnd.microsoft.card.adaptive"
NEVER = frozenset({400, 403, 404, 413})
"""The service refused for good. Source: Microsoft Teams, "Status code responses" of conversation APIs."""
PATIENCE, REPLY_TRIES = 1.5, 3
"""Seconds that somebody may wait for a reply between two tries, and how many there are."""
TURN = 10.0
"""Seconds that a card waits for its turn before it is put aside."""
LONGEST_PAUSE = 300.0
"""Seconds; whoever asks for a longer one is asked again after this."""
DEAD = frozenset({403, 404})
"""The bot was removed or blocked there, or the conversation does not exist any more."""
GONE = frozenset({"ActivityNotFoundInConversation", "ActivityNotFound"})


class Connector(Protocol):
    """The channel's own interface."""

    async def post(self, reference: Json, message: Json) -> str: ...

    async def update(self, reference: Json, activity_id: str, message: Json) -> None: ...


@dataclass(frozen=True)
class Sent:
    """It is there, under this id."""

    activity: str


@dataclass(frozen=True)
class Refused:
    """It will never get there.

    `gone`: somebody deleted the card that was to be updated; `dead`: nothing reaches the conversation.
    """

    reason: str
    gone: bool = False
    dead: bool = False


@dataclass(frozen=True)
class TryLater:
    """It is surely not there yet; try again after this many seconds."""

    seconds: float


@dataclass(frozen=True)
class Unsure:
    """No answer, or one that leaves open whether it got there."""


Outcome = Sent | Refused | TryLater | Unsure


class Messenger:
    """Talks through the connector: never more than Teams allows, nor while told to pause."""

    def __init__(self, connector: Connector) -> None:
        self._connector, self._allowance = connector, Allowance()
        self._pauses: dict[str, float] = {}

    async def post(self, place: Place, card: Json) -> Outcome:
        """Post a card as a new message."""
        return await self._send(place, lambda reference: self._connector.post(reference, message(card)))

    async def update(self, place: Place, activity: str, card: Json) -> Outcome:
        """Put a card in the place of an older one."""
        return await self.replace(place, activity, message(card))

    async def replace(self, place: Place, activity: str, said: Json) -> Outcome:
        """Put a message in the place of an older one."""

        async def put(reference: Json) -> str:
            await self._connector.update(reference, activity, said)
            return activity

        return await self._send(place, put)

    async def reply(self, place: Place, *, sentence: str = "", card: Json | None = None) -> Outcome:
        """Answer somebody who is waiting, with a card or a sentence."""
        return await self.say(place, message(card) if card else text(sentence))

    async def say(self, place: Place, said: Json) -> Outcome:
        """Post a message for somebody who is waiting: after a pause again, while it surely did not arrive."""
        outcome: Outcome = TryLater(0.0)
        for _ in range(REPLY_TRIES):
            if not isinstance(outcome, TryLater) or outcome.seconds > PATIENCE:
                break
            await asyncio.sleep(outcome.seconds)
            if (wait := await self.turn(place, PATIENCE)) > 0:
                return TryLater(wait)
            outcome = await self._send(place, lambda reference: self._connector.post(reference, said))
        return outcome

    def pause(self, tenant: str, conversation: str) -> float:
        """Return for how many seconds nothing can be sent there, beyond what one would wait for a turn."""
        now = asyncio.get_running_loop().time()
        asked = self._pauses.get(conversation, now) - now
        wait = self._allowance.wait(tenant, conversation, now)
        return max(asked, wait if wait > TURN else 0.0, 0.0)

    async def turn(self, place: Place, patience: float = TURN) -> float:
        """Wait for one's turn to send a message, and return 0; or how long to stay away, if it is longer."""
        now = asyncio.get_running_loop().time()
        wait = self._allowance.take(place.tenant, place.conversation, now, patience)
        if wait > patience:
            return wait
        await asyncio.sleep(wait)
        return 0.0

    async def _send(self, place: Place, send: Callable[[Json], Awaitable[str]]) -> Outcome:
        now = asyncio.get_running_loop().time()
        if (pause := self._pauses.get(place.conversation, now) - now) > 0:
            return TryLater(pause)
        self._pauses.pop(place.conversation, None)
        try:
            return Sent(await send(json.loads(place.reference)))
        except SendError as error:
            outcome = _outcome(error)
            if isinstance(outcome, TryLater):
                self._pauses[place.conversation] = now + outcome.seconds
            return outcome


def message(card: Json) -> Json:
    """Return the message that carries a card: alone, for text beside it would cost the message its id."""
    return carrying({"contentType": CARD, "content": card}, card.get("fallbackText", ""))


def carrying(attachment: Json, summary: str = "") -> Json:
    """Return the message that carries one attachment."""
    return {"type": "message", "summary": summary, "attachments": [attachment]}


def text(sentence: str) -> Json:
    """Return the message that is a sentence: plain text, so that nobody's words become markup."""
    return {"type": "message", "text": sentence, "textFormat": "plain"}


def _outcome(error: SendError) -> Outcome:
    if error.status in NEVER:
        gone = error.code in GONE
        return Refused(f"{error.status} {error.code}".strip(), gone, dead=error.status in DEAD and not gone)
    if error.ambiguous:
        return Unsure()
    if error.status is not None and error.status < HTTPStatus.BAD_REQUEST:  # the token must not follow it
        return Refused(f"{error.status} {error.code}")
    if error.status == HTTPStatus.UNAUTHORIZED:
        return TryLater(60.0)  # the bot's registration or clock: nothing that a second mends
    return TryLater(min(error.retry_after or 1.0, LONGEST_PAUSE))
