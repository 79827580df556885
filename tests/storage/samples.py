"""Records for the tests of the stores, with every field set to something of its own."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestration.book import Book, life
from orchestration.model import (
    Approval,
    Checkpoint,
    Decision,
    Event,
    Failure,
    Person,
    Posting,
    Remedy,
    Run,
    RunStatus,
    Share,
    Step,
    Usage,
    Verdict,
)
from orchestration.prices import Money

NOW = datetime(2026, 3, 4, 5, 6, 7, 89, UTC)
TENANT = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"
MIA = Person(TENANT, "mia-object-id", "Mia Ångström 😀")
JON = Person(TENANT, "jon-object-id", "Jon")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def a_run(**changes: object) -> Run:
    run = Run(
        tenant=TENANT,
        id=f"run-20260304-{uuid.uuid4().hex[:8]}",
        workflow="release-notes",
        workflow_version=3,
        workflow_title="Release notes",
        title="payments API",
        steps=(Step("plan", "Plan"), Step("write", "Write")),
        requester=MIA,
        conversation="19:here@thread.v2",
        started=NOW,
        changed=NOW,
        model="demo",
    )
    return replace(run, **changes)


SHARES = (
    Share("plan", "m", 2, 30, 4, Decimal("0.0000125"), "EUR"),
    Share("write", "local", 1, 970, 196),
)


def a_full_run() -> Run:
    return a_run(
        status=RunStatus.FAILED,
        step="write",
        approvers=("mia-object-id", "jon-object-id"),
        worker="worker-1",
        epoch=4,
        checkpoint=7,
        sequence=7,
        events=2,
        failures=1,
        due=later(60),
        ended=later(30),
        usage=Usage(3, 1000, 200),
        shares=SHARES,
        ceiling=Money(Decimal("5.10"), "EUR"),
        graph="hash",
        spent=(("plan", 0.5), ("write", 12.0)),
        since=later(1),
        answers=(61.5, 3.0),
        failed_step="Write",
        failed_cause="Timeout",
        retry_of="run-20260303-abcdefgh",
        changed=later(1),
    )


def a_question(run: Run, name: str = "question-1", **changes: object) -> Approval:
    question = Approval(
        id=name,
        tenant=run.tenant,
        run=run.id,
        title="Publish these notes?",
        text="# Notes\n…",
        step="write",
        asked=later(5),
        conversation=run.conversation,
        revision=2,
        last_revision=3,
        approvers=("mia-object-id",),
    )
    return replace(question, **changes)


def a_decision(source: str = "activity-1") -> Decision:
    return Decision(Verdict.REQUEST_CHANGES, "Shorter, please", JON, later(9), source)


def a_failure(name: str = "failure-1", **changes: object) -> Failure:
    failure = Failure(
        id=name,
        step="write",
        step_title="Write",
        position=2,
        total=2,
        reason="The model did not answer",
        cause="Timeout",
        at=later(8),
        kept="The first draft is saved.",
    )
    return replace(failure, **changes)


def a_remedied_failure() -> Failure:
    return a_failure(
        "failure-0",
        resumable=False,
        remedy=Remedy.RETRIED,
        remedied_by=JON,
        remedied_at=later(9),
        successor="run-20260304-successor",
    )


def a_posting(name: str = "run-1", about: str = "run", **changes: object) -> Posting:
    return replace(Posting(name, about, "19:there@thread.v2", later(2)), **changes)


def a_full_book() -> Book:
    """Every kind of record with every field set; all of them live."""
    run = a_full_run()
    posting = a_posting(
        wanted=3, shown=2, activity="activity-7", attempts=1, sender="worker-1", tried=later(3), trouble=""
    )
    answered = a_question(run, "question-0").decided(a_decision())
    return Book(
        run=run,
        approvals={a.id: a for a in (answered, a_question(run, grants=Money(Decimal("2.50"), "EUR")))},
        failures={"failure-1": a_failure()},
        postings={p.id: p for p in (posting, a_posting("question-1-card-1", "question-1", shown=1))},
        news=(Event(1, NOW, "started", MIA, "run", "again"), Event(2, later(1), "failed")),
        texts={"input": "payments API", "failure-1-stack": "Traceback…"},
        checkpoint=a_checkpoint(7),
    )


def a_checkpoint(number: int, data: bytes = b"\x00\xff pickled") -> Checkpoint:
    outputs = (("first", True), ("second", False))
    return Checkpoint(
        number,
        later(number),
        "write",
        data,
        usage=Usage(2, 30, 4),
        shares=SHARES[:1],
        spent=(("write", 1.25),),
        outputs=outputs,
    )


def opened(**changes: object) -> Book:
    return life.opened(a_run(**changes), "payments API", NOW)


def as_read(book: Book, version: int) -> Book:
    """What reading gives after the book was written, when all its records are live."""
    run = replace(book.run, version=version)
    return replace(book, run=run, news=(), texts={}, checkpoint=None)
