"""The workflows that exist: one line for each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from agent_framework import Workflow

from orchestration.errors import NotFoundError
from orchestration.limits import USUAL, Limits
from orchestration.messages import Rule
from orchestration.model import Run
from orchestration.wording import quoted
from orchestration.workflows import event_planning, release_notes
from orchestration.workflows.definition import Definition, Means

WORKFLOWS = (release_notes.DEFINITION, event_planning.DEFINITION)


class Catalog:
    """Finds workflows by name and builds a fresh graph for each attempt, with the rule of its workflow."""

    def __init__(
        self,
        means: Means,
        definitions: Iterable[Definition] = WORKFLOWS,
        rules: Mapping[str, Rule] | None = None,
    ) -> None:
        self._means, self._rules = means, rules or {}
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
        rule, diverted = self._stated(run), frozenset(run.diverted)
        return found.build(replace(self._means, rule=rule, diverted=diverted))

    def rule(self, run: Run) -> Rule:
        """Return who decides what no step of the run asks; as for the questions of its workflow."""
        return self._stated(run) or Rule(
            expires_after=self._means.expire_after.total_seconds(),
            remind_after=self._means.remind_after.total_seconds(),
        )

    def _stated(self, run: Run) -> Rule | None:
        return self._rules.get(run.workflow, self._means.rule)

    def limits(self, run: Run) -> Limits:
        """Return what the run may use; a workflow that is gone gets the usual."""
        known = self._definitions.get(run.workflow)
        return known.limits if known else USUAL
