"""How JSON goes from step to step: what a step gets of the earlier outputs, and what it adds."""

import asyncio
from collections.abc import Mapping

from orchestration.errors import InvalidInputError, StepError
from orchestration.mapping import Takes, mapped, sources
from orchestration.messages import Outputs, Value
from orchestration.values import checked

INPUT = "input"
"""Under this name the steps find what the run began with."""

Schema = Mapping[str, object]


async def begun(text: str) -> Outputs:
    """Return the outputs of a run before its first step."""
    return Outputs({INPUT: await Value.of(text)})


async def given(outputs: Outputs, takes: Takes | None, *, step: str) -> dict[str, object]:
    """Return what a step gets; without a mapping everything, by the ids of the steps. Raises StepError."""
    wanted = outputs.values if takes is None else sources(takes)
    read = {name: await value.read() for name, value in outputs.values.items() if name in wanted}
    if takes is None:
        return read
    # Steps that nobody takes from are still named when one is missing.
    return mapped(takes, {**dict.fromkeys(outputs.values), **read}, step=step)


async def fitting(value: object, gives: Schema | None, *, step: str) -> Value:
    """Return what a step came to, checked. Raises StepError: what was expected where, and what is there."""
    passed = await Value.of(value)
    try:
        await asyncio.to_thread(checked, gives if gives is not None else {}, value)
    except InvalidInputError as error:
        raise StepError(f"Step “{step}” came to something else than it declares. {error}") from None
    return passed
