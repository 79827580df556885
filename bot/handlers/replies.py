"""Free text as an answer to the question that waits in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import cards.confirm
import cards.lists
from bot.activities import Inbound
from bot.commands import Reply
from bot.readings import needs_card, option_of
from bot.wire import Json
from cards.actions import Confirm
from orchestration.approvals import Approvals, Ballot, Outcome
from orchestration.inbox import Inbox
from orchestration.messages import DECISION, REPLY, TOOL
from orchestration.model import Approval, Verdict
from orchestration.ports import RunFinder
from orchestration.rules import base, glance
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
    passing: bool = False
    """Whether the card has done its work once somebody has clicked it."""


class Replies:
    """Finds the question that a reply answers. Several: asks which. None: says so. Never guesses."""

    def __init__(self, *, finder: RunFinder, approvals: Approvals, inbox: Inbox) -> None:
        self._finder, self._approvals, self._inbox = finder, approvals, inbox

    async def answer(self, reply: Reply, inbound: Inbound) -> Said:
        """Take a plain yes or no as a decision; read all else back. Raises SignoffError with the reason."""
        waiting, here = await self._waiting(inbound)
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
            said = reply.text if any(approval.kind == REPLY for approval in meant) else reply.comment
            card = cards.lists.which(meant, reply.verdict, said, inbound.zone)
            return Said(card=card, passing=True)
        return await self._answered(reply, inbound, meant[0], here=here)

    async def talks(self, inbound: Inbound) -> bool:
        """Whether somebody talks with the writer here, and waits for nothing but their words."""
        waiting, here = await self._waiting(inbound)
        match waiting:
            case [Approval(kind="reply", responders=people)]:
                return here and (not people or inbound.person.id in people)
            case _:
                return False

    async def _waiting(self, inbound: Inbound) -> tuple[Sequence[Approval], bool]:
        """Return what may be meant, and whether it was asked here: thread, channel, then one's own inbox."""
        tenant, where = inbound.person.tenant, inbound.conversation
        for place in dict.fromkeys((where, base(where))):
            if waiting := await self._finder.waiting_in(tenant, place, MOST):
                return waiting, True
        if not inbound.personal:
            return (), False
        found, _ = await self._inbox.page(inbound.asker, size=MOST)
        return found, False

    async def _answered(self, reply: Reply, inbound: Inbound, approval: Approval, *, here: bool) -> Said:
        if approval.kind == REPLY:
            reply = Reply(Verdict.APPROVE, reply.text, reply.text, plain=True)  # whatever it says
        option = option_of(approval, reply.text)
        if sentence := needs_card(approval, reply.verdict, option):
            return Said(sentence)
        if reply.plain and here and not approval.edited and approval.kind != DECISION:
            return _said(await self._approvals.decide(_ballot(reply, inbound, approval)), reply)
        verdict, comment = (Verdict.APPROVE, "") if option else (reply.verdict, reply.comment)
        if approval.kind == TOOL and verdict is Verdict.REQUEST_CHANGES:
            verdict = Verdict.REJECT  # with what was written as the reason, which the agent gets
        confirm = Confirm(
            approval.run, approval.id, verdict, inbound.person.id, comment, option, glance(approval)
        )
        return Said(card=cards.confirm.reading(approval, confirm, inbound.person), passing=True)


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
        seen=glance(approval),
    )


def _said(outcome: Outcome, reply: Reply) -> Said:
    approval, decision = outcome.approval, outcome.approval.decision
    if outcome.counted and approval.pending:
        return Said("Recorded. More people have to answer before the run goes on.")
    if outcome.counted and approval.kind == REPLY:
        return Said()  # the card says it, and the conversation goes on
    if outcome.counted:
        return Said(RECORDED[reply.verdict].format(outcome.run.short_id))
    if decision is None:
        return Said(f"That question is closed: {approval.status}.")
    return Said(f"{decision.by.name} was faster: {approval.status}. Nothing was changed.")
