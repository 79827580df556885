"""Being away: who answers for somebody until they are back. What a deputy may decide is for rules.py."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.clock import Clock
from orchestration.errors import InvalidInputError, NotAllowedError
from orchestration.model import Absence, Person
from orchestration.ports import People

LONGEST = timedelta(days=366)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """Whether somebody is away, and for whom they stand in."""

    absence: Absence | None
    represented: tuple[str, ...] = ()
    """The names of the people."""


class Absences:
    """What people say about themselves. Nobody can send somebody else away."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people, self._clock = people, clock

    async def leave(self, person: Person, deputy: Person, until: datetime) -> Absence:
        """Let a deputy answer for somebody from now on. `until` is the moment at which they are back.

        Raises SignoffError with a sentence when that makes no sense; then nothing is changed.
        """
        now = self._clock()
        _check(person, deputy, until, now)
        absence = Absence(person.tenant, person.id, deputy, now, until, by=person)
        await self._people.away(absence)
        log.info("%s is away until %s, %s stands in", person.id, until.isoformat(), deputy.id)
        return absence

    async def end(self, person: Person) -> bool:
        """Say that somebody is back. Return whether they were away."""
        was_away = await self.of(person) is not None
        await self._people.back(person.tenant, person.id)
        if was_away:
            log.info("%s is back", person.id)
        return was_away

    async def of(self, person: Person) -> Absence | None:
        """Return the absence of somebody who is away now."""
        return await self._people.absence(person.tenant, person.id, self._clock())

    async def standing(self, person: Person) -> Standing:
        """Return how it stands with somebody."""
        ids = await self._people.represented(person.tenant, person.id, self._clock())
        known = await self._people.profiles(person.tenant, ids)
        names = [known[each].person.name for each in ids if each in known]
        return Standing(await self.of(person), tuple(name or "somebody" for name in names))


def _check(person: Person, deputy: Person, until: datetime, now: datetime) -> None:
    if deputy.tenant != person.tenant:
        raise NotAllowedError("A deputy must be somebody of your own organisation. Nothing was changed.")
    if deputy.id == person.id:
        raise InvalidInputError("You cannot be your own deputy: name somebody else. Nothing was changed.")
    if until <= now:
        raise InvalidInputError("That day has passed already: name a later one. Nothing was changed.")
    if until - now > LONGEST:
        raise InvalidInputError("You can be away for a year at most. Nothing was changed.")
