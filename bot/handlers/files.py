"""A run as a file: offers it in the chat, and sends it when the person agrees."""

import asyncio
import logging

import cards.files
from bot.activities import Inbound
from bot.downloads import Downloads
from bot.handlers.replies import Said
from bot.messenger import Messenger, Sent, Unsure, carrying, text
from bot.uploads import MOST_BYTES, UploadError, Uploads
from bot.wire import Json
from cards.files import Consent
from orchestration.errors import InvalidInputError, SignoffError
from orchestration.exports import Exports
from orchestration.model import Place, Run, RunKey, short_id
from orchestration.redact import whereabouts

log = logging.getLogger(__name__)

MOST_AT_ONCE = 4
"""Files that are sent at the same time, so that they do not fill the memory."""
MOST_WAITING = 100
"""Answers that are being worked on; what comes beyond is dropped, and can be clicked again."""


class Files:
    """Teams takes files of bots in personal chats only. What it sends back is checked like any other word."""

    def __init__(
        self, *, exports: Exports, messenger: Messenger, uploads: Uploads, downloads: Downloads | None
    ) -> None:
        """With `downloads`, as in local mode, the bot gives a link instead of the file."""
        self._exports, self._messenger = exports, messenger
        self._uploads, self._downloads = uploads, downloads
        self._sending: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    async def offer(self, name: str, inbound: Inbound, place: Place) -> Said:
        """Offer the file of a run. Raises SignoffError with a sentence."""
        asker = inbound.asker
        run = await self._exports.meant(name, asker)
        if not place.person:
            raise InvalidInputError(
                f"Files go to your own chat with me only. Type “export {run.short_id}” there."
            )
        content = await self._exports.file(run.key, asker, MOST_BYTES)
        if self._downloads:
            return Said(_linked(run, self._downloads.link(run.key, asker)))
        offer = carrying(cards.files.offered(run, len(content)))
        await self._messenger.say(place, offer)
        return Said()

    def answered(self, value: object, card: str, inbound: Inbound, place: Place) -> None:
        """Begin with what follows from an answer; `card` is the id of the message with the offer."""
        name = (inbound.conversation, card)
        if name in self._sending or not place.person:
            return  # a second click, or no chat where files are offered
        if len(self._sending) >= MOST_WAITING:
            log.warning("an answer to an offered file was dropped: too many at once")
            return
        task = asyncio.create_task(self._answer(value, card, inbound, place))
        self._sending[name] = task
        task.add_done_callback(lambda _: self._sending.pop(name, None))

    async def close(self, within: float) -> None:
        """Let files that are on their way arrive, for so many seconds."""
        tasks = list(self._sending.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _answer(self, value: object, card: str, inbound: Inbound, place: Place) -> None:
        try:
            async with self._turns:
                said = await self._done(Consent.unpack(value), inbound)
        except SignoffError as refusal:
            said = text(str(refusal))
        except Exception as error:  # noqa: BLE001 - the edge of a task: nobody else is there to say so
            log.error("a file was not sent: %s", whereabouts(error))  # noqa: TRY400 - its text may quote people
            said = text("Something went wrong here, so the file was not saved. Please try again.")
        await self._instead(card, said, place)

    async def _done(self, consent: Consent, inbound: Inbound) -> Json:
        again = f"Type “export {short_id(consent.run)}” to be asked again."
        if not consent.accepted:
            return text(f"The file was not saved. {again}")
        if not self._uploads.allows(consent.content):
            raise InvalidInputError(
                f"The file was not saved: Teams named a place that is not OneDrive. {again}"
            )
        key = RunKey(inbound.person.tenant, consent.run)
        content = await self._exports.file(key, inbound.asker, MOST_BYTES)
        try:
            await self._uploads.put(consent.upload, content)
        except UploadError as reason:
            return text(f"The file was not saved: {reason}. {again}")
        return carrying(cards.files.saved(consent))

    async def _instead(self, card: str, said: Json, place: Place) -> None:
        """Put it in the place of the offer, or below when there is no such message any more."""
        outcome = await self._messenger.replace(place, card, said) if card else None
        if not isinstance(outcome, Sent | Unsure):
            await self._messenger.say(place, said)


def _linked(run: Run, link: str) -> str:
    return f"Everything about run {run.short_id}, for ten minutes: {link}"
