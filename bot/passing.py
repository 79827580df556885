"""Cards that are about no record, such as “I read this as …”: once used, they are closed for everybody."""

import asyncio
import logging

from bot.kept import Kept
from bot.messenger import Messenger, Sent
from bot.wire import Json
from orchestration.model import Place
from orchestration.redact import whereabouts

MOST = 2_000

log = logging.getLogger(__name__)


class Passing:
    """Knows those that this process has posted. Others keep their buttons, for the one they are for."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._posted = Kept[tuple[str, str], Place](MOST)
        self._tasks: set[asyncio.Task[None]] = set()

    def posted(self, place: Place, activity: str) -> None:
        """Remember a card that was posted under this id."""
        self._posted.keep((place.conversation, activity), place)

    def used(self, conversation: str, activity: str, card: Json) -> None:
        """Show everybody what came of a card, soon. What is not among those posted here is left alone."""
        if place := self._posted.take((conversation, activity)):
            task = asyncio.create_task(self._replace(place, activity, card))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait until all are shown."""
        await asyncio.gather(*self._tasks)

    async def _replace(self, place: Place, activity: str, card: Json) -> None:
        try:
            outcome = await self._messenger.update(place, activity, card)
        except Exception as error:  # noqa: BLE001 - it is a courtesy, and must not end anything
            log.error("a card could not be closed: %s", whereabouts(error))  # noqa: TRY400
            return
        if not isinstance(outcome, Sent):
            log.info("a card could not be closed: %s", outcome)
