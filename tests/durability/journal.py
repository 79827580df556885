"""Writes down, outside the process, which step of which run began to work on what."""

import json
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent_framework import Executor, Workflow

from orchestration.messages import Answer, Conversation, Result
from orchestration.workflows.definition import Definition, Means

MARK = re.compile(r"errand-\d+", re.IGNORECASE)
"""Stands in the input of a run, and from there in all that its steps say to each other."""


@dataclass(frozen=True)
class Work:
    """One execution of a step: of the run with this mark, on what it was given."""

    mark: str
    step: str
    given: str


def recorded(definition: Definition, journal: str) -> Definition:
    """Return the same workflow; each execution of a step is in the file before it begins."""

    def build(means: Means) -> Workflow:
        workflow = definition.build(means)
        for executor in workflow.executors.values():
            executor.execute = _recording(executor, journal)  # pyright: ignore[reportAttributeAccessIssue]
        return workflow

    return replace(definition, build=build)


def _recording(executor: Executor, journal: str) -> Callable[..., Awaitable[None]]:
    execute = executor.execute

    async def execute_recorded(message: Any, *context: Any, **more: Any) -> None:
        _append(journal, executor.id, message)
        await execute(message, *context, **more)

    return execute_recorded


def _append(journal: str, step: str, message: Any) -> None:
    """One write to the end of the file: neither a kill nor another process can tear it."""
    given, asked = _words(message.data), message.original_request_info_event
    mark = MARK.search(asked.data.text if asked else given)
    line = json.dumps([mark.group().lower() if mark else "", step, given]) + "\n"
    file = os.open(journal, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(file, line.encode())
    os.close(file)


def _words(data: Any) -> str:
    match data:
        case Conversation(messages):
            return "\n".join(message.text for message in messages)
        case Answer(verdict, comment, by):
            return answer(verdict, comment, by)
        case Result(text):
            return text
        case _:
            return str(data)


def answer(verdict: str, comment: str, by: str) -> str:
    """What a step is given when people have answered."""
    return f"{by}: {verdict} {comment}"


def read(journal: Path) -> list[Work]:
    """Every execution so far, in order."""
    return [Work(*json.loads(line)) for line in journal.read_text().splitlines()]
