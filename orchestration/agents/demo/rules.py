"""Which rule answers for whom. A workflow gets its own under words that stand in its agents' instructions."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent_framework import Message

from orchestration.agents.demo import events, research, support, triage
from orchestration.agents.demo.release_notes import release_notes
from orchestration.agents.demo.rule import Rule
from orchestration.agents.demo.words import points, said_by_people

RULES: Mapping[str, Rule] = {
    "release notes": release_notes,
    **events.RULES,
    **triage.RULES,
    **support.RULES,
    **research.RULES,
}
"""The first one whose words stand in the instructions answers; put longer words first."""


def echo(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """Sum up the last user message. This is the rule for workflows without one of their own."""
    said = said_by_people(messages)
    found = points(said[-1])
    if len(found) <= 1:
        return f"Understood: {found[0]}." if found else "Understood."
    return "\n".join(["Understood. These are the points:", "", *(f"- {point}" for point in found)])
