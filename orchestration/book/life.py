"""What happens to a run, from its start to its end. Each change takes a book and returns the next one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from orchestration.book.core import Book
from orchestration.model import (
    RESULT_CARD,
    RUN_CARD,
    Approval,
    Checkpoint,
    Failure,
    Person,
    Posting,
    Remedy,
    Run,
    RunStatus,
    costs,
)
from orchestration.prices import Money

ANSWERS = 50
"""How many of its newest answers a run counts the seconds of."""

BACKSTOP = timedelta(minutes=10)
"""A run at work is found by its worker's name; if ever that fails, somebody looks at it after this time."""


def opened(run: Run, text: str, at: datetime) -> Book:
    """A new run: queued, its card wanted where it was started."""
    card = Posting(id=f"{RUN_CARD}-1", about=RUN_CARD, conversation=run.conversation, at=at)
    book = Book(run=replace(run, due=at), postings={card.id: card}, texts={"input": text})
    return book.told(at, "started", run.requester, detail=run.retry_of)


def claimed(book: Book, worker: str, at: datetime) -> Book:
    """One more attempt to advance, owned by `worker`."""
    return book.fenced(at).with_run(
        at,
        status=RunStatus.RUNNING,
        worker=worker,
        epoch=book.run.epoch + 1,
        attempts=book.run.attempts + 1,
        again=None,
        trouble="",
        due=book.no_later_than(at + BACKSTOP),
    )


def progressed(
    book: Book,
    checkpoint: Checkpoint,
    graph: str,
    asked: Iterable[Approval],
    waits: frozenset[str],
) -> Book:
    """A superstep ended: its checkpoint, the questions it asks, and the answers it has taken in.

    `waits` are the ids of all questions that the checkpoint still waits for.
    """
    at = checkpoint.at
    book = replace(book, run=replace(book.run.reached(checkpoint), graph=graph), checkpoint=checkpoint)
    for approval in book.approvals.values():
        if approval.id not in waits:
            book = _taken_in(book, approval, at)
    for approval in asked:
        if approval.id not in book.approvals:
            book = _asked(book, approval)
    return book


def _taken_in(book: Book, approval: Approval, at: datetime) -> Book:
    if approval.pending:  # the workflow no longer asks
        return book.having(approval.cancelled(at)).stale(approval.id).told(at, "withdrawn", about=approval.id)
    return book.having(replace(approval, delivered=True))


def _asked(book: Book, approval: Approval) -> Book:
    where = approval.conversation
    card = Posting(f"{approval.id}-card-1", about=approval.id, conversation=where, at=approval.asked)
    book = book.asking(approval, approval.responders).having(card)
    book = book.told(approval.asked, "asked", about=approval.id, values=approval.proposed)
    return replace(book, run=replace(book.run, due=book.no_later_than(book.run.due)))


def answered(book: Book, approval: Approval, at: datetime) -> Book:
    """A person answered for good: the run counts how long that took."""
    took = max(0.0, (at - approval.asked).total_seconds())
    answers = (*book.run.answers, round(took, 1))[-ANSWERS:]
    return replace(book, run=replace(book.run, answers=answers))


def rested(book: Book, at: datetime) -> Book:
    """The attempt ended with open questions: the run waits. Its cards are due now."""
    return book.with_run(at, status=RunStatus.WAITING, worker="", due=at)


def held_up(book: Book, approval: Approval, at: datetime) -> Book:
    """Before a step is tried again, people are asked whether the run may cost more: it waits for them."""
    return rested(_asked(book, approval), at)


def granted(book: Book, more: Money, at: datetime) -> Book:
    """The run has cost what it may, and people let it go on: it may cost so much more."""
    cost = sum(each.amount for each in costs(book.run.shares) if each.currency == more.currency)
    ceiling = Money(cost + more.amount, more.currency)
    return book.with_run(at, status=RunStatus.QUEUED, ceiling=ceiling, due=at)


def turned_down(book: Book, at: datetime) -> Book:
    """The run has cost what it may, and people do not let it go on. What was saved stays."""
    return _ended(book, RunStatus.REJECTED, at).told(at, RunStatus.REJECTED.value)


def postponed(book: Book, reason: str, until: datetime, at: datetime) -> Book:
    """The step failed in a way that may pass: it is tried again."""
    book = book.fenced(at).with_run(
        at,
        status=RunStatus.TRYING_AGAIN,
        worker="",
        tries=book.run.tries + 1,
        again=until,
        trouble=reason,
        due=book.no_later_than(until),
    )
    return book.told(at, "trying again", detail=reason)


def sidestepped(book: Book, step: str, reason: str, at: datetime) -> Book:
    """The step failed for good: its fallback works in its place, from the same checkpoint."""
    book = book.fenced(at).with_run(
        at,
        status=RunStatus.QUEUED,
        worker="",
        diverted=(*book.run.diverted, step),
        graph="",
        tries=0,
        attempts=0,
        due=at,
    )
    return book.told(at, "fell back", about=step, detail=reason)


def completed(book: Book, text: str, *, accepted: bool, at: datetime) -> Book:
    """The workflow ended with a result."""
    status = RunStatus.COMPLETED if accepted else RunStatus.REJECTED
    card = Posting(id=f"{RESULT_CARD}-1", about=RESULT_CARD, conversation=book.run.conversation, at=at)
    book = _ended(book, status, at).told(at, status.value)
    book = replace(book, texts={**book.texts, "result": text})
    return book.having(card) if accepted else book


def failed(book: Book, failure: Failure, notices: Iterable[str], stack: str) -> Book:
    """The attempt failed: the failure and its cards, here and in the channels that get notices."""
    at = failure.at
    book = book.with_run(
        at, failures=book.run.failures + 1, failed_step=failure.step_title, failed_cause=failure.cause
    )
    book = _ended(book, RunStatus.FAILED, at, asks_again=failure.resumable)
    book = book.having(failure).told(at, "failed", about=failure.id, detail=failure.reason)
    for number, conversation in enumerate(dict.fromkeys([book.run.conversation, *notices]), 1):
        book = book.having(
            Posting(id=f"{failure.id}-card-{number}", about=failure.id, conversation=conversation, at=at)
        )
    return replace(book, texts={**book.texts, f"{failure.id}-stack": stack})


def cancelled(book: Book, by: Person, at: datetime) -> Book:
    """A person stops the run: every open question closes with it."""
    book = _remedied(_ended(book, RunStatus.CANCELLED, at), Remedy.CANCELLED, by, at)
    return book.told(at, "cancelled", by)


def resumed(book: Book, by: Person, at: datetime) -> Book:
    """A failed run goes on from its last checkpoint."""
    away = at - (book.run.ended or at)
    book = book.with_run(at, status=RunStatus.QUEUED, ended=None, tries=0, worked=0.0, due=at)
    for approval in book.pending:
        book = book.having(approval.later(away)).stale(approval.id)
    return _remedied(book, Remedy.RESUMED, by, at).told(at, "resumed", by)


def retried(book: Book, by: Person, at: datetime, successor: str, origin: int = 0) -> Book:
    """A new run is to be started with the same input; whoever advances this one makes sure of it.

    With `origin` it starts from the state of that checkpoint, in place of the beginning.
    """
    book = book.with_run(at, due=at, successor=successor, successor_origin=origin, retried_by=by)
    book = _remedied(book, Remedy.RETRIED, by, at, successor)
    return book.stale(RUN_CARD).told(at, "retried", by, detail=successor)


def outlived(book: Book, at: datetime) -> Book:
    """Nobody wanted it for a year."""
    return _ended(book, RunStatus.CANCELLED, at).told(at, "cancelled", detail="a year has passed")


def _ended(book: Book, status: RunStatus, at: datetime, *, asks_again: bool = False) -> Book:
    """The run ends. Its questions close with it, unless it can be resumed and then asks again."""
    book = book.fenced(at) if book.run.worker else book
    book = book.with_run(at, status=status, worker="", epoch=book.run.epoch + 1, ended=at, due=at)
    for approval in book.pending:
        if not asks_again:
            book = book.having(approval.cancelled(at))
        book = book.stale(approval.id)
    return book.stale(RUN_CARD)


def _remedied(book: Book, remedy: Remedy, by: Person, at: datetime, successor: str = "") -> Book:
    for failure in book.failures.values():
        if failure.open:
            done = replace(failure, remedy=remedy, remedied_by=by, remedied_at=at, successor=successor)
            book = book.having(done).stale(failure.id)
    return book
