"""The card of a question: open, held back, answered, withdrawn or too late."""

from collections.abc import Sequence
from dataclasses import dataclass

from cards.actions import Decide, ShowPage
from cards.elements import Json, box, button, buttons, line, text_input, text_run
from cards.fields import COMMENT, MAX_COMMENT
from cards.passage import GLIMPSE, around, quoted
from cards.phrases import ASKS, TITLE, demo, heading, name, note, origin, short
from cards.text import brief, moment, sentences
from orchestration.model import Approval, ApprovalStatus, Run, RunStatus, Verdict

_STYLES = {Verdict.APPROVE: "positive", Verdict.REJECT: "destructive"}

_ANSWERS = {
    ApprovalStatus.APPROVED: ("✓ Approved", "good"),
    ApprovalStatus.CHANGES_REQUESTED: ("↻ Changes requested", "warning"),
    ApprovalStatus.REJECTED: ("✗ Rejected", "attention"),
}

_EXPIRY = {"approve": "it counts as approved", "reject": "it counts as rejected"}
_THEN = {Verdict.APPROVE: "so it counts as approved", Verdict.REJECT: "so it counts as rejected"}

COMMENT_ROOM = 12_000
"""Bytes of card JSON for a comment: enough for every comment that is not made of emoji or empty lines."""


def card(approval: Approval, run: Run) -> Json:
    """Return the card of the question as it stands."""
    match approval.status:
        case ApprovalStatus.PENDING if run.status is RunStatus.FAILED:
            return held(approval, run)
        case ApprovalStatus.PENDING:
            return pending(approval, run)
        case ApprovalStatus.CANCELLED:
            return cancelled(approval, run)
        case ApprovalStatus.TIMED_OUT:
            return timed_out(approval, run)
        case ApprovalStatus.APPROVED | ApprovalStatus.CHANGES_REQUESTED | ApprovalStatus.REJECTED:
            return decided(approval, run)


def pending(approval: Approval, run: Run) -> Json:
    """The question is open: everything that somebody needs to answer it."""
    hint = "What should change, or why (optional)"
    comment = text_input(COMMENT, "Comment", placeholder=hint, max_length=MAX_COMMENT)
    who = note(f"{_revision(approval)}. {_who(approval, run)}{_until(approval)}")
    return around(
        approval.text,
        above=[heading(approval.title), note(origin(run)), who],
        below=[*demo(run), comment, *_last_chance(approval), *_answers(approval)],
        whole=_whole(approval),
        summary=_summary(approval, _revision(approval)),
        cut=_title_cut(approval),
    )


def held(approval: Approval, run: Run) -> Json:
    """The run failed while the question was open; it may be open again later."""
    sentence = ". The run failed, so this cannot be answered now. Once the run is resumed, it can."
    return _closed(approval, run, _State("Not now", sentence, "warning"))


def decided(approval: Approval, run: Run) -> Json:
    """Somebody answered: who, what and when."""
    verdict, style = _ANSWERS[approval.status]
    if (decision := approval.decision) is None:
        return _closed(approval, run, _State(verdict, ".", style))
    said, cut = quoted(decision.comment, COMMENT_ROOM) if decision.comment else ([], False)
    comment = box([line(text_run("Comment", bold=True)), *said], spacing="Medium")
    state = _State(verdict, f" by {name(decision.by)}, {moment(decision.at)}", style)
    return _closed(approval, run, state, [comment] if said else [], cut=cut)


def cancelled(approval: Approval, run: Run) -> Json:
    """Nobody needs to answer any more."""
    stopped = run.status is RunStatus.CANCELLED
    reason = "The run was stopped before somebody answered." if stopped else "The run no longer asks this."
    return _closed(approval, run, _State("Withdrawn", f"{_when(approval)}. {reason}"))


def timed_out(approval: Approval, run: Run) -> Json:
    """Nobody answered in time."""
    then = _THEN[approval.decision.verdict] if approval.decision else "so the run failed"
    sentence = f"{_when(approval)}. Nobody answered in time, {then}."
    return _closed(approval, run, _State("Too late", sentence, "warning"))


@dataclass(frozen=True)
class _State:
    """What became of a question: a word, the rest of the sentence, and a style that says it again."""

    word: str
    rest: str
    style: str = "emphasis"


def _closed(
    approval: Approval, run: Run, state: _State, comment: Sequence[Json] = (), *, cut: bool = False
) -> Json:
    """A question without buttons: what became of it first, then what was asked."""
    banner = line(text_run(state.word, bold=True), text_run(state.rest))
    asked = [heading(approval.title, spacing="Medium"), note(f"{origin(run)}. {_revision(approval)}.")]
    return around(
        approval.text,
        above=[box([banner], style=state.style), *asked, *comment],
        below=demo(run),
        whole=_whole(approval),
        summary=_summary(approval, f"{state.word}{state.rest}"),
        most=GLIMPSE,
        cut=cut or _title_cut(approval),
    )


def _answers(approval: Approval) -> list[Json]:
    # On a phone three buttons in a row lose the ends of their words; and nobody rejects by a slip.
    rows = ((Verdict.APPROVE, Verdict.REQUEST_CHANGES), (Verdict.REJECT,))
    return [buttons([_answer(approval, verdict) for verdict in row]) for row in rows]


def _answer(approval: Approval, verdict: Verdict) -> Json:
    payload = Decide(approval.run, approval.id, verdict)
    return button(ASKS[verdict], payload, style=_STYLES.get(verdict, ""), inputs=True)


def _who(approval: Approval, run: Run) -> str:
    match approval.approvers:
        case ():
            return "Whoever sees this may decide."
        case (only,) if only == run.requester.id:
            return f"Only {name(run.requester)} may decide."
        case (_,):
            return "Only the named approver may decide."
        case several:
            return f"Only the {len(several)} named approvers may decide."


def _until(approval: Approval) -> str:
    """When it is too late, and that it is asked for the second time."""
    words = [" This is a reminder."] if approval.reminded else []
    if approval.expires:
        then = _EXPIRY.get(approval.on_expiry, "the run fails")
        words.append(f" Open until {moment(approval.expires)}; then {then}.")
    return "".join(words)


def _revision(approval: Approval) -> str:
    last = approval.last_revision
    return f"Revision {approval.revision} of {last}" if last else f"Revision {approval.revision}"


def _last_chance(approval: Approval) -> list[Json]:
    if not 0 < approval.last_revision <= approval.revision:
        return []
    warning = "This is the last revision: requesting changes once more ends the run."
    return [line(text_run(warning, color="Warning"), spacing="Medium")]


def _whole(approval: Approval) -> ShowPage:
    return ShowPage(approval.run, approval.id)


def _title_cut(approval: Approval) -> bool:
    return len(brief(approval.title, 2 * TITLE)) > len(brief(approval.title, TITLE))


def _when(approval: Approval) -> str:
    return f", {moment(approval.closed)}" if approval.closed else ""


def _summary(approval: Approval, state: str) -> str:
    return sentences(brief(approval.title, 240), state, f"Run {short(approval.run)}")
