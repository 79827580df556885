"""What happens to a question after it was asked. Each change takes a book and returns the next one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from orchestration.book import life, showing
from orchestration.book.core import Book
from orchestration.model import SIGNOFF, Approval, Decision, Failure, Person, Verdict


def decided(book: Book, approval: Approval, decision: Decision) -> Book:
    """A person answered: recorded, audited, every card of the question stale, and the run due."""
    book = book.having(approval.decided(decision)).stale(approval.id)
    book = book.with_run(decision.at, due=decision.at)
    return book.told(decision.at, f"decided: {decision.verdict}", decision.by, approval.id, decision.comment)


def expired(book: Book, approval: Approval, at: datetime) -> Book:
    """Nobody answered in time: what was said at the start counts as the answer."""
    verdict = Verdict(approval.on_expiry)
    clock = Person(book.run.tenant, "", SIGNOFF)
    decision = Decision(verdict, "Nobody answered in time.", clock, at, f"expiry|{approval.id}")
    book = book.having(approval.expired(decision, at)).stale(approval.id).with_run(at, due=at)
    return book.told(at, f"timed out: {verdict}", about=approval.id)


def ran_out(book: Book, approval: Approval, failure: Failure, notices: Iterable[str]) -> Book:
    """Nobody answered in time, and the run cannot go on without an answer."""
    book = book.having(approval.expired(None, failure.at))
    book = book.told(failure.at, "timed out", about=approval.id)
    return life.failed(book, failure, notices, "")


def reminded(book: Book, approval: Approval, at: datetime) -> Book:
    """Ask once more, below what was said since; the older card makes way."""
    book = book.having(replace(approval, remind=None, reminded=at))
    places = sorted({card.conversation for card in book.cards_of(approval.id)})
    for number, where in enumerate(places, 1):
        book = showing.shown_again(book, approval.id, where, f"reminder-{number}", at)
    return book.told(at, "reminded", about=approval.id)
