"""What ticket-triage came to, as a text for people. Pure, but for the step that ends the run with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent_framework import Executor, WorkflowContext, handler

from orchestration.agents.passing import given
from orchestration.messages import Outputs, Result
from orchestration.workflows.triage.refunds import NAME

TAKES = {"analysis": "analyse", "found": "customer", "solution": "solution", "notes": "notes"}


class Report(Executor):
    """Ends the run."""

    @handler
    async def report(self, outputs: Outputs, ctx: WorkflowContext[Any, Result]) -> None:
        await ctx.yield_output(Result(text_of(await given(outputs, TAKES, step=self.id))))


def text_of(values: Mapping[str, Any]) -> str:
    """Return the report, in sections."""
    analysis, found, solution = values["analysis"], values["found"], values["solution"]
    sections = {
        "Ticket": [_ticket(analysis, found), _kind(analysis)],
        "Customer": [*_customer(found["customer"]), *found["remarks"]],
        "Cause": [solution["root_cause"]],
        "What was done": _done(values["notes"]),
        "Recommended": _points(solution["actions"]),
        "Next steps": _points(solution["next_steps"]),
        "Reply": [solution["reply"]],
    }
    return "\n\n".join("\n".join([title, *lines]) for title, lines in sections.items() if lines)


def _ticket(analysis: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    ticket: Mapping[str, Any] = found["ticket"] or {}
    subject = str(ticket.get("subject") or analysis["summary"])
    return f"{ticket['id']}: {subject}" if ticket else subject


def _kind(analysis: Mapping[str, Any]) -> str:
    sure = f"{analysis['confidence']:.0%} sure"
    category, priority = analysis["category"].capitalize(), analysis["priority"]
    return f"{category}, priority {priority}, {analysis['sentiment']} ({sure})"


def _customer(customer: Mapping[str, Any] | None) -> list[str]:
    if not customer:
        return []
    names = [str(customer[each]) for each in ("name", "company") if customer.get(each)]
    return [f"{', '.join(names) or 'Customer'} ({customer['id']})"]


def _done(notes: Sequence[Mapping[str, str]]) -> list[str]:
    said = [note["text"].removeprefix(f"{NAME}: ") for note in notes if note.get("tool") == NAME]
    return _points(said) or ["Nothing was changed in any system."]


def _points(texts: Sequence[str]) -> list[str]:
    return [f"- {text}" for text in texts]
