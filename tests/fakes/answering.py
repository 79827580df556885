"""Answers whatever a workflow asks, so that any workflow comes to its end."""

import json
from typing import Any

from orchestration.messages import DECISION, INPUT, REPLY
from orchestration.model import Approval, Verdict

WORDS = ("30 people, 6000 EUR, in Berlin on 12 March", "It works now, thanks, that is all.")
"""What is written to an agent that asks for words: first what it may want to know, then that it is enough."""


def answer_to(approval: Approval) -> dict[str, Any]:
    """Return the verdict, and what goes with it, of somebody who agrees to everything."""
    how: dict[str, Any] = {"verdict": Verdict.APPROVE}
    if approval.kind == DECISION:
        how["option"] = approval.options[0].id
    if approval.kind == REPLY:
        how["comment"] = WORDS[0] if approval.id.endswith("-1") else WORDS[1]
    if approval.kind == INPUT:
        how["values"] = approval.proposed or json.dumps(_sample(json.loads(approval.schema)))
    return how


def _sample(schema: dict[str, Any]) -> Any:
    """Return a value that a simple schema allows."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            known = schema.get("properties", {})
            return {name: _sample(known[name]) for name in schema.get("required", known)}
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "array":
            return []
        case _:
            return schema.get("default", "anything")
