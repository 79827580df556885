"""What happens to a run by itself when a time has come: reminders, expiry, the end of its life. Pure.

The times are stored with the records, and whoever finds them passed writes what follows on condition of the
run's version. So each fires once, also when two look at once or somebody answers in the same instant.
"""

from collections.abc import Iterable
from datetime import datetime

from orchestration.book import LIFE, Book, asking, life
from orchestration.model import Approval, Failure, position_of

FAIL = "fail"


def fired(book: Book, now: datetime, notices: Iterable[str] = ()) -> Book:
    """Return the book with everything done whose time has come; the same book if nothing has."""
    if book.run.over:
        return book
    if book.run.started + LIFE <= now:
        return life.outlived(book, now)
    for approval in book.pending:
        book = _fired(book, approval, now, notices)
    return book


def _fired(book: Book, approval: Approval, now: datetime, notices: Iterable[str]) -> Book:
    if book.run.over:
        return book
    if approval.expires and approval.expires <= now:
        if approval.on_expiry == FAIL:
            return asking.ran_out(book, approval, _failure(book, approval, now), notices)
        return asking.expired(book, approval, now)
    if approval.remind and approval.remind <= now:
        return asking.reminded(book, approval, now)
    return book


def _failure(book: Book, approval: Approval, now: datetime) -> Failure:
    run = book.run
    number = position_of(run.steps, approval.step)
    return Failure(
        id=f"failure-{run.failures + 1}",
        step=approval.step,
        step_title=run.steps[number - 1].title if number else approval.step,
        position=number,
        total=len(run.steps),
        reason="Nobody answered in time.",
        cause="Expired",
        at=now,
        kept="Everything up to this step is saved. Retry starts again with the same input.",
        resumable=False,
    )
