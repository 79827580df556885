"""Which person somebody means: by a mention, or by a name that the bot knows. It never guesses."""

from collections.abc import Iterable, Sequence

from bot.activities import Inbound, Mention
from bot.roster import Roster
from orchestration.errors import InvalidInputError, NotFoundError
from orchestration.model import Person, Place, Profile
from orchestration.ports import People
from orchestration.wording import quoted

MOST_CHOICES = 10


class Colleagues:
    """Those who wrote to the bot before, and those who are in the same conversation."""

    def __init__(self, people: People, roster: Roster) -> None:
        self._people, self._roster = people, roster

    async def meant(self, words: str, inbound: Inbound, place: Place) -> Person:
        """Return the one person that these words of a message name. Raises SignoffError with a sentence."""
        words = " ".join(words.split())
        mentioned = [mention for mention in inbound.mentions if f"@{mention.name}" in words]
        if len(mentioned) > 1:
            raise InvalidInputError(f"Please name one person: {_listed(each.name for each in mentioned)}?")
        if mentioned:
            return await self._mentioned(mentioned[0], place)
        return await self._named(words.lstrip("@ "), place)

    async def called(self, person: Person, place: Place | None) -> Person:
        """Return the person with a name, if the directory or the conversation knows it."""
        known = (await self._people.profiles(person.tenant, [person.id])).get(person.id)
        members = await self._roster.members(place) if known is None and place else ()
        found = known or next((each for each in members if each.person.id == person.id), None)
        return found.person if found else person

    async def _mentioned(self, mention: Mention, place: Place) -> Person:
        known = await self._people.addressed(place.tenant, mention.address)
        for profile in (known,) if known else await self._roster.members(place):
            if known or profile.address == mention.address:
                return _with_name(profile, mention.name)
        raise NotFoundError(
            f"I do not know {mention.name} yet, or not as somebody of your organisation. "
            "They can write to me once, for example “help”; then try again."
        )

    async def _named(self, name: str, place: Place) -> Person:
        known = await self._people.named(place.tenant, name)
        members = () if place.kind == "personal" else await self._roster.members(place)
        here = (each for each in members if name and _begins(each, name))
        profiles = list({each.person.id: each for each in (*here, *known)}.values())
        whole = [each for each in profiles if _folded(each.person.name) == _folded(name)]
        choices = whole or profiles
        if len(choices) == 1:
            return choices[0].person
        raise _unclear(name, choices)


def _unclear(name: str, choices: Sequence[Profile]) -> NotFoundError | InvalidInputError:
    if not choices:
        return NotFoundError(
            f"I know nobody called {quoted(name)}. Mention the person with @ in a chat or channel, "
            "or ask them to write to me once."
        )
    names = {each.person.name for each in choices}
    if len(names) == 1:
        return InvalidInputError(
            f"{len(choices)} people are called {quoted(name)}. "
            "Mention the one you mean with @ in a chat or channel."
        )
    more = ", and more" if len(choices) >= MOST_CHOICES else ""
    return InvalidInputError(f"Whom do you mean by {quoted(name)}: {_listed(sorted(names))}{more}?")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:MOST_CHOICES])


def _with_name(profile: Profile, name: str) -> Person:
    person = profile.person
    return person if person.name else Person(person.tenant, person.id, name)


def _begins(profile: Profile, name: str) -> bool:
    return _folded(profile.person.name).startswith(_folded(name))


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
