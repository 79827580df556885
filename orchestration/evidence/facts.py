"""What a file of evidence says: one record for each fact, in the order in which things happened.

After these come the questions, the failures and the run as they stand: what they say of later times is there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestration.evidence.chain import FORMAT, HEADER
from orchestration.evidence.plain import plain
from orchestration.model import Approval, Decision, Event, Failure, Handover, Person, Run

Json = dict[str, Any]

PROGRAM = "Signoff"
LATER = frozenset(
    {
        *("status", "decision", "closed", "delivered", "edited", "votes", "heard", "elsewhere"),
        *("approvers", "handovers", "superiors", "escalate", "escalate_to"),
        *("expires", "remind", "reminded", "reminders"),
    }
)
"""Fields of a question that change after it was asked."""
ANSWERS = frozenset({"voted", "decided", "timed out"})


@dataclass(frozen=True)
class Records:
    """Everything that is stored about a run, but for its saved states."""

    run: Run
    input: str
    approvals: Sequence[Approval]
    failures: Sequence[Failure]
    events: Sequence[Event]
    result: str | None
    """None: there is none, or not yet."""


def header(run: Run, by: Person, at: datetime) -> Json:
    """Return the first record: what the file is about, when it was made, and by whom."""
    return {
        "kind": HEADER,
        "format": FORMAT,
        "program": PROGRAM,
        "tenant": run.tenant,
        "run": run.id,
        "workflow": run.workflow,
        "workflow_version": run.workflow_version,
        "workflow_title": run.workflow_title,
        "requester": plain(run.requester),
        "exported": plain(at),
        "exported_by": plain(by),
    }


def facts(records: Records) -> Iterator[Json]:
    """Return one record for each fact."""
    yield {"kind": "input", "at": plain(records.run.started), "text": records.input}
    for event in records.events:
        yield {"kind": _kind(event), **plain(event), **_more(event, records)}
    for approval in records.approvals:
        yield {"kind": "question as it stands", "question": plain(approval)}
    for failure in records.failures:
        yield {"kind": "failure as it stands", "failure": plain(failure)}
    yield {"kind": "run as it stands", "over": records.run.over, "run": plain(records.run)}
    if records.result is not None:
        yield {"kind": "result", "text": records.result}


def _kind(event: Event) -> str:
    """Return the first words of what happened; the rest, such as the verdict, stays in the event."""
    return event.what.partition(":")[0]


def _more(event: Event, records: Records) -> Json:
    """Return what else is known of an event: the question as it was asked, the answer, the hand-over."""
    approval = next((each for each in records.approvals if each.id == event.about), None)
    if approval is None:
        return {}
    if event.what == "asked":
        return {"question": proposed(approval, records.events)}
    more: Json = {"title": approval.title}
    if event.what == "handed over" and (handover := _in(event, approval.handovers)):
        more["handover"] = plain(handover)
    if _kind(event) in ANSWERS and (decision := _in(event, _answers(approval))):
        more["decision"] = plain(decision)
    return more


def _in(event: Event, done: Iterable[Decision | Handover]) -> Decision | Handover | None:
    """Return what was done in this event. An answer that its giver changed later is in its event only."""
    return next((each for each in done if each.at == event.at and event.by in {None, each.by}), None)


def _answers(approval: Approval) -> tuple[Decision, ...]:
    return (*approval.votes, *([approval.decision] if approval.decision else ()))


# ---- a question as it was asked -----------------------------------------------------------------


def proposed(approval: Approval, events: Sequence[Event]) -> Json:
    """Return a question as it was asked, and who was asked then.

    Its expiry is left out when it was put off later, because the run had failed.
    """
    kept = {name: value for name, value in plain(approval).items() if name not in LATER}
    called = [
        event.detail.split(", ")
        for event in events
        if event.what == "escalated" and event.about == approval.id
    ]
    moved = any(event.what == "resumed" and event.at >= approval.asked for event in events)
    return {
        **kept,
        "approvers": _first_asked(approval),
        "escalate_to": called + plain(approval.escalate_to),
        **({} if moved else {"expires": plain(approval.expires)}),
    }


def _first_asked(approval: Approval) -> list[str]:
    """Return the approvers before anybody handed a place over."""
    asked = list(approval.approvers)
    for handover in reversed(approval.handovers):
        if handover.to.id in asked:
            asked.remove(handover.to.id)
            asked += [handover.of] if handover.of else []
    return asked
