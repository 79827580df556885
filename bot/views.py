"""For whom a card is drawn: names, rights, and who gets a card of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from bot.kept import Kept
from cards.view import EVERYBODY, View
from orchestration.clock import Clock
from orchestration.model import Approval, Profile, Run
from orchestration.ports import People
from orchestration.register import Asker
from orchestration.rules import Rights

HOLDS, MOST = timedelta(minutes=5), 5_000
"""How long what was read of a person holds, and of how many it is kept."""


class Views:
    """Looks people up, so that cards can call them by their names."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people = people
        self._kept = Kept[tuple[str, str], Profile](MOST, clock)

    async def everybody(self, approval: Approval, run: Run) -> View:
        """Return the view that all people in a conversation share."""
        known = await self._known(run.tenant, _on_card(approval, run))
        asked = [known[person] for person in (*approval.responders, run.requester.id) if person in known]
        return replace(
            EVERYBODY,
            names={person: profile.person.name for person, profile in known.items()},
            refresh=[each.address for each in asked if each.address] if approval.pending else (),
        )

    async def of(self, asker: Asker, approval: Approval, run: Run, rights: Rights) -> View:
        """Return the view of one person."""
        known = await self._known(run.tenant, [*_on_card(approval, run), asker.person.id])
        return View(
            decide=rights.decide,
            hand_over=rights.hand_over,
            withdraw=rights.withdraw,
            remind=rights.remind,
            more=False,
            person=asker.person.id,
            names={each: profile.person.name for each, profile in known.items()},
            zone=asker.zone,
        )

    async def naming(self, asker: Asker, people: Iterable[str]) -> View:
        """Return a view for one person that knows the names of these people."""
        known = await self._known(asker.person.tenant, people)
        names = {each: profile.person.name for each, profile in known.items()}
        return View(person=asker.person.id, names=names, zone=asker.zone)

    async def _known(self, tenant: str, people: Iterable[str]) -> Mapping[str, Profile]:
        """Whom nobody knew is looked up again: they may have come."""
        kept = {each: self._kept.get((tenant, each)) for each in people}
        known = {each: profile for each, profile in kept.items() if profile}
        missing = [each for each in kept if each not in known]
        found = await self._people.profiles(tenant, missing) if missing else dict[str, Profile]()
        for each, profile in found.items():
            self._kept.keep((tenant, each), profile, HOLDS)
        return {**known, **found}


def _on_card(approval: Approval, run: Run) -> list[str]:
    """Everybody whom the card of a question can name."""
    return [
        *approval.responders,
        run.requester.id,
        *(person for level in approval.escalate_to[:1] for person in level),
        *(vote.seat for vote in approval.votes if vote.seat),
        *(person for each in approval.handovers for person in (each.of, each.to.id) if person),
    ]
