"""The workflows that exist: one line for each of ours. discovery.py finds those of packages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from agent_framework import Workflow

from orchestration.agents.memory import memories_of
from orchestration.errors import NotFoundError
from orchestration.graphs import graph_of
from orchestration.limits import USUAL, Limits
from orchestration.memory import Remembering
from orchestration.messages import Rule
from orchestration.model import Graph, Run
from orchestration.wording import quoted
from orchestration.workflows import event_planning, release_notes, research, support, ticket_triage
from orchestration.workflows.definition import Definition, Means
from orchestration.workflows.translation import PLAIN, Translation

WORKFLOWS = (
    release_notes.DEFINITION,
    event_planning.DEFINITION,
    ticket_triage.DEFINITION,
    support.DEFINITION,
    research.DEFINITION,
)


class Catalog:
    """Finds workflows by name and builds a fresh graph for each attempt, with the rule of its workflow."""

    def __init__(
        self,
        means: Means,
        definitions: Iterable[Definition] = WORKFLOWS,
        rules: Mapping[str, Rule] | None = None,
        remembering: Remembering | None = None,
    ) -> None:
        self._means, self._rules, self._remembering = means, rules or {}, remembering
        self._definitions = {definition.name: definition for definition in definitions}

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._definitions.values())

    def named(self, name: str) -> Definition:
        """Return a workflow by its name in chat. Raises NotFoundError."""
        found = self._definitions.get(name.lower())
        if found is None:
            known = ", ".join(sorted(self._definitions))
            raise NotFoundError(f"There is no workflow called {quoted(name)}. Known: {known}.")
        return found

    def build(self, run: Run) -> Workflow:
        """Return a fresh graph for a run; instances are never used twice. Raises NotFoundError."""
        found = self.named(run.workflow)
        return found.build(self._means_of(found, run))

    @property
    def remembering(self) -> Sequence[str]:
        """The names of the agents that remember anything."""
        return sorted({agent for definition in self for agent in definition.remembers})

    def _with_memory(self, found: Definition) -> Means:
        """Only the agents that the workflow names remember anything."""
        if self._remembering is None:
            return self._means
        memories = memories_of(self._remembering, found.remembers, found.memory_scope)
        return replace(self._means, memories=memories)

    def asked(self, definition: Definition) -> Rule:
        """Return who decides what the steps of a workflow ask, as far as it says so."""
        means = replace(self._means, rule=self._stated(definition.name))
        return means.requester_rule if definition.asks_requester else means.usual_rule

    def rule(self, workflow: str) -> Rule:
        """Return who decides what is asked about a run, whoever its steps ask."""
        return replace(self._means, rule=self._stated(workflow)).usual_rule

    def _stated(self, workflow: str) -> Rule | None:
        return self._rules.get(workflow, self._means.rule)

    def graph(self, definition: Definition) -> Graph:
        """Return the steps of a workflow, and what comes after what."""
        return graph_of(definition.build(self._means), definition.steps)

    def limits(self, run: Run) -> Limits:
        """Return what the run may use; a workflow that is gone gets the usual."""
        known = self._definitions.get(run.workflow)
        return known.limits if known else USUAL

    def translation(self, run: Run) -> Translation:
        """Return how the graph of a run asks and ends."""
        known = self._definitions.get(run.workflow)
        return known.translation(self._means_of(known, run)) if known else PLAIN

    def _means_of(self, found: Definition, run: Run) -> Means:
        rule, diverted = self._stated(found.name), frozenset(run.diverted)
        return replace(self._with_memory(found), rule=rule, diverted=diverted)
