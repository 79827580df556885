"""Answers of agents that must be as a model of pydantic says."""

from pydantic import BaseModel, ValidationError

from orchestration.values.faults import in_words
from orchestration.wording import quoted

REPAIRS = 2
"""How often an agent may try again when its answer is not as it must be."""
_INSIDE = " \u203a "


def fault_of(model: type[BaseModel], text: str) -> str:
    """Return what is wrong with an answer: where, what was expected, what is there; "": nothing."""
    try:
        model.model_validate_json(text)
    except ValidationError as error:
        return _sentence(error)
    return ""


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    where = _INSIDE.join(str(part) for part in first["loc"])
    expected = first["msg"].removeprefix("Value error, ").rstrip(".")
    if first["type"] == "json_invalid":
        return f"The answer is no JSON ({expected})."
    there = "" if first["type"] in {"missing", "value_error"} else f", not {in_words(first['input'])}"
    return f"In the answer, {quoted(where)}: {expected}{there}." if where else f"{expected}."
