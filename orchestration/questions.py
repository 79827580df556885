"""A question between a workflow and the people: its record, and the answer that goes back."""

from datetime import datetime, timedelta
from typing import Any

from agent_framework import WorkflowEvent

from orchestration.errors import StepError
from orchestration.messages import Answer, Question
from orchestration.model import Approval, Run


def answer_of(approval: Approval) -> Answer:
    """Return what the workflow gets for the decision on its question."""
    if approval.decision is None:
        raise ValueError("an approval without decision has no answer")
    return Answer(str(approval.decision.verdict), approval.decision.comment, approval.decision.by.name)


def approval_of(run: Run, event: WorkflowEvent[Any], now: datetime) -> Approval:
    """Return the record of a question that a workflow asks now. Raises StepError if no card can show it."""
    question = event.data
    if not isinstance(question, Question):
        raise StepError(f"The workflow asks with {type(question).__name__}, which no card can show.")
    return Approval(
        id=event.request_id,
        tenant=run.tenant,
        run=run.id,
        title=question.title,
        text=question.text,
        step=event.source_executor_id,
        asked=now,
        conversation=run.conversation,
        revision=question.revision,
        last_revision=question.last_revision,
        approvers=run.approvers,
        expires=_after(now, question.expires_after),
        on_expiry=question.on_expiry,
        remind=_after(now, question.remind_after),
    )


def _after(now: datetime, seconds: float) -> datetime | None:
    return now + timedelta(seconds=seconds) if seconds > 0 else None
