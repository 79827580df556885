"""What packages may bring, and what is said of the rest."""

from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest
from agent_framework import WorkflowBuilder

from orchestration import discovery
from orchestration.agents.step import AgentStep
from orchestration.errors import InvalidInputError
from orchestration.model import Step
from orchestration.workflows import release_notes
from tests.fakes.workflows import First, Last, Work, plain

OURS = (release_notes.DEFINITION,)
GOOD = plain(Work())


class Point:
    """An entry point whose value is here already."""

    dist = None

    def __init__(self, value, name="acme"):
        self.name, self.value, self._loaded = name, f"{name}:VALUE", value

    def load(self):
        if isinstance(self._loaded, BaseException):
            raise self._loaded
        return self._loaded


def test_one_workflow_or_several_are_taken():
    one = discovery.known(OURS, [Point(GOOD)])
    several = discovery.known(
        OURS, [Point([GOOD, replace(GOOD, name="other")]), Point(iter([replace(GOOD, name="x")]))]
    )
    assert [each.name for each in one.definitions] == ["release-notes", "plain"]
    assert [each.name for each in several.definitions] == ["release-notes", "plain", "other", "x"]
    assert one.problems == several.problems == ()


def failing(_):
    raise ValueError("no *model*")


def leaving(_):
    raise SystemExit(3)


def asks_without_rounds(means):
    """A step whose agent asks people, with no edge to itself: it could never go on."""
    clerk = AgentStep("clerk", means.agent("clerk", "You help."), asks=means.requester_rule)
    first, last = First("first", Work()), Last("last", Work())
    builder = WorkflowBuilder(name="rounds@1", start_executor=first, output_from=[last])
    return builder.add_chain([first, clerk, last]).build()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (ImportError("no module x"), "it raised ImportError: no module x"),
        (SystemExit(1), "it raised SystemExit: 1"),
        ("text", "it names neither a Definition nor several"),
        (42, "it names neither a Definition nor several"),
        ([], "it names neither a Definition nor several"),
        ([GOOD, 42], "it names a int where a Definition should be"),
        (replace(GOOD, name="Not a name"), "the workflow Not a name needs a name of small letters"),
        (replace(GOOD, name=""), "needs a name of small letters"),
        (replace(GOOD, name="-x"), "needs a name of small letters"),
        (replace(GOOD, title=" "), "the workflow plain needs a title and an example"),
        (replace(GOOD, example=""), "the workflow plain needs a title and an example"),
        (replace(GOOD, steps=()), "the workflow plain needs 1 to 40 steps"),
        (replace(GOOD, steps=(Step("first", "a"), Step("first", "b"))), "each with an id of its own"),
        (replace(GOOD, steps=("first",)), "needs 1 to 40 steps"),
        (replace(GOOD, steps=(Step("nowhere", "Nowhere"),)), "has no executor for the step nowhere"),
        (replace(GOOD, build=None), "has a build that cannot be called"),
        (replace(GOOD, build=lambda means: means), "build() of the workflow plain returns a Means"),
        (replace(GOOD, build=failing), "it raised ValueError: no model"),
        (replace(GOOD, build=leaving), "it raised SystemExit: 3"),
        (replace(GOOD, steps=(Step("clerk", "Clerk"),), build=asks_without_rounds), "the step clerk of the"),
        (replace(GOOD, limits=5), "has limits that are none"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_else_is_lost(value, reason):
    found = discovery.known(OURS, [Point(value), Point(replace(GOOD, name="fine"), "fine")])
    names = [each.name for each in found.definitions]
    assert names[0] == "release-notes"
    assert names[-1] == "fine"
    [problem] = found.problems
    assert problem.startswith("Workflows of the entry point acme (acme:VALUE) are left out, because ")
    assert reason in problem
    assert problem.endswith(".")
    assert "\n" not in problem


@pytest.mark.parametrize("points", [[OURS[0]], [GOOD, GOOD]])
def test_two_workflows_of_one_name_are_refused(points):
    named = [Point(value, f"acme{number}") for number, value in enumerate(points)]
    with pytest.raises(InvalidInputError, match=r"^Two workflows are called “.*”: one of .*, one of .*acme"):
        discovery.known(OURS, named)


def test_an_entry_point_that_leads_nowhere_is_a_problem():
    found = discovery.known(OURS, [EntryPoint("lost", "no_such_module_here:X", discovery.GROUP)])
    assert found.definitions == OURS
    assert "it raised ModuleNotFoundError" in found.problems[0]
