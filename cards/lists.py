"""Cards that list things: what can be started, which runs there are, which question was meant."""

from collections.abc import Sequence
from datetime import datetime

from cards.actions import DecideChosen
from cards.elements import Json, button, buttons, card, choice_input, line, text_input, text_run
from cards.fields import COMMENT, MAX_COMMENT, QUESTION
from cards.phrases import ASKS, DEMO, STATUS, heading, name, note, short, subject, where
from cards.text import brief, duration, moment, sentences
from orchestration.messages import DATA, PLAN, REPLY, REVIEW
from orchestration.model import Approval, Run, RunStatus, Saved, Verdict

MOST = 10
"""Entries on one card; the rest is counted."""

_FINISHED = {RunStatus.COMPLETED, RunStatus.REJECTED}
"""How a run ends of which nothing is left to do: its newest state is the end."""
CHANGEABLE = (REVIEW, DATA, PLAN)
"""The kinds of a question to which any words are a request for changes."""

Workflow = tuple[str, str, str]
"""Name, title, and an example of what to type after the name."""


def help(  # noqa: A001 - read with the module: lists.help
    workflows: Sequence[Workflow], *, demo: bool, commands: Sequence[tuple[str, str]] = ()
) -> Json:
    """What can be typed: the workflows, and other (command, what it does)."""
    return _guide("What I can do", "Type one of these lines.", workflows, commands, demo=demo)


def welcome(workflows: Sequence[Workflow], *, demo: bool, commands: Sequence[tuple[str, str]] = ()) -> Json:
    """The first card in a new conversation."""
    words = "I run workflows and ask here before anything goes out. To start, type one of these lines."
    return _guide("Hello, I am Signoff", words, workflows, commands, demo=demo)


def runs(runs: Sequence[Run], now: datetime) -> Json:
    """The runs, in the order given."""
    rows = [part for run in runs[:MOST] for part in _run(run, now)]
    body = [heading("Runs" if runs else "No runs yet"), *rows, *_beyond(len(runs), "older runs")]
    waiting = sum(run.status is RunStatus.WAITING for run in runs)
    return card(body, f"{len(runs)} runs, {waiting} waiting for an answer" if runs else "No runs yet")


def saved(run: Run, states: Sequence[Saved]) -> Json:
    """The saved states of a run, in the order given, and what to type to start again from one."""
    ended = states[0] if states and run.status in _FINISHED else None
    rows = [part for state in states[:MOST] for part in _state(state, run.zone, last=state is ended)]
    title = (
        f"Saved states of run {short(run.id)}" if states else f"Run {short(run.id)} has no saved state yet"
    )
    body = [heading(title), *_start_again(run, states), *rows, *_beyond(len(states), "older ones")]
    return card(body, title)


def moved(run: Run) -> Json:
    """What is left of a card when a newer one of the same thing stands further down."""
    return card(
        [note(f"There is a newer card for run {short(run.id)} further down.")], "There is a newer card"
    )


def which(approvals: Sequence[Approval], verdict: Verdict, comment: str, zone: str = "") -> Json:
    """Several questions wait, and somebody typed an answer that fits them all."""
    asks = _asks(approvals, verdict)
    body = [
        heading("Which question do you mean?"),
        note(f"Your answer: {asks}"),
        choice_input(
            QUESTION,
            "Question",
            [(_choice(approval, zone), f"{approval.run}|{approval.id}") for approval in approvals[:MOST]],
            error="Choose the question that you want to answer.",
        ),
        *_beyond(len(approvals), "questions; answer those on their own cards"),
        text_input(
            COMMENT, "Comment", value=comment[:MAX_COMMENT], placeholder="Optional", max_length=MAX_COMMENT
        ),
        buttons([button(asks, DecideChosen(verdict), inputs=True)]),
    ]
    return card(body, f"Which of {len(approvals)} questions do you mean? Your answer: {asks}")


def _asks(approvals: Sequence[Approval], verdict: Verdict) -> str:
    """What becomes of words that are neither yes nor no depends on the question that is chosen."""
    changes = verdict is Verdict.REQUEST_CHANGES and any(each.kind not in CHANGEABLE for each in approvals)
    talks = all(approval.kind == REPLY for approval in approvals)
    return "Send" if talks or changes else ASKS[verdict]


def _choice(approval: Approval, zone: str) -> str:
    last = f" of {approval.last_revision}" if approval.last_revision else ""
    revision = f" revision {approval.revision}{last}," if last or approval.revision > 1 else ""
    title = brief(approval.title, 200)
    return sentences(title, f"Run {short(approval.run)},{revision} asked {moment(approval.asked, zone)}")


def _run(run: Run, now: datetime) -> list[Json]:
    at = "" if run.over else where(run)
    return [
        line(text_run(brief(subject(run), 300), bold=True), spacing="Medium"),
        line(f"{STATUS[run.status]} at {at}" if at else STATUS[run.status], spacing="None"),
        note(f"Run {short(run.id)}, for {name(run.requester)}, {_times(run, now)}", spacing="None"),
    ]


def _start_again(run: Run, states: Sequence[Saved]) -> list[Json]:
    left = states[1:] if run.status in _FINISHED else states
    if not left or not run.over:
        return []
    return [note(f"“retry {short(run.id)} from {left[0].number}” starts a new run from that state.")]


def _state(state: Saved, zone: str, *, last: bool) -> list[Json]:
    ahead = "the end" if last else f"next: {state.step}"
    waits = f"waits for: {'; '.join(state.waits)}" if state.waits else ahead
    rows = [
        line(text_run(f"{state.number}", bold=True), text_run(f" {brief(waits, 300)}"), spacing="Medium"),
        note(f"{_after(state.superstep)}, {moment(state.at, zone)}", spacing="None"),
    ]
    return [*rows, note(state.preview, spacing="None")] if state.preview else rows


def _after(steps: int) -> str:
    return f"After {steps} step{'s' * (steps != 1)}" if steps else "Before the first step"


def _times(run: Run, now: datetime) -> str:
    took = duration((run.ended or now) - run.started)
    return f"started {moment(run.started, run.zone)}, " + (f"took {took}" if run.ended else f"{took} so far")


def _guide(
    title: str, words: str, workflows: Sequence[Workflow], commands: Sequence[tuple[str, str]], *, demo: bool
) -> Json:
    entries = [(f"run {name} {example}".strip(), title) for name, title, example in workflows]
    rows = [part for typed, does in [*entries, *commands][: 3 * MOST] for part in _entry(typed, does)]
    body = [heading(title), note(words), *rows, *([note(DEMO, "Medium")] if demo else [])]
    return card(body, f"{title}. {words}")


def _entry(typed: str, does: str) -> list[Json]:
    return [
        line(text_run(brief(typed, 200), bold=True), spacing="Medium"),
        note(brief(does, 200), spacing="None"),
    ]


def _beyond(count: int, what: str) -> list[Json]:
    return [note(f"and {count - MOST} more {what}", spacing="Medium")] if count > MOST else []
