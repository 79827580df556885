"""Who is in a conversation, as Teams has it. Kept for a while, because Teams limits how often one may ask."""

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from bot.activities import readable
from bot.kept import Kept
from bot.sdk import SendError
from bot.wire import Json, items, record, words
from orchestration.clock import Clock
from orchestration.model import Person, Place, Profile
from orchestration.rules import base

MOST, MOST_PAGES = 500, 20
"""Members of a conversation that are looked at, which is also the largest page that Teams gives."""
KEPT, AGAIN = timedelta(minutes=10), timedelta(minutes=1)
"""How long an answer holds, and how long nobody asks again after a failure."""
PATIENCE = 4.0
"""Seconds for all pages together: somebody waits for an answer meanwhile."""
MOST_CONVERSATIONS = 100

log = logging.getLogger(__name__)


class Connector(Protocol):
    """The channel's own list of members."""

    async def members(self, reference: Json, *, most: int, after: str = "") -> Json: ...


class Roster:
    """Asks for the members of conversations. A failure is an empty roster and a line in the log."""

    def __init__(self, connector: Connector, clock: Clock) -> None:
        self._connector = connector
        self._kept = Kept[tuple[str, str], Sequence[Profile]](MOST_CONVERSATIONS, clock)

    async def members(self, place: Place) -> Sequence[Profile]:
        """Return the people in a conversation who belong to its tenant; at most 500, without the bots."""
        key = place.tenant, base(place.conversation)
        members = self._kept.get(key)
        if members is None:
            members, holds = await self._asked(place)
            self._kept.keep(key, members, holds)
        return members

    async def _asked(self, place: Place) -> tuple[Sequence[Profile], timedelta]:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._read(place), KEPT
        except SendError as error:
            log.warning("the members of %s are not known: %s", place.conversation, error)
            return (), max(AGAIN, min(timedelta(seconds=error.retry_after or 0.0), KEPT))
        except TimeoutError:
            log.warning("the members of %s did not come within %g seconds", place.conversation, PATIENCE)
            return (), AGAIN

    async def _read(self, place: Place) -> Sequence[Profile]:
        reference, people, after = _whole(place), dict[str, Profile](), ""
        for _ in range(MOST_PAGES):
            page = await self._connector.members(reference, most=MOST, after=after)
            found = [_profile(place.tenant, record(member)) for member in items(page.get("members"))]
            people |= {profile.person.id: profile for profile in found if profile}
            after = words(page.get("continuationToken"))
            if not after or len(people) >= MOST:
                break
        return tuple(people.values())[:MOST]


def _whole(place: Place) -> Json:
    """A thread has the members of its channel."""
    reference = json.loads(place.reference)
    conversation = reference["conversation"]
    return {**reference, "conversation": {**conversation, "id": base(conversation["id"])}}


def _profile(tenant: str, member: Json) -> Profile | None:
    """Bots have no Entra object id; guests from elsewhere have another tenant."""
    person = (words(member.get("aadObjectId")) or words(member.get("objectId"))).lower()
    home = words(member.get("tenantId")).lower()
    if not person or home not in {"", tenant}:
        return None
    return Profile(Person(tenant, person, readable(words(member.get("name")))), words(member.get("id")))
