"""One pass over the cards of a run: announce what will be posted, send, record each outcome at once."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from bot.calling import Calling
from bot.contents import Contents
from bot.elsewhere import Elsewhere
from bot.ledger import Ledger
from bot.messenger import Messenger, Outcome, Refused, Sent, TryLater, Unsure
from bot.patience import Patience
from bot.unrecorded import Unrecorded
from bot.views import Views
from orchestration.book import Book, showing
from orchestration.clock import Clock
from orchestration.errors import StoreUnavailableError
from orchestration.forecast import Forecast
from orchestration.model import RUN_CARD, Posting
from orchestration.ports import Places, RunStore, Workers
from orchestration.redact import whereabouts

log = logging.getLogger(__name__)


class Showing:
    """Holds the book while its cards are shown. Of two cards, a crash can double one at most."""

    def __init__(
        self,
        *,
        book: Book,
        worker: str,
        store: RunStore,
        places: Places,
        workers: Workers,
        messenger: Messenger,
        clock: Clock,
        patience: Patience,
        unrecorded: Unrecorded,
        views: Views,
        calling: Calling,
        forecast: Forecast,
        slots: asyncio.Semaphore,
    ) -> None:
        self._key, self._worker = book.run.key, worker
        self._ledger, self._slots = Ledger(book, store, unrecorded, clock, slots), slots
        self._contents, self._elsewhere = Contents(store, views, forecast), Elsewhere(places)
        self._places, self._workers, self._messenger = places, workers, messenger
        self._clock, self._patience, self._calling = clock, patience, calling

    async def all(self) -> datetime | None:
        """Show every card that is not up to date. Return when to try the rest again, or None."""
        await self._ledger.recall()
        await self._called()
        ours = await self._announced()
        in_order = sorted(self._book.unsettled, key=_place_and_time)
        groups = [list(there) for _, there in groupby(in_order, key=lambda card: card.conversation)]
        ends = await asyncio.gather(
            *(self._show_in_order(group, ours) for group in groups), return_exceptions=True
        )
        for error in filter(None, ends):  # not before all have ended: the next pass must not meet them
            raise error
        await self._ledger.change(lambda book: book)
        return self._ledger.retry

    @property
    def _book(self) -> Book:
        return self._ledger.book

    async def _called(self) -> None:
        """Record who gets a card in their own chat, so that everybody who is asked is told."""
        while True:
            after = await self._calling.called(self._book, self._clock())
            if await self._ledger.attempt(after):
                break

    async def _announced(self) -> frozenset[str]:
        """Record which cards will be posted, so that neither a crash nor a second worker doubles them."""
        while new := [card for card in self._book.unsettled if await self._may_post(card)]:
            after = self._book
            for card in new:
                after = showing.sending(after, card, self._worker, self._clock())
            if await self._ledger.attempt(after):
                break
        for card in new:
            self._ledger.surely_not_sent(self._book.postings[card.id])
        return frozenset(card.id for card in new)

    async def _may_post(self, card: Posting) -> bool:
        if card.activity:
            return False
        pause = self._messenger.pause(self._key.tenant, card.conversation)
        if pause > 0:  # asked before it is announced: an announcement that comes to nothing costs two writes
            self._ledger.again(self._clock() + timedelta(seconds=pause))
            return False
        return await self._is_free(card)

    async def _is_free(self, card: Posting) -> bool:
        if self._patience.exhausted(card):
            return False
        if not card.sender:
            return True
        if card.sender == self._worker:
            return self._clock() >= self._patience.after_doubt(card)
        return card.sender not in await self._workers.alive(self._clock())

    # ---- showing ------------------------------------------------------------------------

    async def _show_in_order(self, group: list[Posting], ours: frozenset[str]) -> None:
        for card in group:
            if not card.activity and card.id not in ours:
                await self._leave(card)
                continue
            try:
                await self._show(card)
            except StoreUnavailableError:
                raise
            except Exception as error:  # noqa: BLE001 - one card must not keep the others from being shown
                log.error("%s: %s: %s", self._key.run, card.about, whereabouts(error))  # noqa: TRY400
                self._ledger.unknown(card)  # it counts as a try, so that there is an end to them
                self._ledger.again(self._clock() + self._patience.after_bad_card)

    async def _show(self, card: Posting) -> None:
        async with self._slots:
            place = await self._places.place(self._key.tenant, card.conversation)
        if place is None:
            await self._took(card, Refused("The conversation is not known.", dead=True))
            return
        if (wait := await self._messenger.turn(place)) > 0:
            await self._took(card, TryLater(wait))
            return
        # Now, and not before: it may have changed while it waited.
        async with self._slots:
            content = await self._contents.of(card, self._book, self._clock())
        showing = replace(card, step=self._book.run.step if card.about == RUN_CARD else "")
        if card.activity:
            outcome = await self._messenger.update(place, card.activity, content)
        else:
            self._ledger.unknown(card)
            outcome = await self._messenger.post(place, content)
        await self._took(showing if isinstance(outcome, Sent) else card, outcome)

    async def _leave(self, card: Posting) -> None:
        """Somebody is posting it, or nobody knows what came of the last post; else it only waits its turn."""
        now, exhausted = self._clock(), self._patience.exhausted(card)
        if exhausted and now >= self._patience.after_doubt(card):
            await self._record(card, trouble="It is not known whether the card arrived.")
        elif exhausted or card.sender:
            free = self._patience.after_doubt(card) if card.sender == self._worker else now
            self._ledger.again(max(now + self._patience.again, free))

    async def _took(self, card: Posting, outcome: Outcome) -> None:
        now = self._clock()
        match outcome:
            case Sent(activity):
                await self._record(card, activity=activity, shown=card.wanted, sender="")
            case Refused(reason, gone) if gone and card.activity:
                log.info("%s: a card was deleted (%s); it is posted again", self._key.run, reason)
                self._ledger.again(now)
                await self._record(card, activity="", shown=0, attempts=0)
            case Refused(reason):
                log.warning("%s: a card about %s cannot be shown: %s", self._key.run, card.about, reason)
                await self._give_up(card, outcome)
            case TryLater(seconds):
                self._ledger.again(now + timedelta(seconds=seconds))
                await self._ledger.record(card, lambda book: showing.withheld(book, card))
            case Unsure():
                again = self._patience.again
                self._ledger.again(now + again if card.activity else self._patience.after_doubt(card))

    async def _give_up(self, card: Posting, refused: Refused) -> None:
        """A card that cannot be shown here may be needed elsewhere."""
        if not card.activity:
            self._ledger.surely_not_sent(card)  # all that is known, should the store be away
        chats = await self._elsewhere.chats(self._book, card) if refused.dead else {}
        now, here = self._clock(), replace(card, sender="", trouble=refused.reason)
        if chats:
            log.info("%s: the card about %s goes to %d other chats", self._key.run, card.about, len(chats))
            self._ledger.again(now)
        await self._ledger.record(card, lambda book: showing.moved(book, here, chats, now))

    async def _record(self, card: Posting, **changes: Any) -> None:
        await self._ledger.record(card, lambda book: showing.presented(book, replace(card, **changes)))


def _place_and_time(card: Posting) -> tuple[str, datetime, str]:
    return card.conversation, card.at, card.id
