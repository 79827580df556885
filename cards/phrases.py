"""Words and lines that several cards share, so that the same thing is said the same way everywhere."""

from cards.elements import Json, line, text_run
from cards.text import brief
from orchestration.model import Person, Run, RunStatus, Verdict

TITLE, NAME = 600, 120
"""Bytes of a title or name on a card. People see all of it, unless it was made to be too long."""

DEMO = "Demo: the text comes from built-in examples, not from a model."

ASKS = {Verdict.APPROVE: "Approve", Verdict.REQUEST_CHANGES: "Request changes", Verdict.REJECT: "Reject"}

WHOLE = "Show whole text"

STATUS = {
    RunStatus.QUEUED: "Starting",
    RunStatus.RUNNING: "Running",
    RunStatus.TRYING_AGAIN: "Trying again",
    RunStatus.WAITING: "Waiting for an answer",
    RunStatus.COMPLETED: "Completed",
    RunStatus.REJECTED: "Rejected",
    RunStatus.FAILED: "Failed",
    RunStatus.CANCELLED: "Stopped",
}


def name(person: Person | None) -> str:
    """Return what to call a person whom the channel may not have named."""
    return brief(person.name, NAME) if person and person.name.strip() else "somebody"


def origin(run: Run) -> str:
    """Return for example "Release notes for Mia Chen, run ab12cd34"."""
    return f"{brief(run.workflow_title, NAME)} for {name(run.requester)}, run {brief(run.short_id, NAME)}"


def subject(run: Run) -> str:
    """Return for example "Release notes: Payments API"."""
    return f"{brief(run.workflow_title, NAME)}: {brief(run.title, TITLE - NAME)}"


def short(run_id: str) -> str:
    """Return the part of a run's id that people use."""
    return brief(run_id.rsplit("-", 1)[-1], NAME)


def place(position: int, total: int, title: str) -> str:
    """Return for example "step 2 of 4: Write the draft"; without a known position only the title."""
    title = brief(title, NAME)
    return f"step {position} of {total}: {title}" if position else title


def where(run: Run) -> str:
    """Return where a run is; roles have no order, so nobody is told their number."""
    role = any(step.role for step in run.steps if step.id == run.step)
    return place(0 if role else run.position, len(run.steps), run.step_title)


def heading(text: str, *, color: str = "", spacing: str = "") -> Json:
    """The line that says what the card is about."""
    return line(text_run(brief(text, TITLE) or "…", bold=True, size="Large", color=color), spacing=spacing)


def note(text: str, spacing: str = "Small") -> Json:
    """A line that explains, less loud than the rest."""
    return line(text_run(brief(text, TITLE), subtle=True), spacing=spacing)


def demo(run: Run) -> list[Json]:
    """The line that says that no model wrote this, where that is so."""
    return [note(DEMO)] if run.model == "demo" else []
