"""One pass over the cards of a run: announce what will be posted, send, record each outcome at once."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

import cards.approval
import cards.failure
import cards.lists
import cards.result
import cards.run
from bot.messenger import Messenger, Outcome, Refused, Sent, TryLater, Unsure
from bot.wire import Json
from orchestration.book import Book
from orchestration.clock import Clock
from orchestration.errors import ConflictError, StoreUnavailableError
from orchestration.model import RESULT_CARD, RUN_CARD, Posting
from orchestration.ports import Places, RunStore, Workers
from orchestration.redact import whereabouts

log = logging.getLogger(__name__)

AGAIN, AFTER_ERROR = timedelta(seconds=2), timedelta(seconds=30)
DOUBTS = tuple(timedelta(seconds=seconds) for seconds in (20, 60, 300, 900, 3600, 3600, 3600, 3600))
"""How long to wait, after each post that was never answered, before the card is posted once more.

A second card is better than none: it heals when it is clicked.
"""


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
    ) -> None:
        self._book, self._worker = book, worker
        self._store, self._places, self._workers = store, places, workers
        self._messenger, self._clock = messenger, clock
        self._retry: datetime | None = None

    async def all(self) -> datetime | None:
        """Show every card that is not up to date. Return when to try the rest again, or None."""
        ours = await self._announced()
        in_order = sorted(self._book.unsettled, key=_place_and_time)
        groups = [list(there) for _, there in groupby(in_order, key=lambda card: card.conversation)]
        await asyncio.gather(*(self._show_in_order(group, ours) for group in groups))
        await self._change(lambda book: book)
        return self._retry

    async def _announced(self) -> frozenset[str]:
        """Record which cards will be posted, so that neither a crash nor a second worker doubles them."""
        while True:
            new = [card for card in self._book.unsettled if not card.activity and await self._may_post(card)]
            if not new:
                return frozenset()
            after = self._book
            for card in new:
                after = after.sending(card, self._worker, self._clock())
            try:
                self._book = await self._store.write(self._book, after)
            except ConflictError:
                await self._read_again()
            else:
                return frozenset(card.id for card in new)

    async def _may_post(self, card: Posting) -> bool:
        pause = self._messenger.pause(self._book.run.tenant, card.conversation)
        if pause > 0:  # asked before it is announced: an announcement that comes to nothing costs two writes
            self._again(self._clock() + timedelta(seconds=pause))
            return False
        return await self._is_free(card)

    async def _is_free(self, card: Posting) -> bool:
        if card.attempts > len(DOUBTS):
            return False
        if not card.sender:
            return True
        if card.sender == self._worker:
            return self._clock() >= _after_doubt(card)
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
                log.error("%s: %s: %s", self._book.run.id, card.about, whereabouts(error))  # noqa: TRY400
                self._again(self._clock() + AFTER_ERROR)

    async def _show(self, card: Posting) -> None:
        place = await self._places.place(self._book.run.tenant, card.conversation)
        if place is None:
            await self._record(replace(card, sender="", trouble="The conversation is not known."))
            return
        if (wait := await self._messenger.turn(place)) > 0:
            await self._took(card, TryLater(wait))
            return
        content = await self._content(card)  # now, and not before: it may have changed while it waited
        showing = replace(card, step=self._book.run.step if card.about == RUN_CARD else "")
        if card.activity:
            outcome = await self._messenger.update(place, card.activity, content)
        else:
            outcome = await self._messenger.post(place, content)
        await self._took(showing if isinstance(outcome, Sent) else card, outcome)

    async def _leave(self, card: Posting) -> None:
        """Somebody is posting it, or nobody knows what came of the last post."""
        now = self._clock()
        if card.attempts > len(DOUBTS) and now >= _after_doubt(card):
            await self._record(replace(card, trouble="It is not known whether the card arrived."))
        else:
            self._again(max(now + AGAIN, _after_doubt(card) if card.sender == self._worker else now))

    async def _took(self, card: Posting, outcome: Outcome) -> None:
        now = self._clock()
        match outcome:
            case Sent(activity):
                await self._record(replace(card, activity=activity, shown=card.wanted, sender=""))
            case Refused(reason, gone) if gone and card.activity:
                log.info("%s: a card was deleted (%s); it is posted again", self._book.run.id, reason)
                self._again(now)
                await self._record(replace(card, activity="", shown=0, attempts=0))
            case Refused(reason):
                log.warning("%s: a card about %s cannot be shown: %s", self._book.run.id, card.about, reason)
                await self._record(replace(card, sender="", trouble=reason))
            case TryLater(seconds):
                self._again(now + timedelta(seconds=seconds))
                began = 0 if card.activity else 1  # that one surely did not arrive
                await self._record(replace(card, sender="", attempts=card.attempts - began))
            case Unsure():
                self._again(now + AGAIN if card.activity else _after_doubt(self._book.postings[card.id]))

    async def _content(self, card: Posting) -> Json:
        run, key = self._book.run, self._book.run.key
        if card.retired:
            return cards.lists.moved(run)
        if card.about == RUN_CARD:
            return cards.run.card(run, self._clock())
        if card.about == RESULT_CARD:
            return cards.result.card(run, await self._store.text(key, "result") or "")
        approval = self._book.approvals.get(card.about) or await self._store.approval(key, card.about)
        if approval is not None:
            return cards.approval.card(approval, run)
        failure = self._book.failures.get(card.about) or await self._store.failure(key, card.about)
        if failure is not None:
            return cards.failure.card(failure, run)
        raise LookupError(f"A card is about {card.about}, which the run {run.id} does not have.")

    # ---- recording ----------------------------------------------------------------------

    def _again(self, at: datetime) -> None:
        self._retry = min(self._retry or at, at)

    async def _record(self, card: Posting) -> None:
        await self._change(lambda book: book.presented(card))

    async def _change(self, change: Callable[[Book], Book]) -> None:
        """Write a change, and with it when somebody must look at the run again."""
        while True:
            after = change(self._book).rested_until(self._retry)
            if after == self._book:
                return
            try:
                self._book = await self._store.write(self._book, after)
            except ConflictError:
                await self._read_again()
            else:
                return

    async def _read_again(self) -> None:
        self._book = await self._store.read(self._book.run.key) or self._book


def _after_doubt(card: Posting) -> datetime:
    return (card.tried or card.at) + DOUBTS[min(max(card.attempts, 1), len(DOUBTS)) - 1]


def _place_and_time(card: Posting) -> tuple[str, datetime, str]:
    return card.conversation, card.at, card.id
