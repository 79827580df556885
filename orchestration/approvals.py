"""What people do with a question: decide it, hand it over, take it back, have it asked once more.

Each is checked against the stored records and written in one batch with all that follows from it.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from orchestration.book import Book, asking
from orchestration.calendar import WorkingCalendar
from orchestration.clock import Clock
from orchestration.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from orchestration.messages import BUDGET, DECISION, REPLY
from orchestration.model import Approval, Decision, Handover, Person, Run, RunKey, RunStatus, Verdict
from orchestration.ports import Dispatcher, People, RunStore
from orchestration.rules import (
    Rights,
    counted,
    glance,
    mark,
    may_hand_over,
    may_remind,
    may_see,
    may_withdraw,
    seat_of,
    verdict_of,
)
from orchestration.timers import next_reminder
from orchestration.values import canonical, checked

COMMENT_LIMIT = 4_000
"""Characters of a comment."""
REST = timedelta(minutes=15)
"""Between two reminders that people ask for."""


@dataclass(frozen=True)
class Ballot:
    """What somebody wants to decide. `source` names the click or message; the same source counts once."""

    key: RunKey
    approval: str
    verdict: Verdict
    comment: str
    by: Person
    conversation: str
    source: str
    option: str = ""
    values: str = ""
    """JSON: what to approve in place of the values as they are; empty: these."""
    seen: str = ""
    """Which values the card showed, by glance(); empty: it cannot have shown any."""


@dataclass(frozen=True)
class Outcome:
    """The question as it is now, and whether this ballot counts."""

    approval: Approval
    run: Run
    counted: bool


class Approvals:
    """Every refusal is a SignoffError with a sentence for the person, and changes nothing."""

    def __init__(
        self,
        *,
        store: RunStore,
        people: People,
        dispatcher: Dispatcher,
        clock: Clock,
        administrators: Collection[str] = (),
        calendar: WorkingCalendar | None = None,
    ) -> None:
        self._store, self._people, self._dispatcher, self._clock = store, people, dispatcher, clock
        self._administrators, self._calendar = frozenset(administrators), calendar

    # ---- deciding -----------------------------------------------------------------------

    async def decide(self, ballot: Ballot) -> Outcome:
        """Record what somebody answers, unless the question is settled already.

        Raises NotFoundError, NotAllowedError or InvalidInputError with a sentence for the person; then
        nothing has changed. StoreUnavailableError: nobody knows whether it counted; send the ballot again.
        """
        while True:
            try:
                return await self._decide(ballot)
            except ConflictError:
                continue  # somebody wrote first: look again

    async def _decide(self, ballot: Ballot) -> Outcome:
        book, approval = await self._found(ballot.key, ballot.approval)
        seat = await self._seat(approval, ballot.by, ballot.conversation)
        if not approval.pending or mark(ballot.source) in approval.heard:
            return Outcome(approval, book.run, counted=_is_own(approval, ballot))
        if book.run.status is RunStatus.FAILED:
            raise InvalidInputError("The run has failed. Resume it first, then decide.")
        decision = _decision(approval, ballot, seat, self._clock())
        if _same(approval.vote_of(ballot.by.id), decision):
            return Outcome(approval, book.run, counted=True)
        after = counted(approval, decision)
        settled = verdict_of(after) is not None
        change = asking.decided if settled else asking.voted
        written = change(book, after, decision)
        book = await self._store.write(book, written)
        await self._dispatcher.submit(ballot.key)
        return Outcome(written.approvals[approval.id], book.run, counted=True)

    async def _seat(self, approval: Approval, person: Person, conversation: str) -> str:
        """Return as whose answer that of a person counts. Raises NotAllowedError with a sentence."""
        elsewhere = person.tenant == approval.tenant and person.id not in approval.responders
        if not elsewhere or not approval.responders:
            return seat_of(approval, person, conversation)
        away = await self._people.represented(person.tenant, person.id, self._clock())
        return seat_of(approval, person, conversation, away)

    async def standing(
        self, key: RunKey, name: str, person: Person, conversation: str
    ) -> tuple[Outcome, Rights]:
        """Return a question as it stands, and what somebody may do with it.

        Raises NotFoundError for those who may not even see it.
        """
        book, approval = await self._found(key, name)
        decides = await self._decides(approval, person, conversation)
        if not decides and not may_see(book.run, person, conversation, self._administrators):
            raise NotFoundError("This question does not exist, or not for you.")
        manages = may_withdraw(book.run, person, self._administrators)
        rights = Rights(
            decide=decides,
            hand_over=person.id in approval.waits_for or (manages and bool(approval.waits_for)),
            withdraw=manages,
            remind=manages,
        )
        return Outcome(approval, book.run, counted=False), rights if approval.pending else Rights()

    async def _decides(self, approval: Approval, person: Person, conversation: str) -> bool:
        try:
            await self._seat(approval, person, conversation)
        except NotAllowedError:
            return False
        return True

    # ---- people -------------------------------------------------------------------------

    async def hand_over(self, key: RunKey, name: str, to: Person, by: Person, of: str = "") -> Outcome:
        """Put `to` in the place of the approver `of`; empty: one's own place, or the only one there is."""

        def change(book: Book, approval: Approval, now: datetime) -> Book:
            seat = of or _only_seat(approval, by)
            self._check_hand_over(book.run, approval, seat, to, by)
            return asking.handed_over(book, approval, Handover(seat, to, by, now))

        return await self._change(key, name, change)

    def _check_hand_over(self, run: Run, approval: Approval, seat: str, to: Person, by: Person) -> None:
        if not may_hand_over(run, by, seat, self._administrators):
            raise NotAllowedError(
                "Only the approver, whoever started the run, or an administrator can hand a question over."
            )
        if to.tenant != approval.tenant or to.id == approval.excluded:
            raise InvalidInputError(
                f"{to.name or 'This person'} may not decide this question. Choose somebody else."
            )
        if to.id in approval.responders or approval.vote_of(to.id):
            raise InvalidInputError(f"{to.name or 'This person'} is asked already. Choose somebody else.")
        if approval.responders and seat not in approval.waits_for:
            raise InvalidInputError("That approver has answered already, or was not asked.")

    async def withdraw(self, key: RunKey, name: str, by: Person) -> Outcome:
        """Take a question back, which ends its run."""
        return await self._change(key, name, partial(self._withdrawn, by=by))

    def _withdrawn(self, book: Book, approval: Approval, now: datetime, by: Person) -> Book:
        if not may_withdraw(book.run, by, self._administrators):
            raise NotAllowedError(
                "Only whoever started the run, or an administrator, can withdraw a question."
            )
        return asking.withdrawn(book, approval, by, now)

    async def remind(self, key: RunKey, name: str, by: Person) -> Outcome:
        """Ask the question once more."""
        return await self._change(key, name, partial(self._reminded, by=by))

    def _reminded(self, book: Book, approval: Approval, now: datetime, by: Person) -> Book:
        if not may_remind(approval, book.run, by, self._administrators):
            raise NotAllowedError("Only whoever started the run, an approver or an administrator can remind.")
        last = approval.reminded or approval.asked
        if now - last < REST:
            minutes = int((last + REST - now).total_seconds() // 60) + 1
            raise InvalidInputError(f"People were asked a moment ago. You can remind them in {minutes} min.")
        return asking.reminded(book, approval, next_reminder(approval, now, self._calendar), now, by)

    async def _change(
        self, key: RunKey, name: str, change: Callable[[Book, Approval, datetime], Book]
    ) -> Outcome:
        while True:
            book, approval = await self._found(key, name)
            if not approval.pending:
                raise InvalidInputError(f"This question is closed: {approval.status}.")
            written = change(book, approval, self._clock())
            try:
                book = await self._store.write(book, written)
            except ConflictError:
                continue  # somebody wrote first: look again
            await self._dispatcher.submit(key)
            return Outcome(written.approvals[name], book.run, counted=True)

    async def _found(self, key: RunKey, name: str) -> tuple[Book, Approval]:
        book = await self._store.read(key)
        approval = book and (book.approvals.get(name) or await self._store.approval(key, name))
        if book is None or approval is None:
            raise NotFoundError("This question does not exist, or not for you.")
        return book, approval


def _decision(approval: Approval, ballot: Ballot, seat: str, now: datetime) -> Decision:
    comment = ballot.comment.strip()
    if len(comment) > COMMENT_LIMIT:
        what = "An answer" if approval.kind == REPLY else "A comment"
        raise InvalidInputError(f"{what} can have {COMMENT_LIMIT:,} characters. Please shorten it.")
    if approval.kind == REPLY:
        _check_reply(approval, ballot.verdict, comment)
    if ballot.verdict is Verdict.REQUEST_CHANGES and approval.kind == BUDGET:
        raise InvalidInputError("There is nothing to change here: approve it or reject it.")
    if ballot.verdict is Verdict.REQUEST_CHANGES and not comment:
        raise InvalidInputError("Please say what should change, then choose Request changes again.")
    if ballot.verdict is Verdict.REJECT and approval.comment_on_reject and not comment:
        raise InvalidInputError("Please say why in the comment, then choose Reject again.")
    approves = ballot.verdict is Verdict.APPROVE
    return Decision(
        verdict=ballot.verdict,
        comment=comment,
        by=ballot.by,
        at=now,
        source=ballot.source,
        seat="" if seat == ballot.by.id else seat,
        values=_values(approval, ballot) if approves else "",
        option=_option(approval, ballot) if approves else "",
    )


def _check_reply(approval: Approval, verdict: Verdict, comment: str) -> None:
    if verdict is Verdict.REJECT:
        if not approval.options:
            raise InvalidInputError("An answer is needed here. To end the run, choose Stop on its card.")
    elif not comment:
        raise InvalidInputError("Please write your answer first, then choose Send again.")


def _values(approval: Approval, ballot: Ballot) -> str:
    """Return what is approved: the values that the person has seen, or theirs in place of these."""
    if ballot.seen != glance(approval):
        raise InvalidInputError(
            "The values have changed since your card was drawn. Open the question again and look at them."
        )
    if not ballot.values:
        return approval.values
    if not approval.schema:
        raise InvalidInputError("The values of this question cannot be changed.")
    given = json.loads(ballot.values)
    checked(json.loads(approval.schema), given)
    return canonical(given)


def _option(approval: Approval, ballot: Ballot) -> str:
    if approval.kind != DECISION:
        return ""
    if ballot.option not in {option.id for option in approval.options}:
        raise InvalidInputError("Choose one of the options first.")
    return ballot.option


def _only_seat(approval: Approval, by: Person) -> str:
    """Whose place is meant when nobody says it."""
    if by.id in approval.waits_for:
        return by.id
    if len(approval.waits_for) > 1:
        raise InvalidInputError("Several people are asked. Say whose place it is.")
    return approval.waits_for[0] if approval.waits_for else ""


def _same(vote: Decision | None, decision: Decision) -> bool:
    """Whether somebody says once more what they have said."""
    if vote is None:
        return False
    said = (decision.verdict, decision.values, decision.option)
    return (vote.verdict, vote.values, vote.option) == said and decision.comment in {"", vote.comment}


def _is_own(approval: Approval, ballot: Ballot) -> bool:
    settled = approval.decision is not None and approval.decision.source == ballot.source
    return settled or mark(ballot.source) in approval.heard
