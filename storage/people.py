"""The store of who is who and who stands in for whom, on top of anything that keeps documents."""

import asyncio
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from orchestration.model import Absence, Profile
from storage import documents, kinds
from storage.documents import Document
from storage.kinds import Address
from storage.shelf import Find, Shelf
from storage.values import plain

MOST_NAMED = 10
LONGEST_NAME = 1_000
"""Characters of a name, as it is indexed, that count."""


class PeopleStore:
    """Implements orchestration.ports.People."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def know(self, profile: Profile) -> None:
        known = await self._profile(profile.person.tenant, profile.person.id)
        newer = _joined(known, profile)
        if newer == known:
            return
        if newer.address and (known is None or newer.address != known.address):
            # Before the other, which says from then on that both are written.
            await self._shelf.put(_of_address(newer))
        await self._shelf.put(_of_profile(newer))

    async def profiles(self, tenant: str, people: Collection[str]) -> Mapping[str, Profile]:
        found = await asyncio.gather(*(self._profile(tenant, person) for person in dict.fromkeys(people)))
        return {profile.person.id: profile for profile in found if profile}

    async def addressed(self, tenant: str, address: str) -> Profile | None:
        document = await self._shelf.get(kinds.address_key(tenant, address), kinds.ADDRESS)
        return await self._profile(tenant, documents.read(Address, document).person) if document else None

    async def named(self, tenant: str, words: str) -> Sequence[Profile]:
        start = name_value(words)
        if not start:
            return []
        found = await self._shelf.find(Find.PEOPLE_NAMED, tenant, f"{start}~", MOST_NAMED, start)
        profiles = [documents.read(Profile, document) for document in found]
        return sorted(profiles, key=lambda profile: profile.person.name.casefold())

    async def away(self, absence: Absence) -> None:
        """Write it for the deputy first. Only the person's own is believed, so half of it is nothing."""
        before = await self._absence(absence.tenant, absence.person)
        await self._shelf.put(_of_deputy(absence))
        await self._shelf.put(_of_absence(absence))
        if before and before.deputy.id != absence.deputy.id:
            await self._drop_from_deputy(before)

    async def back(self, tenant: str, person: str) -> None:
        if before := await self._absence(tenant, person):
            await self._shelf.drop(kinds.person_key(tenant, person), kinds.ABSENCE)
            await self._drop_from_deputy(before)

    async def absence(self, tenant: str, person: str, now: datetime) -> Absence | None:
        absence = await self._absence(tenant, person)
        return absence if absence and absence.covers(now) else None

    async def represented(self, tenant: str, deputy: str, now: datetime) -> Sequence[str]:
        found = await self._shelf.all_of(kinds.person_key(tenant, deputy), kinds.ABSENCE)
        said = [documents.read(Absence, document) for document in found]
        people = [each.person for each in said if each.covers(now)]
        absences = await asyncio.gather(*(self.absence(tenant, person, now) for person in sorted(people)))
        return [absence.person for absence in absences if absence and absence.deputy.id == deputy]

    async def _profile(self, tenant: str, person: str) -> Profile | None:
        document = await self._shelf.get(kinds.person_key(tenant, person), kinds.PROFILE)
        return documents.read(Profile, document) if document else None

    async def _absence(self, tenant: str, person: str) -> Absence | None:
        document = await self._shelf.get(kinds.person_key(tenant, person), kinds.ABSENCE)
        return documents.read(Absence, document) if document else None

    async def _drop_from_deputy(self, absence: Absence) -> None:
        document = _of_deputy(absence)
        await self._shelf.drop(document.key, document.id)


def _joined(known: Profile | None, newer: Profile) -> Profile:
    """Return the newer profile, with what was known where it says nothing."""
    if known is None:
        return newer
    person = newer.person if newer.person.name else replace(newer.person, name=known.person.name)
    return Profile(person, newer.address or known.address, newer.zone or known.zone)


def name_value(name: str) -> str:
    """Return what a name is found by: ASCII below "~", as stores sort other letters in different ways.

    The value of a name begins with the value of whatever the name begins with.
    """
    words = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    text = quote(words.encode(errors="surrogatepass"), safe="").replace("~", "%7E")
    return text[:LONGEST_NAME]


def _of_profile(profile: Profile) -> Document:
    person, name = profile.person, name_value(profile.person.name)
    key, index = kinds.person_key(person.tenant, person.id), {"name": name} if name else {}
    return Document(key, kinds.PROFILE, kinds.kind_of(Profile), plain(profile), index=index)


def _of_address(profile: Profile) -> Document:
    key = kinds.address_key(profile.person.tenant, profile.address)
    record = plain(Address(profile.address, profile.person.id))
    return Document(key, kinds.ADDRESS, kinds.kind_of(Address), record)


def _of_absence(absence: Absence) -> Document:
    key = kinds.person_key(absence.tenant, absence.person)
    return Document(key, kinds.ABSENCE, kinds.kind_of(Absence), plain(absence))


def _of_deputy(absence: Absence) -> Document:
    """Return the document by which an absence is found when only the deputy is known."""
    key = kinds.person_key(absence.tenant, absence.deputy.id)
    return Document(key, kinds.id_of(Absence, absence.person), kinds.kind_of(Absence), plain(absence))
