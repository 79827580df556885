"""Remembering who wrote or clicked. Nearly always nothing is new, and then the store is not even asked."""

import logging
from dataclasses import replace
from datetime import timedelta

from bot.activities import Inbound
from bot.kept import Kept
from orchestration.clock import Clock
from orchestration.errors import SignoffError
from orchestration.model import Profile
from orchestration.ports import People

MOST = 5_000
"""People that are kept in memory."""
FRESH = timedelta(hours=1)
"""How long the store is not told again: another replica may have written something else meanwhile."""
ZONE_HOLDS = timedelta(minutes=5)
"""How long the store is not asked again for a time zone that may have been told to another replica."""

log = logging.getLogger(__name__)


class Acquaintances:
    """Writes down what is new about somebody, and knows in which time zone they read."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people = people
        self._met = Kept[tuple[str, str], Profile](MOST, clock)
        self._zones = Kept[tuple[str, str], str](MOST, clock)

    async def met(self, who: Inbound) -> Inbound:
        """Keep what is known of somebody now, and return them with the time zone they told last.

        Not every app tells it with every message or click. Raises StoreUnavailableError.
        """
        if who.profile.person.name:
            await self._keep(who.profile)
        return replace(who, zone=await self._zone(who))

    async def _keep(self, profile: Profile) -> None:
        key = profile.person.tenant, profile.person.id
        if self._met.get(key) == profile:
            return
        try:
            await self._people.know(profile)
        except SignoffError as problem:  # what they do counts, whatever is stored of them
            log.warning("%s", problem)
        self._met.keep(key, profile, FRESH)

    async def _zone(self, who: Inbound) -> str:
        key = who.person.tenant, who.person.id
        if not who.zone and (known := self._zones.get(key)) is not None:
            return known
        zone = who.zone or await self._stored_zone(*key)
        self._zones.keep(key, zone, ZONE_HOLDS)
        return zone

    async def _stored_zone(self, tenant: str, person: str) -> str:
        try:
            known = await self._people.profiles(tenant, [person])
        except SignoffError as problem:
            log.warning("%s", problem)
            return ""
        return known[person].zone if person in known else ""
