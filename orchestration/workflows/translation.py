"""How what a graph asks and gives becomes ours, and our answers what it takes: the way in and out of a run.

Graphs of our own need none. Those that the framework's builders make ask with types of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchestration.errors import StepError
from orchestration.messages import Answer, Question, Result


def _as_it_is(asked: object) -> Question:
    if isinstance(asked, Question):
        return asked
    raise StepError(f"The workflow asks with {type(asked).__name__}, which no card can show.")


def _the_answer(_asked: object, answer: Answer) -> object:
    return answer


def _never(_asked: object, _answer: Answer) -> Result | None:
    return None


def _the_result(given: object) -> Result | None:
    return given if isinstance(given, Result) else None


@dataclass(frozen=True)
class Translation:
    """Each function is pure. `asked` is the data of the framework's request, `given` that of an output."""

    question: Callable[[Any], Question] = _as_it_is
    """Raises StepError for what no card can show."""
    answer: Callable[[Any, Answer], object] = _the_answer
    """Return what the graph gets for an answer to `asked`."""
    ending: Callable[[Any, Answer], Result | None] = _never
    """Return what the run ends with at once, where the graph knows no such answer; None: it goes on."""
    result: Callable[[Any], Result | None] = _the_result
    """Return what an output of the graph is as the run's result; None: it is no result.

    Raises StepError for an output that says that the graph gave up.
    """


PLAIN = Translation()
