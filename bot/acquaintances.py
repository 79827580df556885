"""Remembering who wrote or clicked. Nearly always nothing is new, and then the store is not even asked."""

import logging
from collections import OrderedDict
from datetime import datetime, timedelta

from orchestration.clock import Clock
from orchestration.errors import SignoffError
from orchestration.model import Profile
from orchestration.ports import People

MOST = 5_000
"""People that are kept in memory."""
FRESH = timedelta(hours=1)
"""How long the store is not asked again: another replica may have written something else meanwhile."""

log = logging.getLogger(__name__)


class Acquaintances:
    """Writes down what is new about somebody."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people, self._clock = people, clock
        self._met: OrderedDict[tuple[str, str], tuple[Profile, datetime]] = OrderedDict()

    async def met(self, profile: Profile) -> None:
        """Keep what is known of somebody now, if that is a name at least. Raises StoreUnavailableError."""
        if not profile.person.name:
            return
        key, now = (profile.person.tenant, profile.person.id), self._clock()
        known, since = self._met.get(key, (None, now))
        if known == profile and now - since < FRESH:
            self._met.move_to_end(key)
            return
        try:
            await self._people.know(profile)
        except SignoffError as problem:  # what they do counts, whatever is stored of them
            log.warning("%s", problem)
        self._met[key] = profile, now
        self._met.move_to_end(key)
        if len(self._met) > MOST:
            self._met.popitem(last=False)
