"""Free text as an answer to the question that waits in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import cards.lists
from bot.activities import Inbound
from bot.commands import Reply
from bot.wire import Json
from orchestration.approvals import Approvals, Ballot, Outcome
from orchestration.model import Approval, Verdict
from orchestration.ports import RunFinder
from orchestration.wording import quoted

MOST = 10
"""Questions to choose from."""

RECORDED = {
    Verdict.APPROVE: "Approved. Run {} goes on.",
    Verdict.REQUEST_CHANGES: "Changes requested. Run {} goes on.",
    Verdict.REJECT: "Rejected. Run {} ends here.",
}
NEWER = "A newer question was asked after you wrote this. Please read it and answer again."


@dataclass(frozen=True)
class Said:
    """What the bot says back: a sentence, a card, or nothing because it has said it before."""

    sentence: str = ""
    card: Json | None = None


class Replies:
    """Finds the question that a reply answers. Several: asks which. None: says so. Never guesses."""

    def __init__(self, *, finder: RunFinder, approvals: Approvals) -> None:
        self._finder, self._approvals = finder, approvals

    async def answer(self, reply: Reply, inbound: Inbound) -> Said:
        """Take the reply as a decision. Raises SignoffError with the reason when it is none."""
        waiting = await self._finder.waiting_in(inbound.person.tenant, inbound.conversation, MOST)
        # After the look, so that a second delivery cannot slip between: it would answer the next question.
        if await self._finder.answered_by(inbound.person.tenant, inbound.source):
            return Said()
        if not waiting:
            return Said(
                f"Nothing waits for an answer here, and {quoted(reply.text)} is no command. Type “help”."
            )
        meant = _seen(waiting, inbound.at)
        if not meant:
            return Said(NEWER)
        if len(meant) > 1:
            return Said(card=cards.lists.which(meant, reply.verdict, reply.comment))
        return _said(await self._approvals.decide(_ballot(reply, inbound, meant[0])), reply)


def _seen(waiting: Sequence[Approval], at: datetime) -> list[Approval]:
    """Return the questions that somebody who wrote at that time can have seen.

    Messages can come late, and again after somebody else's answer has led to the next question. The clocks
    of Teams and of this machine may differ by a second or two, but nobody reads a card and answers in that.
    """
    return [approval for approval in waiting if approval.asked <= at]


def _ballot(reply: Reply, inbound: Inbound, approval: Approval) -> Ballot:
    return Ballot(
        key=approval.key,
        approval=approval.id,
        verdict=reply.verdict,
        comment=reply.comment,
        by=inbound.person,
        conversation=inbound.conversation,
        source=inbound.source,
    )


def _said(outcome: Outcome, reply: Reply) -> Said:
    decision = outcome.approval.decision
    if outcome.counted:
        return Said(RECORDED[reply.verdict].format(outcome.run.short_id))
    if decision is None:
        return Said(f"That question is closed: {outcome.approval.status}.")
    return Said(f"{decision.by.name} was faster: {outcome.approval.status}. Nothing was changed.")
