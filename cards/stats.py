"""The card with the figures of many runs: bars, each with its number as text beside it."""

from collections.abc import Sequence

from cards.elements import Json, column, columns, line, text_run
from cards.elements import card as whole_card
from cards.phrases import NAME, STATUS, heading, note
from cards.text import brief, span
from cards.usage import in_words
from orchestration.model import RunStatus
from orchestration.statistics import SPAN, Count, Figures, Scope

MOST = 5
"""Steps or causes on the card; the rest is counted."""
BLOCK, BLOCKS = "█", 10
"""What bars are made of, and how many the longest has: all fit into their column of a narrow card."""
LABEL, NUMBER, BAR = 10, 3, 9
"""The weights of the columns."""

_TITLES = {Scope.OWN: "Your runs", Scope.HERE: "Runs here", Scope.ALL: "Everybody's runs"}

_COLORS = {
    RunStatus.TRYING_AGAIN: "Warning",
    RunStatus.WAITING: "Accent",
    RunStatus.COMPLETED: "Good",
    RunStatus.REJECTED: "Attention",
    RunStatus.FAILED: "Attention",
}

_CAUSES = {
    "ConnectionError": "A connection broke",
    "Expired": "Nobody answered in time",
    "ModelAwayError": "The model was away",
    "OutOfTimeError": "The run worked too long",
    "StepError": "The step could not go on",
    "StepTimeoutError": "The step took too long",
    "TimeoutError": "The step took too long",
    "TransientError": "A service was away",
}
"""What people call the kinds of errors. One that is not here keeps its name: it can be searched for."""

Bar = tuple[str, int, str]
"""Label, number and colour."""


def card(scope: Scope, figures: Figures) -> Json:
    """Whose runs, how they stand, how long answers took, and what failed where and why."""
    title = f"{_TITLES[scope]}, last {SPAN.days} days"
    body = [
        heading(title),
        note(_counted(figures)),
        *_bars([(STATUS[status], count, _COLORS.get(status, "")) for status, count in figures.statuses]),
        *_answers(figures),
        *_models(figures),
        *(_spenders(figures) if scope is Scope.ALL else []),
        *_failures("Where runs failed", figures.failed_steps),
        *_failures("Why they failed", _in_words(figures.causes)),
    ]
    return whole_card(body, f"{title}: {_counted(figures)}")


def _counted(figures: Figures) -> str:
    if figures.more:
        return f"The newest {figures.runs} runs; there were more."
    return f"{figures.runs} {'run' if figures.runs == 1 else 'runs'}." if figures.runs else "No runs."


def _answers(figures: Figures) -> list[Json]:
    if not figures.answers:
        return []
    usual, longest = span(figures.usual), span(figures.longest)
    words = f"Half of {figures.answers} came within {usual}, the slowest after {longest}."
    return [
        _title("How long answers took"),
        note(words if figures.answers > 1 else f"The only one: {usual}."),
    ]


def _models(figures: Figures) -> list[Json]:
    if not figures.usage.calls:
        return []
    return [_title("What models were asked"), note(f"{in_words(figures.usage, figures.costs)}.")]


def _spenders(figures: Figures) -> list[Json]:
    rows = [
        line(
            text_run(brief(each.name, NAME) or "somebody"),
            text_run(f": {in_words(each.usage, each.costs)}", subtle=True),
            spacing="Small",
        )
        for each in figures.spenders[:MOST]
    ]
    beyond = len(figures.spenders) - MOST
    return [*([_title("For whom")] if rows else []), *rows, *([note(f"and {beyond} more")] * (beyond > 0))]


def _failures(title: str, counts: Sequence[Count]) -> list[Json]:
    if not counts:
        return []
    beyond = [note(f"and {len(counts) - MOST} more")] if len(counts) > MOST else []
    return [_title(title), *_bars([(name, count, "Attention") for name, count in counts[:MOST]]), *beyond]


def _in_words(causes: Sequence[Count]) -> Sequence[Count]:
    """Several kinds of errors can have the same words."""
    counts = dict[str, int]()
    for cause, count in causes:
        words = _CAUSES.get(cause, cause)
        counts[words] = counts.get(words, 0) + count
    return sorted(counts.items(), key=lambda count: (-count[1], count[0]))


def _title(text: str) -> Json:
    return line(text_run(text, bold=True), spacing="Medium")


# ---- bars ---------------------------------------------------------------------------------------


def _bars(bars: Sequence[Bar]) -> list[Json]:
    most = max((count for _, count, _ in bars), default=1)
    return [_bar(bar, most) for bar in bars]


def _bar(bar: Bar, most: int) -> Json:
    # Text, because a column with a style has padding: at 320 pixels the bars of 1 and 10 would be the same.
    label, count, color = bar
    drawn = BLOCK * max(1, round(count * BLOCKS / most))
    return columns(
        column(line(brief(label, NAME)), width=LABEL),
        column(line(f"{count}"), width=NUMBER),
        column(line(text_run(drawn, color=color)), width=BAR),
        spacing="Small",
    )
