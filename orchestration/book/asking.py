"""What happens to a question after it was asked. Each change takes a book and returns the next one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from orchestration.book import life, showing
from orchestration.book.core import Book
from orchestration.model import SIGNOFF, Approval, Decision, Failure, Handover, Person, Verdict

# ---- answers ------------------------------------------------------------------------------------


def voted(book: Book, approval: Approval, decision: Decision) -> Book:
    """A person answered, and more answers are needed. `approval` has the answer among its votes."""
    return _answered(book.having(approval).stale(approval.id), "voted", approval, decision)


def decided(book: Book, approval: Approval, decision: Decision) -> Book:
    """A person gave the answer that settles it: every card of the question is stale, and the run due."""
    book = book.having(approval.decided(decision)).stale(approval.id)
    book = book.with_run(decision.at, due=decision.at)
    book = life.answered(book, approval, decision.at)
    return _followed(_answered(book, "decided", approval, decision), approval.id, decision)


def _followed(book: Book, name: str, decision: Decision) -> Book:
    """What follows at once from the answer to a question that no workflow asks."""
    approval = book.approvals[name]
    if approval.grants is None:
        return book
    book = book.having(replace(approval, delivered=True))
    if decision.verdict is Verdict.APPROVE:
        return life.granted(book, approval.grants, decision.at)
    return life.turned_down(book, decision.at)


def _answered(book: Book, what: str, approval: Approval, decision: Decision) -> Book:
    return book.told(
        decision.at,
        f"{what}: {decision.verdict}",
        decision.by,
        about=approval.id,
        detail=decision.comment or decision.option,
        values=decision.values,
        source=decision.source,
    )


# ---- people -------------------------------------------------------------------------------------


def handed_over(book: Book, approval: Approval, handover: Handover) -> Book:
    """Somebody answers in the place of another approver, or in that of whoever saw it."""
    others = tuple(person for person in approval.approvers if person != handover.of)
    superiors = tuple(person for person in approval.superiors if person != handover.of)
    raised = len(superiors) < len(approval.superiors)
    changed = replace(
        approval,
        approvers=others if raised else (*others, handover.to.id),
        superiors=(*superiors, handover.to.id) if raised else superiors,
        handovers=(*approval.handovers, handover),
    )
    book = book.asking(changed, [handover.to.id]).stale(approval.id)
    return book.told(
        handover.at,
        "handed over",
        handover.by,
        about=approval.id,
        detail=f"{handover.of} to {handover.to.id}",
    )


def withdrawn(book: Book, approval: Approval, by: Person, at: datetime) -> Book:
    """The requester takes the question back: the run ends, as nobody will answer it."""
    return life.cancelled(book.told(at, "withdrawn", by, about=approval.id), by, at)


def called(
    book: Book,
    approval: Approval,
    people: Iterable[str],
    *,
    chats: Mapping[str, str],
    unreached: Collection[str],
    at: datetime,
) -> Book:
    """These people are seen to: some get a card in their own chat, some nothing reaches."""
    seen = tuple(dict.fromkeys((*approval.called, *people)))
    missing = tuple(person for person in seen if person in unreached or person in approval.unreached)
    changed = replace(approval, called=seen, unreached=missing)
    book = book.having(changed)
    if missing != approval.unreached:
        book = book.stale(approval.id)
    for person, where in chats.items():
        book = showing.shown_also(book, approval.id, person, where, at)
    return book


# ---- time ---------------------------------------------------------------------------------------


def expired(book: Book, approval: Approval, at: datetime) -> Book:
    """Nobody answered in time: what was said at the start counts as the answer."""
    verdict = Verdict(approval.on_expiry)
    clock = Person(book.run.tenant, "", SIGNOFF)
    values = approval.values if verdict is Verdict.APPROVE else ""
    decision = Decision(
        verdict, "Nobody answered in time.", clock, at, f"expiry|{approval.id}", values=values
    )
    book = book.having(approval.expired(decision, at)).stale(approval.id).with_run(at, due=at)
    book = book.told(at, f"timed out: {verdict}", about=approval.id, values=values)
    return _followed(book, approval.id, decision)


def ran_out(book: Book, approval: Approval, failure: Failure, notices: Iterable[str]) -> Book:
    """Nobody answered in time, and the run cannot go on without an answer."""
    book = book.having(approval.expired(None, failure.at)).stale(approval.id)
    book = book.told(failure.at, "timed out", about=approval.id)
    return life.failed(book, failure, notices, "")


def escalated(book: Book, approval: Approval, again: datetime | None, at: datetime) -> Book:
    """Nobody answered in time, so the next are asked as well. `again`: when those after them are."""
    called, *rest = approval.escalate_to
    superiors = tuple(dict.fromkeys((*approval.superiors, *called)))
    changed = replace(
        approval, superiors=superiors, escalate_to=tuple(rest), escalate=again if rest else None
    )
    book = _asked_again(book.asking(changed, called), changed, f"escalation-{len(rest)}", at)
    return book.told(at, "escalated", about=approval.id, detail=", ".join(called))


def reminded(
    book: Book, approval: Approval, again: datetime | None, at: datetime, by: Person | None = None
) -> Book:
    """Ask once more, below what was said since; the older card makes way. `again`: when it is next."""
    number = approval.reminders + 1
    reached = tuple(person for person in approval.called if person not in approval.unreached)
    changed = replace(approval, remind=again, reminded=at, reminders=number, called=reached, unreached=())
    book = _asked_again(book.having(changed), changed, f"reminder-{number}", at)
    return book.told(at, "reminded", by, about=approval.id, detail=", ".join(approval.waits_for))


def _asked_again(book: Book, approval: Approval, source: str, at: datetime) -> Book:
    places = sorted({card.conversation for card in book.cards_of(approval.id)})
    for number, where in enumerate(places, 1):
        book = showing.shown_again(book, approval.id, where, f"{source}-{number}", at)
    return book
