"""Answers of agents that must have a shape: as a model of pydantic says, or a JSON Schema."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from orchestration.errors import InvalidInputError
from orchestration.jsontext import reading
from orchestration.values import checked
from orchestration.values.faults import in_words
from orchestration.wording import quoted

REPAIRS = 2
"""How often an agent may try again when its answer is not as it must be."""
_INSIDE = " \u203a "
_FENCED = re.compile(r"\s*```\w*\s*\n(.*)\n\s*```\s*", re.DOTALL)
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Shape:
    """What an answer must be like."""

    told: Any
    """What the provider of the model hears of it, as its response format."""
    fault: Callable[[str], Awaitable[str]]
    """Says what is wrong with an answer: where, what was expected, what is there; "": nothing."""


def shape_of(answers: type[BaseModel] | Shape) -> Shape:
    """Return the shape that a model of pydantic describes, or the shape itself."""
    if isinstance(answers, Shape):
        return answers

    async def fault(text: str) -> str:
        return fault_of(answers, text)

    return Shape(answers, fault)


def shape_of_schema(name: str, schema: Mapping[str, object]) -> Shape:
    """Return the shape of answers that are JSON as a schema says; they may be large."""

    async def fault(text: str) -> str:
        return await asyncio.to_thread(_fault_of_json, schema, text)

    # Not strict: providers then refuse most of what a JSON Schema can say. It is checked here anyway.
    told = {"name": _NO_NAME.sub("-", name)[:64], "schema": schema, "strict": False}
    return Shape({"type": "json_schema", "json_schema": told}, fault)


def bare(text: str) -> str:
    """Return the JSON of an answer without the fence that models like to put around it."""
    fenced = _FENCED.fullmatch(text)
    return fenced[1] if fenced else text


def fault_of(model: type[BaseModel], text: str) -> str:
    """Return what is wrong with an answer: where, what was expected, what is there; "": nothing."""
    try:
        model.model_validate_json(text)
    except ValidationError as error:
        return _sentence(error)
    return ""


def _fault_of_json(schema: Mapping[str, object], text: str) -> str:
    try:
        checked(schema, reading.read(bare(text)))
    except (ValueError, RecursionError) as error:
        return f"The answer is no JSON ({error})."
    except InvalidInputError as error:
        return str(error)
    return ""


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    where = _INSIDE.join(str(part) for part in first["loc"])
    expected = first["msg"].removeprefix("Value error, ").rstrip(".")
    if first["type"] == "json_invalid":
        return f"The answer is no JSON ({expected})."
    there = "" if first["type"] in {"missing", "value_error"} else f", not {in_words(first['input'])}"
    return f"In the answer, {quoted(where)}: {expected}{there}." if where else f"{expected}."
