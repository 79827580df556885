"""Finds workflows that people have installed as packages of their own, by the entry point group GROUP.

Signoff does not start with two workflows of one name: which of them runs must not be chance. All else that is
wrong with a package is a sentence, and the other workflows work.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from agent_framework import Workflow

from orchestration.agents.demo import DemoChatClient
from orchestration.agents.turns import stops_short
from orchestration.errors import InvalidInputError
from orchestration.limits import Limits
from orchestration.model import Step
from orchestration.wording import unmarked
from orchestration.workflows.definition import Definition, Means

GROUP = "signoff.workflows"
OURS = "Signoff itself"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_MOST_STEPS, _MOST_REASON = 40, 300


@dataclass(frozen=True)
class Known:
    """The workflows that can be started, and what is wrong with packages: one sentence each."""

    definitions: tuple[Definition, ...]
    problems: tuple[str, ...] = ()


class _Faulty(Exception):  # noqa: N818 - no error of the program: it becomes a sentence at once
    """What is wrong with a workflow, as the end of a sentence."""


def known(ours: Sequence[Definition], points: Iterable[EntryPoint] | None = None) -> Known:
    """Return our workflows and those of packages. Raises InvalidInputError for two of one name."""
    found, problems, owners = list(ours), list[str](), {each.name: OURS for each in ours}
    for point in entry_points(group=GROUP) if points is None else points:
        for definition in _loaded(point, problems):
            owner, other = _owner(point), owners.setdefault(definition.name, _owner(point))
            if any(each.name == definition.name for each in found):
                raise InvalidInputError(
                    f"Two workflows are called “{definition.name}”: one of {other}, one of {owner}. "
                    "Remove one of the packages, or give its workflow another name."
                )
            found.append(definition)
    return Known(tuple(found), tuple(problems))


def _owner(point: EntryPoint) -> str:
    return f"the package {point.dist.name}" if point.dist else f"the entry point {point.name}"


def _loaded(point: EntryPoint, problems: list[str]) -> Iterator[Definition]:
    """Yield the good workflows of an entry point; what is wrong with others becomes a problem."""
    for definition in _attempted(point, lambda: _definitions(point.load()), problems) or ():
        if _attempted(point, lambda each=definition: _checked(each), problems):
            yield cast(Definition, definition)


def _attempted(point: EntryPoint, do: Callable[[], Any], problems: list[str]) -> Any:
    try:
        return do()
    except _Faulty as fault:
        reason = str(fault)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's package may raise anything
        reason = f"it raised {type(error).__name__}: {unmarked(str(error), _MOST_REASON)}".rstrip(": ")
    problems.append(
        f"Workflows of {_owner(point)} ({point.value}) are left out, because {reason.rstrip('.')}."
    )
    return None


def _definitions(value: object) -> list[object]:
    if isinstance(value, Definition):
        return [value]
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        found = list(cast(Iterable[object], value))
        if found:
            return found
    raise _Faulty("it names neither a Definition nor several")


def _checked(definition: object) -> Definition:
    """Return a workflow that can be started. Raises _Faulty, or whatever its build() raises."""
    if not isinstance(definition, Definition):
        raise _Faulty(f"it names a {type(definition).__name__} where a Definition should be")
    for fits, reason in _RULES:
        if not fits(definition):
            raise _Faulty(f"the workflow {unmarked(str(definition.name), 60)} {reason}")
    _check_graph(definition)
    return definition


def _check_graph(definition: Definition) -> None:
    built = cast(object, definition.build(Means(client=DemoChatClient())))
    if not isinstance(built, Workflow):
        raise _Faulty(f"build() of the workflow {definition.name} returns a {type(built).__name__}")
    tiring = next((each.id for each in built.executors.values() if stops_short(each, built)), None)
    if tiring is not None:
        raise _Faulty(
            f"the step {unmarked(tiring, 60)} of the workflow {definition.name} has tools or asks people, "
            "but no edge to itself: add it with with_rounds(builder, step)"
        )
    missing = [step.id for step in definition.steps if step.id not in built.executors]
    if missing:
        raise _Faulty(
            f"the workflow {definition.name} has no executor for the step {unmarked(missing[0], 60)}"
        )


def _words(*texts: object) -> bool:
    return all(isinstance(text, str) and text.strip() for text in texts)


def _sound_steps(steps: object) -> bool:
    if not isinstance(steps, tuple) or not 0 < len(cast(tuple[object, ...], steps)) <= _MOST_STEPS:
        return False
    made = [step for step in cast(tuple[object, ...], steps) if isinstance(step, Step)]
    named = all(_words(step.id, step.title) for step in made)
    return named and len({step.id for step in made}) == len(cast(tuple[object, ...], steps))


_RULES: tuple[tuple[Callable[[Definition], bool], str], ...] = (
    (
        lambda each: _words(each.name) and bool(_NAME.fullmatch(each.name)),
        "needs a name of small letters, digits and hyphens, 40 at most",
    ),
    (lambda each: _words(each.title, each.example), "needs a title and an example"),
    (
        lambda each: _sound_steps(each.steps),
        f"needs 1 to {_MOST_STEPS} steps, each with an id of its own and a title",
    ),
    (lambda each: callable(each.build), "has a build that cannot be called"),
    (lambda each: isinstance(cast(object, each.limits), Limits), "has limits that are none"),
)
