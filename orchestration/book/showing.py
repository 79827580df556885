"""What happens to the cards of a run. Each change takes a book and returns the next one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from orchestration.book.core import Book
from orchestration.model import Posting

SLACK, MOST_SLACK = timedelta(seconds=2), timedelta(seconds=10)
"""Cards that wait are due later than they are tried again, so that not each try need be written.

Whoever shows them comes back by itself; only after its death they are late by as much.
"""


def shown_again(book: Book, about: str, conversation: str, source: str, at: datetime) -> Book:
    """A new card about a record, where somebody asked for it; an older one there makes way for it.

    The same source gets one card.
    """
    older = [card for card in book.cards_of(about) if card.conversation == conversation]
    instead = any(card.instead for card in older)
    card = Posting(f"{about}-card-{source}", about, conversation, at, instead=instead)
    if card.id in book.postings:
        return book
    book = book.with_run(at, due=at)
    for each in older:
        book = book.having(each.retire())
    return book.having(card)


def sending(book: Book, posting: Posting, worker: str, at: datetime) -> Book:
    """A worker is about to post this card. Whoever finds it so later cannot know what came of it."""
    return book.having(replace(posting, sender=worker, attempts=posting.attempts + 1, tried=at))


def withheld(book: Book, posting: Posting) -> Book:
    """It surely did not get there: it can be posted, or updated, at any time."""
    begun = 0 if posting.activity else 1
    return presented(book, replace(posting, sender="", attempts=posting.attempts - begun))


def presented(book: Book, posting: Posting) -> Book:
    """What came of showing a card."""
    current = book.postings.get(posting.id)
    if current is None:  # another worker has shown it, settled it, and perhaps been overwritten by this card
        return book.having(posting.stale())
    return book.having(replace(posting, wanted=current.wanted, retired=current.retired))  # may have grown


def moved(book: Book, posting: Posting, chats: Mapping[str, str], at: datetime) -> Book:
    """A card cannot be shown where it belongs: it goes to the chats of these people, once to each.

    `posting` says what the trouble is; `chats` are named by whose they are.
    """
    current, book = book.postings.get(posting.id), presented(book, posting)
    if current is None or current.trouble:  # another worker was told the same, and has done it
        return book
    for person, where in chats.items():
        book = shown_also(book, posting.about, person, where, at, instead=True)
    return book


def shown_also(
    book: Book, about: str, person: str, where: str, at: datetime, *, instead: bool = False
) -> Book:
    """Somebody gets a card in their own chat, once. `instead`: nothing reaches the place it is for."""
    card = Posting(f"{about}-card-for-{person}", about=about, conversation=where, at=at, instead=instead)
    if card.id in book.postings or any(other.conversation == where for other in book.cards_of(about)):
        return book
    approval = book.approvals.get(about)
    return (book.having(approval.also_in(where)) if approval else book).having(card)


def rested_until(book: Book, retry: datetime | None, now: datetime) -> Book:
    """Cards are due at `retry` if some are still to be shown; a run that has work stays due as it is."""
    if book.has_work:
        return book
    if not book.unsettled:
        return replace(book, run=replace(book.run, due=book.next_timer))
    again = retry or book.run.changed
    slack = _slack(again - now)
    if book.run.due and again <= book.run.due <= again + slack:
        return book  # near enough: whoever shows the cards comes back by itself unless it dies
    due = book.no_later_than(again + slack if retry else again)
    return replace(book, run=replace(book.run, due=due))


def _slack(wait: timedelta) -> timedelta:
    """Half the wait: what must wait for long because Teams takes no more may be late by more as well."""
    return min(max(SLACK, wait / 2), MOST_SLACK)
