"""For whom a card is drawn: names, time zone, and who gets a card of their own."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from cards.view import EVERYBODY, View
from orchestration.clock import Clock
from orchestration.model import Approval, Person, Profile, Run
from orchestration.ports import People
from orchestration.rules import Rights

KEPT, MOST = timedelta(minutes=5), 5_000
"""How long what was read of a person holds, and of how many it is kept."""


class Views:
    """Looks people up, so that cards can call them by their names."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people, self._clock = people, clock
        self._kept: OrderedDict[tuple[str, str], tuple[Profile | None, datetime]] = OrderedDict()

    async def everybody(self, approval: Approval, run: Run) -> View:
        """Return the view that all people in a conversation share."""
        known = await self._known(run.tenant, _on_card(approval, run))
        asked = [known[person] for person in (*approval.responders, run.requester.id) if person in known]
        return replace(
            EVERYBODY,
            names={person: profile.person.name for person, profile in known.items()},
            refresh=[each.address for each in asked if each.address] if approval.pending else (),
        )

    async def of(self, person: Person, approval: Approval, run: Run, rights: Rights) -> View:
        """Return the view of one person."""
        known = await self._known(run.tenant, [*_on_card(approval, run), person.id])
        return View(
            decide=rights.decide,
            hand_over=rights.hand_over,
            withdraw=rights.withdraw,
            remind=rights.remind,
            more=False,
            person=person.id,
            names={each: profile.person.name for each, profile in known.items()},
            zone=_zone(known, person),
        )

    async def zone(self, person: Person) -> str:
        """Return the time zone in which somebody reads."""
        return _zone(await self._known(person.tenant, [person.id]), person)

    async def _known(self, tenant: str, people: Iterable[str]) -> Mapping[str, Profile]:
        now, wanted = self._clock(), list(dict.fromkeys(people))
        missing = [each for each in wanted if not self._holds(tenant, each, now)]
        found = await self._people.profiles(tenant, missing) if missing else dict[str, Profile]()
        for each in missing:
            self._kept[tenant, each] = found.get(each), now + KEPT
        profiles = {each: self._kept[tenant, each][0] for each in wanted}
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return {each: profile for each, profile in profiles.items() if profile}

    def _holds(self, tenant: str, person: str, now: datetime) -> bool:
        """Whether it is known by heart. Whom nobody knew is looked up again: they may have come."""
        profile, until = self._kept.get((tenant, person), (None, now))
        return profile is not None and now < until


def _zone(known: Mapping[str, Profile], person: Person) -> str:
    profile = known.get(person.id)
    return profile.zone if profile else ""


def _on_card(approval: Approval, run: Run) -> list[str]:
    """Everybody whom the card of a question can name."""
    return [
        *approval.responders,
        run.requester.id,
        *(person for level in approval.escalate_to[:1] for person in level),
        *(vote.seat for vote in approval.votes if vote.seat),
        *(person for each in approval.handovers for person in (each.of, each.to.id) if person),
    ]
