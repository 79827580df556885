"""Where a card goes when the conversation in which it belongs cannot be reached: to people's own chats."""

from collections.abc import Iterable

from orchestration.book import Book
from orchestration.model import Posting
from orchestration.ports import Places

MOST = 20
"""Chats for one card: all of them and their cards are one write."""


class Elsewhere:
    """Knows the personal chats of those who wrote to the bot there, or installed it."""

    def __init__(self, places: Places) -> None:
        self._places = places

    async def chats(self, book: Book, card: Posting) -> dict[str, str]:
        """Return the chats, by whose they are: of the approvers of a question, or else of the requester."""
        if not book.needs_audience(card):
            return {}
        approval = book.approvals.get(card.about)
        approvers = await self._known(book, card, approval.approvers) if approval else {}
        return approvers or await self._known(book, card, [book.run.requester.id])

    async def _known(self, book: Book, card: Posting, people: Iterable[str]) -> dict[str, str]:
        chats = dict[str, str]()
        for person in people:
            place = await self._places.personal_place(book.run.tenant, person)
            if place and place.conversation != card.conversation and len(chats) < MOST:
                chats[person] = place.conversation
        return chats
