"""What waits for somebody, over all conversations."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

from orchestration.approvals import Approvals, Ballot, Outcome
from orchestration.clock import Clock
from orchestration.errors import SignoffError
from orchestration.model import Approval, Person
from orchestration.ports import People, RunFinder
from orchestration.register import Asker

PAGE = 5
"""Questions on one page: enough to decide, few enough to read."""
HERE = 20
"""Open questions of a conversation that are looked at."""


class Inbox:
    """Finds and decides what waits for a person. The cost does not grow with what waits for others."""

    def __init__(self, *, finder: RunFinder, people: People, approvals: Approvals, clock: Clock) -> None:
        self._finder, self._people, self._approvals, self._clock = finder, people, approvals, clock

    async def page(
        self, asker: Asker, before: datetime | None = None, size: int = PAGE
    ) -> tuple[Sequence[Approval], bool]:
        """Return what waits for somebody, newest first, and whether there is more.

        These are the questions that name them, or one for whom they stand in, and those that anybody may
        decide where they ask. Where others read along, they are only those that were asked there.
        """
        person = asker.person
        away = await self._people.represented(person.tenant, person.id, self._clock())
        seats = (person.id, *away)
        here = await self._finder.waiting_in(person.tenant, asker.conversation, HERE)
        found = [each for each in here if _is_for(each, person, seats)]
        if asker.personal:
            found += await self._named(person, seats, before, size + 1)
        listed = _newest_first(each for each in found if not before or each.asked < before)
        return listed[:size], len(listed) > size

    async def _named(
        self, person: Person, seats: Sequence[str], before: datetime | None, limit: int
    ) -> list[Approval]:
        found = await asyncio.gather(*(self._of(seat, person, seats, before, limit) for seat in seats))
        return [approval for some in found for approval in some]

    async def _of(
        self, seat: str, person: Person, seats: Sequence[str], before: datetime | None, limit: int
    ) -> list[Approval]:
        """Return what waits for one of the seats, without what the person has no voice in."""
        fitting = list[Approval]()
        while len(fitting) < limit:
            found = await self._finder.waiting_for(person.tenant, seat, limit, before)
            fitting += [approval for approval in found if _is_for(approval, person, seats)]
            if len(found) < limit:
                break
            before = found[-1].asked
        return fitting

    async def decide(self, ballots: Iterable[Ballot]) -> Sequence[tuple[Ballot, Outcome | str]]:
        """Cast ballots one after the other. Return what came of each: the outcome, or why it was refused."""
        return [(ballot, await self._decided(ballot)) for ballot in ballots]

    async def _decided(self, ballot: Ballot) -> Outcome | str:
        try:
            return await self._approvals.decide(ballot)
        except SignoffError as refusal:
            return str(refusal)


def _is_for(approval: Approval, person: Person, seats: Sequence[str]) -> bool:
    if approval.vote_of(person.id) or person.id == approval.excluded:
        return False
    return not approval.responders or any(seat in approval.waits_for for seat in seats)


def _newest_first(found: Iterable[Approval]) -> list[Approval]:
    each = {(approval.key, approval.id): approval for approval in found}
    return sorted(each.values(), key=lambda approval: (approval.asked, approval.id), reverse=True)
