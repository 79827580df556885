"""What happens to a run by itself when a time has come: reminder, escalation, expiry, end of life. Pure.

The times are stored with the records, and whoever finds them passed writes what follows on condition of the
run's version. So each fires once, also when two look at once or somebody answers in the same instant.
"""

from collections.abc import Iterable
from datetime import datetime

from orchestration.book import LIFE, Book, asking, life
from orchestration.calendar import WorkingCalendar, deadline
from orchestration.model import Approval, Failure, position_of

FAIL = "fail"
MOST_REMINDERS = 3
"""After that, silence has another reason than having forgotten."""


def fired(
    book: Book, now: datetime, notices: Iterable[str] = (), calendar: WorkingCalendar | None = None
) -> Book:
    """Return the book with everything done whose time has come; the same book if nothing has."""
    if book.run.over:
        return book
    if book.run.started + LIFE <= now:
        return life.outlived(book, now)
    for approval in book.pending:
        book = _fired(book, approval, now, notices, calendar)
    return book


def _fired(
    book: Book, approval: Approval, now: datetime, notices: Iterable[str], calendar: WorkingCalendar | None
) -> Book:
    if book.run.over:
        return book
    if approval.expires and approval.expires <= now:
        if approval.on_expiry == FAIL:
            return asking.ran_out(book, approval, _failure(book, approval, now), notices)
        return asking.expired(book, approval, now)
    if approval.escalate and approval.escalate <= now:
        return asking.escalated(book, approval, _again(approval, approval.escalate_every, now, calendar), now)
    if approval.remind and approval.remind <= now:
        return asking.reminded(book, approval, next_reminder(approval, now, calendar), now)
    return book


def next_reminder(approval: Approval, now: datetime, calendar: WorkingCalendar | None) -> datetime | None:
    """Return when to remind once more after a reminder now; None: often enough."""
    if approval.reminders + 1 >= MOST_REMINDERS:
        return None
    return _again(approval, approval.remind_every, now, calendar)


def _again(
    approval: Approval, seconds: float, now: datetime, calendar: WorkingCalendar | None
) -> datetime | None:
    return deadline(calendar, now, seconds, working_time=approval.working_time)


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
