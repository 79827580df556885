"""What a posting shows: the card of its record as the record is now."""

from datetime import datetime

import cards.approval
import cards.elsewhere
import cards.failure
import cards.lists
import cards.result
import cards.run
from bot.views import Views
from bot.wire import Json
from orchestration.book import Book
from orchestration.forecast import Forecast
from orchestration.model import RESULT_CARD, RUN_CARD, Posting
from orchestration.ports import RunStore


class Contents:
    """Looks records up in the book, or in the store when they are no longer live."""

    def __init__(self, store: RunStore, views: Views, forecast: Forecast) -> None:
        self._store, self._views, self._forecast = store, views, forecast

    async def of(self, card: Posting, book: Book, now: datetime) -> Json:
        """Return the card. Raises LookupError if the run does not have what it is about."""
        if card.retired:
            return cards.lists.moved(book.run)
        content = await self._record(card.about, book, now)
        return cards.elsewhere.explained(content) if card.instead else content

    async def _record(self, about: str, book: Book, now: datetime) -> Json:
        run, key = book.run, book.run.key
        if about == RUN_CARD:
            return cards.run.card(run, now, await self._forecast.left(run))
        if about == RESULT_CARD:
            return cards.result.card(run, await self._store.text(key, "result") or "")
        if approval := book.approvals.get(about) or await self._store.approval(key, about):
            return cards.approval.card(approval, run, await self._views.everybody(approval, run))
        if failure := book.failures.get(about) or await self._store.failure(key, about):
            return cards.failure.card(failure, run)
        raise LookupError(f"A card is about {about}, which the run {run.id} does not have.")
