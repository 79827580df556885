"""What the bot does with an activity: remember where and whom it is from, and pass it to its handler."""

import json
import logging

from bot.acquaintances import Acquaintances
from bot.activities import CLICK, FILE_ANSWER, Inbound, inbound
from bot.handlers.clicks import Clicks
from bot.handlers.files import Files
from bot.handlers.messages import Messages
from bot.recent import Recent
from bot.sdk import Answer, Json, reference_of
from bot.wire import record, words
from orchestration.clock import Clock
from orchestration.errors import SignoffError
from orchestration.model import Place
from orchestration.ports import People, Places

log = logging.getLogger(__name__)


class Turns:
    """One turn for each activity. Nothing slow happens here: work is recorded, and done elsewhere."""

    def __init__(
        self,
        *,
        places: Places,
        people: People,
        messages: Messages,
        clicks: Clicks,
        files: Files,
        clock: Clock,
    ) -> None:
        self._places, self._messages, self._clicks, self._clock = places, messages, clicks, clock
        self._files, self._recent = files, Recent()
        self._acquaintances = Acquaintances(people, clock)

    async def take(self, body: Json) -> Answer | None:
        """Handle an activity. The answer is for the sender of an invoke."""
        name = words(body.get("name"))
        match body["type"]:
            case "message":
                await self._message(body)
            case "invoke" if name == CLICK:
                return Answer(200, await self._clicks.handle(body.get("value"), await self._known(body)))
            case "invoke" if name == FILE_ANSWER:
                return await self._file_answered(body)
            case "installationUpdate" if body.get("action") in {"add", "add-upgrade", None}:
                await self._installed(body)
            case _:
                pass
        return None

    async def _message(self, body: Json) -> None:
        try:
            inbound = await self._known(body)
        except SignoffError as refusal:
            log.info("a message from nobody known: %s", refusal)
            return
        if self._recent.begins(inbound.source):
            try:
                await self._said(body, inbound)
            except BaseException:
                self._recent.failed(inbound.source)
                raise

    async def _said(self, body: Json, inbound: Inbound) -> None:
        """Some apps send a click on a card as a message without words, and without a mention in channels."""
        place = _place(body, inbound)
        if not inbound.text and record(body.get("value")):
            await self._messages.tell(await self._clicks.by_message(body["value"], inbound), place)
        else:
            await self._messages.handle(inbound, place)

    async def _file_answered(self, body: Json) -> Answer:
        """Answer at once: making and sending the file takes longer than Teams waits."""
        who = await self._known(body)
        self._files.answered(body.get("value"), words(body.get("replyToId")), who, _place(body, who))
        return Answer(200, {})

    async def _installed(self, body: Json) -> None:
        try:
            inbound = await self._known(body)
        except SignoffError:
            return  # some events of installation name nobody; the first message will
        if inbound.personal:
            await self._messages.welcome(_place(body, inbound))

    async def _known(self, body: Json) -> Inbound:
        """Return who this is from, once it is known how to answer there, and who they are."""
        who = inbound(body, self._clock())
        await self._places.remember(_place(body, who))
        return await self._acquaintances.met(who)


def _place(body: Json, inbound: Inbound) -> Place:
    reference = json.dumps(reference_of(body), sort_keys=True)
    # Said in so many words, and not merely unsaid: cards of a run are sent there, for this person alone.
    own = record(body.get("conversation")).get("conversationType") == "personal"
    person = inbound.person.id if own else ""
    return Place(inbound.person.tenant, inbound.conversation, inbound.kind, reference, person)
