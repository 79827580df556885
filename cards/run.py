"""The card of a run: where it stands, and a way to stop it."""

from datetime import datetime, timedelta

from cards.actions import ShowPage, StopRun
from cards.elements import Json, button, buttons, line, text_run
from cards.elements import card as whole_card
from cards.phrases import NAME, STATUS, WHOLE, demo, heading, name, note, short, subject, where
from cards.text import about, brief, duration, moment, sentences, span
from cards.usage import DETAILS, USAGE, spent
from orchestration.forecast import at_step
from orchestration.model import Run, RunStatus, Step

MOST_STEPS = 24
"""More than Agent Framework's graphs have; what is beyond is counted."""

_COLORS = {
    RunStatus.WAITING: "Accent",
    RunStatus.TRYING_AGAIN: "Warning",
    RunStatus.COMPLETED: "Good",
    RunStatus.REJECTED: "Attention",
    RunStatus.FAILED: "Attention",
}

_HERE = {
    RunStatus.WAITING: ("●", "waiting"),
    RunStatus.TRYING_AGAIN: ("●", "to be tried again"),
    RunStatus.REJECTED: ("✗", "rejected"),
    RunStatus.FAILED: ("✗", "failed"),
    RunStatus.CANCELLED: ("■", "stopped"),
}


def card(run: Run, now: datetime, left: timedelta | None = None) -> Json:
    """Return the card of the run as it stands; `now` is what a run that goes on is timed by.

    `left` is how long its steps will probably still work; None: nobody can say.
    """
    body = [
        heading(subject(run)),
        note(_origin(run)),
        _status(run),
        *_trouble(run),
        *_steps(run, now),
        *_left(left),
        note(_times(run, now), spacing="None" if left else "Medium"),
        *([note(f"{used}.", spacing="None")] if (used := spent(run)) else []),
        *demo(run),
        *_buttons(run),
    ]
    return whole_card(body, sentences(STATUS[run.status], brief(subject(run), 300), f"Run {short(run.id)}"))


def _origin(run: Run) -> str:
    again = f", again after run {short(run.retry_of)}" if run.retry_of else ""
    return f"For {name(run.requester)}, run {short(run.id)}{again}"


def _status(run: Run) -> Json:
    status = text_run(STATUS[run.status], bold=True, color=_COLORS.get(run.status, ""))
    at = where(run) if run.status is not RunStatus.COMPLETED else ""
    return line(status, text_run(f" at {at}" if at else ""), spacing="Medium")


def _trouble(run: Run) -> list[Json]:
    """What went wrong and is being seen to by itself."""
    again = [_tried_again(run, run.again)] if run.again else []
    known = {step.id: step for step in run.steps}
    replaced = [known[step] for step in run.diverted if step in known]
    return [
        *again,
        *(note(f"“{step.title}” did not work. “{step.fallback}” took its place.") for step in replaced),
    ]


def _tried_again(run: Run, at: datetime) -> Json:
    return note(f"{run.trouble} It is tried again by itself, {moment(at, run.zone)}.")


def _steps(run: Run, now: datetime) -> list[Json]:
    rows = [_step(run, number, step, now) for number, step in enumerate(run.steps[:MOST_STEPS], 1)]
    beyond = len(run.steps) - MOST_STEPS
    return [*rows, note(f"and {beyond} more")] if beyond > 0 else rows


def _step(run: Run, number: int, step: Step, now: datetime) -> Json:
    here = number == run.position and run.status is not RunStatus.COMPLETED
    if here:
        symbol, words = _here(run, now)
    elif step.role:
        symbol, words = _called(run, step)
    elif number < run.position or run.status is RunStatus.COMPLETED:
        symbol, words = "✓", _span(_spent(run, step.id)) or "done"
    else:
        symbol, words = "○", "not reached" if run.over else "to come"
    text = text_run(f"{symbol} {brief(step.title, NAME)}", bold=here)
    return line(text, text_run(f", {words}", subtle=True), spacing="Small" if number == 1 else "None")


def _called(run: Run, step: Step) -> tuple[str, str]:
    """The sign and the words of somebody who works only when called."""
    if step.id in dict(run.spent):
        return "✓", _span(_spent(run, step.id)) or "has worked"
    return "○", "not needed" if run.over else "not needed so far"


def _here(run: Run, now: datetime) -> tuple[str, str]:
    """The sign and the words of the step where the run is."""
    symbol, word = _HERE.get(run.status, ("●", "now"))
    if run.status is RunStatus.WAITING:
        return symbol, f"{word} since {moment(run.since, run.zone)}" if run.since else word
    took = _span(_spent(run, run.step) + at_step(run, now))
    if not took:
        return symbol, word
    return symbol, f"{word} after {took}" if run.over else f"{word}, {took} so far"


def _spent(run: Run, step: str) -> timedelta:
    return timedelta(seconds=dict(run.spent).get(step, 0.0))


def _span(took: timedelta) -> str:
    """Nothing for what nobody would notice."""
    return span(took) if took >= timedelta(seconds=1) else ""


def _left(left: timedelta | None) -> list[Json]:
    return [line(f"{about(left)} of work left", spacing="Medium")] if left else []


def _times(run: Run, now: datetime) -> str:
    took = duration((run.ended or now) - run.started)
    return f"Started {moment(run.started, run.zone)}. " + (
        f"Took {took}." if run.ended else f"Last update after {took}."
    )


def _buttons(run: Run) -> list[Json]:
    stop = [] if run.over else [button("Stop", StopRun(run.id), style="destructive")]
    cut = run.title.rstrip().endswith("…") or len(run.title) > NAME
    whole = [button(WHOLE, ShowPage(run.id, "input"))] if cut else []
    details = [button(DETAILS, ShowPage(run.id, USAGE))] if spent(run) else []
    ways = [*stop, *whole, *details]
    return [buttons(ways)] if ways else []
