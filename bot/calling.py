"""Who is told in their own chat that they are asked: named people who do not see the question where it is."""

from datetime import datetime

from bot.roster import Roster
from orchestration.book import Book, asking
from orchestration.model import Approval, RunStatus
from orchestration.ports import People, Places

MOST = 20
"""Own chats for one question: all their cards are one write."""


class Calling:
    """Finds their chats, and those of who stands in for somebody away."""

    def __init__(self, places: Places, people: People, roster: Roster) -> None:
        self._places, self._people, self._roster = places, people, roster

    async def called(self, book: Book, now: datetime) -> Book:
        """Return the book with a card for everybody who has to be told; the same book if nobody has."""
        if book.run.status is RunStatus.FAILED or book.run.over:
            return book
        for approval in book.pending:
            if new := [person for person in approval.waits_for if person not in approval.called]:
                book = await self._call(book, approval, new, now)
        return book

    async def _call(self, book: Book, approval: Approval, new: list[str], now: datetime) -> Book:
        """Tell those who are not where the question is, and deputies, whom the card there does not name."""
        there = await self._there(approval)
        absent = [person for person in new if there is not None and person not in there]
        absences = [await self._people.absence(approval.tenant, person, now) for person in new]
        deputies = [absence.deputy.id for absence in absences if absence]
        chats = dict[str, str]()
        for person in dict.fromkeys([*absent, *deputies]):
            if person == approval.excluded:
                continue  # whoever started the run does not decide it for somebody else either
            place = await self._places.personal_place(approval.tenant, person)
            if place and place.conversation not in approval.places and len(chats) < MOST:
                chats[person] = place.conversation
        missing = frozenset(absent) - chats.keys()
        return asking.called(book, approval, new, chats=chats, unreached=missing, at=now)

    async def _there(self, approval: Approval) -> frozenset[str] | None:
        """Return who reads the conversation; None if nobody can say."""
        place = await self._places.place(approval.tenant, approval.conversation)
        if place is None:
            return None
        if place.person:
            return frozenset({place.person})
        members = await self._roster.members(place)
        for member in members:
            if member.person.id in approval.waits_for:
                await self._people.know(member)  # so that cards can call them by their names
        return frozenset(member.person.id for member in members) or None
