"""Deciding a question: who may, once, with all that follows from it in one batch."""

from dataclasses import dataclass

from orchestration.book import asking
from orchestration.clock import Clock
from orchestration.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from orchestration.model import Approval, Decision, Person, Run, RunKey, RunStatus, Verdict
from orchestration.ports import Dispatcher, RunStore
from orchestration.rules import may_decide

COMMENT_LIMIT = 4_000
"""Characters of a comment."""


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


@dataclass(frozen=True)
class Outcome:
    """The question as it is now, and whether this ballot decided it."""

    approval: Approval
    run: Run
    counted: bool


class Approvals:
    """Takes decisions. The first valid one wins; everybody else is told which it was."""

    def __init__(self, *, store: RunStore, dispatcher: Dispatcher, clock: Clock) -> None:
        self._store, self._dispatcher, self._clock = store, dispatcher, clock

    async def decide(self, ballot: Ballot) -> Outcome:
        """Record a decision, unless the question is closed already.

        Raises NotFoundError, NotAllowedError or InvalidInputError with a sentence for the person; then
        nothing has changed. StoreUnavailableError: nobody knows whether it counted; send the ballot again.
        """
        while True:
            try:
                return await self._decide(ballot)
            except ConflictError:
                continue  # somebody wrote first: look again

    async def _decide(self, ballot: Ballot) -> Outcome:
        book = await self._store.read(ballot.key)
        approval = book and (book.approvals.get(ballot.approval) or await self._closed(ballot))
        if book is None or approval is None:
            raise NotFoundError("This question does not exist, or not for you.")
        if not may_decide(approval, ballot.by, ballot.conversation):
            raise NotAllowedError(_refusal(approval))
        if not approval.pending:
            return Outcome(approval, book.run, counted=_is_own(approval, ballot))
        if book.run.status is RunStatus.FAILED:
            raise InvalidInputError("The run has failed. Resume it first, then decide.")
        decided = asking.decided(book, approval, self._decision(ballot))
        book = await self._store.write(book, decided)
        await self._dispatcher.submit(ballot.key)
        return Outcome(decided.approvals[approval.id], book.run, counted=True)

    async def _closed(self, ballot: Ballot) -> Approval | None:
        return await self._store.approval(ballot.key, ballot.approval)

    def _decision(self, ballot: Ballot) -> Decision:
        comment = ballot.comment.strip()
        if len(comment) > COMMENT_LIMIT:
            raise InvalidInputError(f"A comment can have {COMMENT_LIMIT:,} characters. Please shorten it.")
        if ballot.verdict is Verdict.REQUEST_CHANGES and not comment:
            raise InvalidInputError("Please say what should change, then choose Request changes again.")
        return Decision(ballot.verdict, comment, ballot.by, self._clock(), ballot.source)


def _is_own(approval: Approval, ballot: Ballot) -> bool:
    return approval.decision is not None and approval.decision.source == ballot.source


def _refusal(approval: Approval) -> str:
    if approval.approvers:
        return "You are not one of the approvers of this run, so nothing was changed."
    return "This can only be decided in the conversation where it was asked. Nothing was changed."
