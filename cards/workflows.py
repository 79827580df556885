"""Cards about workflows: which there are, and what one of them does."""

from collections.abc import Sequence
from dataclasses import dataclass

from cards.actions import ListWorkflows, ShowWorkflow, StartExample
from cards.deciders import deciders
from cards.elements import LIMIT, Json, button, buttons, image, line, size, text_run
from cards.elements import card as whole_card
from cards.phrases import NAME, heading, note
from cards.pictures import Picture
from cards.text import brief, span
from cards.view import View
from orchestration.limits import Limits
from orchestration.messages import Rule
from orchestration.model import Graph, Run, Step

MOST, MOST_PROBLEMS, MOST_STEPS = 8, 5, 24
"""Of each on one card; the rest is counted."""
_ROOM = LIMIT - 2_000
"""Bytes of the parts of a card: what is around them takes the rest."""


@dataclass(frozen=True)
class Entry:
    """A workflow as people see it."""

    name: str
    title: str
    about: str
    example: str
    steps: tuple[Step, ...]

    @property
    def typed(self) -> str:
        """What starts it."""
        return f"run {self.name} {self.example}"


def listed(entries: Sequence[Entry], problems: Sequence[str] = (), started: Run | None = None) -> Json:
    """The workflows, and for administrators what is wrong with others."""
    rows = [part for entry in entries[:MOST] for part in _entry(entry)]
    more = ", ".join(entry.name for entry in entries[MOST:])
    rest = [note(f"and {len(entries) - MOST} more: {brief(more, 300)}", "Medium")] if more else []
    body = [heading("Workflows"), *_started(started), *rows, *rest, *_problems(problems)]
    return whole_card(body, f"{len(entries)} workflows: {', '.join(entry.name for entry in entries)}")


def shown(
    entry: Entry,
    *,
    graph: Graph,
    picture: Picture | None,
    rule: Rule,
    approvers: Sequence[str],
    limits: Limits,
    view: View,
    started: Run | None = None,
) -> Json:
    """What a workflow does: its steps as a picture and in words, who decides, and what it may use.

    Where all that has no room on one card, it is without the picture.
    """
    drawn = [image(picture.data, in_words(graph), picture.width)] if picture else []
    body = [
        heading(entry.title),
        *([line(brief(entry.about, 600))] if entry.about else []),
        *_started(started),
        *drawn,
        _title("Steps"),
        *_steps(entry, graph),
        _title("Who decides, unless a step names others"),
        *(line(text_run(words), spacing="Small") for words in deciders(rule, approvers, view)),
        note(_limits(limits), "Medium"),
        _title("Example"),
        line(brief(entry.typed, 400), spacing="Small"),
        buttons(
            [
                button("Start example", StartExample(entry.name), style="positive"),
                button("Test run", StartExample(entry.name, trial=True)),
            ],
            spacing="Medium",
        ),
        # In one row with the others it would be cut off on a phone.
        buttons([button("All workflows", ListWorkflows())], spacing="Small"),
    ]
    room = size(body) <= _ROOM
    shown_body = body if room else [part for part in body if part not in drawn]
    return whole_card(shown_body, f"{brief(entry.title, NAME)}: {in_words(graph)}")


def in_words(graph: Graph) -> str:
    """Return the graph as sentences, for those who do not see the picture."""
    titles = {node.id: brief(node.title, NAME) for node in graph.nodes}
    order = {node.id: number for number, node in enumerate(graph.nodes)}
    sentences = list[str]()
    for node in graph.nodes[:MOST_STEPS]:
        after = [titles[each] for each in sorted(graph.after(node.id), key=lambda each: order[each])]
        asks = " (may ask people)" if node.asks else ""
        sentences.append(
            f"{titles[node.id]}{asks}, then {', '.join(after)}." if after else f"{titles[node.id]}{asks}."
        )
    return " ".join(sentences)


def _entry(entry: Entry) -> list[Json]:
    steps = ", ".join(step.title for step in entry.steps)
    return [
        line(text_run(brief(entry.title, NAME), bold=True), spacing="Large"),
        *([line(brief(entry.about, 300), spacing="Small")] if entry.about else []),
        note(f"Steps: {brief(steps, 300)}"),
        line(brief(entry.typed, 200), spacing="Small"),
        buttons(
            [button("Show", ShowWorkflow(entry.name)), button("Start example", StartExample(entry.name))],
            spacing="Small",
        ),
    ]


def _steps(entry: Entry, graph: Graph) -> list[Json]:
    asking = {node.id for node in graph.nodes if node.asks}
    rows = [
        line(f"{number}. {brief(step.title, NAME)}", *_remark(step, asks=step.id in asking), spacing="None")
        for number, step in enumerate(entry.steps[:MOST_STEPS], 1)
    ]
    beyond = len(entry.steps) - MOST_STEPS
    return [*rows, *([note(f"and {beyond} more")] if beyond > 0 else [])]


def _remark(step: Step, *, asks: bool) -> list[Json]:
    remarks = [
        *(["may ask people"] if asks else []),
        *([f"if it fails: {brief(step.fallback, NAME)}"] if step.fallback else []),
    ]
    return [text_run(f" ({'; '.join(remarks)})", subtle=True)] if remarks else []


def _limits(limits: Limits) -> str:
    return (
        f"A run may work for {span(limits.run)} in all, and {span(limits.step)} at a time. "
        "Waiting for people does not count."
    )


def _started(run: Run | None) -> list[Json]:
    if run is None:
        return []
    return [line(text_run(f"Started as run {brief(run.short_id, NAME)}.", color="Good"), spacing="Small")]


def _problems(problems: Sequence[str]) -> list[Json]:
    if not problems:
        return []
    beyond = len(problems) - MOST_PROBLEMS
    more = [note(f"and {beyond} more; all of them are in the log")] if beyond > 0 else []
    return [_title("Left out, shown to administrators only"), *map(note, problems[:MOST_PROBLEMS]), *more]


def _title(text: str) -> Json:
    return line(text_run(text, bold=True), spacing="Medium")
