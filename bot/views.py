"""For whom a card is drawn: names, time zone, and who gets a card of their own."""

from dataclasses import replace

from cards.view import EVERYBODY, View
from orchestration.model import Approval, Person, Run
from orchestration.ports import People
from orchestration.rules import Rights


class Views:
    """Looks people up, so that cards can call them by their names."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def everybody(self, approval: Approval, run: Run) -> View:
        """Return the view that all people in a conversation share."""
        known = await self._people.profiles(run.tenant, _on_card(approval, run))
        names = {person: profile.person.name for person, profile in known.items()}
        addresses = [profile.address for profile in known.values() if profile.address]
        return replace(EVERYBODY, names=names, refresh=addresses if approval.pending else ())

    async def of(self, person: Person, approval: Approval, run: Run, rights: Rights) -> View:
        """Return the view of one person."""
        people = [*_on_card(approval, run), person.id]
        known = await self._people.profiles(run.tenant, people)
        own = known.get(person.id)
        return View(
            decide=rights.decide,
            hand_over=rights.hand_over,
            withdraw=rights.withdraw,
            remind=rights.remind,
            more=False,
            person=person.id,
            names={each: profile.person.name for each, profile in known.items()},
            zone=(own.zone if own else "") or EVERYBODY.zone,
        )


def _on_card(approval: Approval, run: Run) -> list[str]:
    """Everybody whom the card of a question can name, those who are asked first."""
    people = [
        *approval.responders,
        run.requester.id,
        *(person for level in approval.escalate_to[:1] for person in level),
        *(vote.seat for vote in approval.votes if vote.seat),
        *(handover.of for handover in approval.handovers if handover.of),
    ]
    return list(dict.fromkeys(people))
