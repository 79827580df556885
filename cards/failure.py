"""The card of a failure: where and why a run stopped, and what can be done about it."""

from cards.actions import ResumeRun, RetryRun, ShowPage
from cards.elements import Json, box, button, buttons, line, text_run
from cards.elements import card as whole_card
from cards.passage import quoted
from cards.phrases import NAME, TITLE, WHOLE, heading, name, note, origin, place, short
from cards.text import brief, clean, moment, sentences
from orchestration.model import Failure, Remedy, Run, RunStatus

REASON = 200
"""Characters of the reason that are shown; exceptions can be pages long."""


def card(failure: Failure, run: Run) -> Json:
    """Return the card of the failure, with what can be done or what was done about it."""
    where = place(failure.position, failure.total, failure.step_title)
    title = f"{brief(run.workflow_title, NAME)} failed" + (f" at {where}" if where else "")
    reason, cut = _reason(failure)
    body = [
        heading(title, color="Attention"),
        line(brief(run.title, TITLE), spacing="Small"),
        note(f"{origin(run)}, {moment(failure.at, run.zone)}"),
        box(reason, style="emphasis", spacing="Medium"),
        *_kept(failure),
        *_ways_on(failure, run, cut=cut),
    ]
    return whole_card(body, sentences(title, brief(failure.reason, 160), f"Run {short(run.id)}"))


def _reason(failure: Failure) -> tuple[list[Json], bool]:
    reason = clean(failure.reason).strip() or "No reason was given."
    shown, _ = quoted(reason[:REASON].rstrip() + ("…" if len(reason) > REASON else ""), 4000)
    return shown, len(reason) > REASON


def _kept(failure: Failure) -> list[Json]:
    return [line(brief(failure.kept, 600), spacing="Medium")] if failure.kept else []


def _ways_on(failure: Failure, run: Run, *, cut: bool) -> list[Json]:
    whole = [button(WHOLE, ShowPage(run.id, failure.id))] if cut else []
    if not (failure.open and run.status is RunStatus.FAILED):
        return [*_remedied(failure, run), *([buttons(whole)] if whole else [])]
    retry = button("Retry", RetryRun(run.id, failure.id))
    if not failure.resumable:
        return [note("Retry starts again from the beginning, as a new run."), buttons([retry, *whole])]
    resume = button("Resume", ResumeRun(run.id, failure.id), style="positive")
    words = "Resume goes on from what is saved. Retry starts again from the beginning, as a new run."
    return [note(words), buttons([resume, retry, *whole])]


def _remedied(failure: Failure, run: Run) -> list[Json]:
    how = {
        Remedy.RESUMED: "Resumed",
        Remedy.RETRIED: f"Retried as run {short(failure.successor)}",
        Remedy.CANCELLED: "Stopped",
        Remedy.NONE: "",
    }[failure.remedy]
    if not how:
        return []
    when = f", {moment(failure.remedied_at, run.zone)}" if failure.remedied_at else ""
    return [
        line(text_run(how, bold=True), text_run(f" by {name(failure.remedied_by)}{when}"), spacing="Medium")
    ]
