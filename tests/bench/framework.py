"""The framework alone, with a checkpoint storage of its own: no records, no cards, nothing synced to disk."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from agent_framework import CheckpointStorage, FileCheckpointStorage, Workflow, WorkflowRunResult

from orchestration.agents.demo import DemoChatClient
from orchestration.messages import APPROVE, Answer
from orchestration.workflows.definition import Definition, Means
from tests.bench.shape import BRIEF, Shape
from tests.bench.talk import REQUEST, definition
from tests.bench.watch import Watch

MEANS = Means(DemoChatClient())
FILES = "checkpoints"


class Paused(NamedTuple):
    """Where a run waits: the checkpoint, which its caller has to remember, and the question."""

    checkpoint: str
    request: str = REQUEST


class Framework:
    """Runs of one workflow on a storage. The graph is built anew to go on, as after a restart."""

    def __init__(self, storage: CheckpointStorage, workflow: Definition) -> None:
        self._storage, self._workflow = storage, workflow

    async def start(self, text: str) -> Paused:
        """From nothing to the question, or to the end if nobody is asked."""
        graph = self._workflow.build(MEANS)
        result = await self._drained(graph, message=text)
        asked = result.get_request_info_events()
        if not asked and not result.get_outputs():
            raise RuntimeError("the workflow neither asked nor ended")
        return Paused(graph.get_last_checkpoint_id() or "", asked[0].request_id if asked else "")

    async def answer(self, run: Paused, verdict: str = APPROVE) -> None:
        """From the answer to the end."""
        given: dict[str, Any] = {run.request: Answer(str(verdict))}
        result = await self._drained(
            self._workflow.build(MEANS), checkpoint_id=run.checkpoint, responses=given
        )
        if not result.get_outputs():
            raise RuntimeError("the run has not come to its end")

    async def _drained(self, graph: Workflow, **how: Any) -> WorkflowRunResult:
        """With the stream of events, as Signoff drives it."""
        stream = graph.run(stream=True, checkpoint_storage=self._storage, **how)
        async for _ in stream:
            pass
        return await stream.get_final_response()


@asynccontextmanager
async def opened(folder: Path, shape: Shape, watch: Watch) -> AsyncGenerator[Framework]:
    """On files in a folder, with new objects of everything."""
    yield Framework(FileCheckpointStorage(folder / FILES), definition(shape, watch))


async def crowded(folder: Path, shape: Shape, waiting: int) -> list[str]:
    """Have so many checkpoints wait."""
    async with opened(folder, shape, Watch()) as alone:
        first = await alone.start(BRIEF)
    files = folder / FILES
    others = [uuid.uuid4().hex for _ in range(waiting)]
    for other in others:
        (files / f"{other}.json").hardlink_to(files / f"{first.checkpoint}.json")
    return others


async def answered(folder: Path, shape: Shape, run: str) -> None:
    """There is no place for an answer: whoever goes on with the run has to bring it."""


async def resumed(folder: Path, shape: Shape, run: str) -> Watch:
    """Go on with the run that waits at a checkpoint. Which one that is, it has to be told."""
    watch = Watch()
    async with opened(folder, shape, watch) as alone:
        await alone.answer(Paused(run))
    return watch
