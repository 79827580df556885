"""Brings the cards of a run from what they show to what they should show. Nobody else posts them."""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from weakref import WeakValueDictionary

import cards.approval
import cards.failure
import cards.result
import cards.run
from bot.messenger import Messenger, Outcome, Refused, Sent, TryLater, Unsure
from bot.wire import Json
from orchestration.book import Book
from orchestration.clock import Clock
from orchestration.errors import ConflictError
from orchestration.model import RESULT_CARD, RUN_CARD, Posting, RunKey
from orchestration.ports import Places, RunStore, Workers

log = logging.getLogger(__name__)

SOON = 0.25
"""Seconds between a change and the card that shows it: several changes become one update."""
AGAIN = timedelta(seconds=2)
DOUBT = timedelta(seconds=20)
"""How long to wait before a card whose post was never answered is posted a second time."""
TRIES = 2
"""How often a card is posted when the outcome stays unknown."""


@dataclass(frozen=True)
class Shown:
    """What came of one posting, None if nothing is known of it, and when to try again."""

    posting: Posting | None
    retry: datetime | None = None


class CardPresenter:
    """Reconciles postings with their records. May be asked at any time, by anybody, as often as they like."""

    def __init__(
        self,
        *,
        worker: str,
        store: RunStore,
        places: Places,
        workers: Workers,
        messenger: Messenger,
        clock: Clock,
    ) -> None:
        self._worker, self._store, self._places, self._workers = worker, store, places, workers
        self._messenger, self._clock = messenger, clock
        self._locks: WeakValueDictionary[RunKey, asyncio.Lock] = WeakValueDictionary()
        self._soon: dict[RunKey, asyncio.Task[None]] = {}

    def soon(self, key: RunKey) -> None:
        """Show the cards in a moment; further calls until then change nothing."""
        if key not in self._soon:
            self._soon[key] = asyncio.create_task(self._in_a_moment(key))

    async def close(self) -> None:
        """Let go of what would have been shown in a moment; it is recorded, and due."""
        for task in self._soon.values():
            task.cancel()
        await asyncio.gather(*self._soon.values(), return_exceptions=True)

    async def _in_a_moment(self, key: RunKey) -> None:
        await asyncio.sleep(SOON)
        self._soon.pop(key, None)
        try:
            await self.present(key)
        except Exception:
            log.exception("%s: its cards could not be shown; the dispatcher tries again", key.run)

    async def present(self, key: RunKey) -> datetime | None:
        """Show every card of the run as its record is now. Return when to try again, or None."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            return await self._present(key)

    async def _present(self, key: RunKey) -> datetime | None:
        book, ours = await self._announced(key)
        if book is None:
            return None
        by_place = groupby(sorted(book.unsettled, key=_place_and_time), key=lambda card: card.conversation)
        groups = [list(cards_there) for _, cards_there in by_place]
        results = await asyncio.gather(*(self._show_in_order(book, group, ours) for group in groups))
        shown = [result for group in results for result in group]
        retry = min((result.retry for result in shown if result.retry), default=None)
        await self._record(book, shown, retry)
        return retry

    async def _announced(self, key: RunKey) -> tuple[Book | None, frozenset[str]]:
        """Record which cards are about to be posted: neither a crash nor a second worker doubles them."""
        while (book := await self._store.read(key)) is not None:
            new = [card for card in book.unsettled if not card.activity and await self._is_free(card)]
            if not new:
                return book, frozenset()
            after = book
            for card in new:
                after = after.sending(card, self._worker, self._clock())
            try:
                return await self._store.write(book, after), frozenset(card.id for card in new)
            except ConflictError:
                continue
        return None, frozenset()

    async def _is_free(self, card: Posting) -> bool:
        if card.attempts >= TRIES:
            return False
        if not card.sender:
            return True
        if card.sender == self._worker:
            return self._clock() >= _after_doubt(card)
        return card.sender not in await self._workers.alive(self._clock())

    # ---- showing ------------------------------------------------------------------------

    async def _show_in_order(self, book: Book, group: list[Posting], ours: frozenset[str]) -> list[Shown]:
        may = [card.activity != "" or card.id in ours for card in group]
        shown = zip(group, may, strict=True)
        return [await self._show(book, card) if free else self._left_alone(card) for card, free in shown]

    async def _show(self, book: Book, card: Posting) -> Shown:
        place = await self._places.place(book.run.tenant, card.conversation)
        if place is None:
            return Shown(replace(card, sender="", trouble="The conversation is not known."))
        content = await self._content(book, card)
        if card.activity:
            outcome = await self._messenger.update(place, card.activity, content)
        else:
            outcome = await self._messenger.post(place, content)
        return self._shown(card, outcome)

    def _left_alone(self, card: Posting) -> Shown:
        now = self._clock()
        if card.attempts >= TRIES and now >= _after_doubt(card):
            return Shown(replace(card, trouble="It is not known whether the card arrived."))
        return Shown(None, max(now + AGAIN, _after_doubt(card) if card.sender == self._worker else now))

    def _shown(self, card: Posting, outcome: Outcome) -> Shown:
        now = self._clock()
        match outcome:
            case Sent(activity):
                return Shown(replace(card, activity=activity, shown=card.wanted, sender=""))
            case Refused(reason, gone) if gone and card.activity:
                log.info("%s: the card was deleted (%s); it is posted again", card.about, reason)
                return Shown(replace(card, activity="", shown=0, attempts=0), now)
            case Refused(reason):
                return Shown(replace(card, sender="", trouble=reason))
            case TryLater(seconds):
                attempts = card.attempts - (0 if card.activity else 1)  # that one surely did not arrive
                return Shown(replace(card, sender="", attempts=attempts), now + timedelta(seconds=seconds))
            case Unsure():
                return Shown(None, now + (AGAIN if card.activity else DOUBT))

    async def _content(self, book: Book, card: Posting) -> Json:
        run, key = book.run, book.run.key
        if card.about == RUN_CARD:
            return cards.run.card(run, self._clock())
        if card.about == RESULT_CARD:
            return cards.result.card(run, await self._store.text(key, "result") or "")
        approval = book.approvals.get(card.about) or await self._store.approval(key, card.about)
        if approval is not None:
            return cards.approval.card(approval, run)
        failure = book.failures.get(card.about) or await self._store.failure(key, card.about)
        if failure is not None:
            return cards.failure.card(failure, run)
        raise LookupError(f"A card is about {card.about}, which the run {run.id} does not have.")

    # ---- recording ----------------------------------------------------------------------

    async def _record(self, book: Book | None, shown: list[Shown], retry: datetime | None) -> None:
        while book is not None:
            after = book
            for posting in (result.posting for result in shown if result.posting):
                after = after.presented(posting)
            after = after.rested_until(retry)
            if after == book:
                return
            try:
                await self._store.write(book, after)
            except ConflictError:
                book = await self._store.read(book.run.key)
                continue
            return


def _after_doubt(card: Posting) -> datetime:
    return (card.tried or card.at) + DOUBT


def _place_and_time(card: Posting) -> tuple[str, datetime, str]:
    return card.conversation, card.at, card.id
