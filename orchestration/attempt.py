"""One attempt to advance a run: Agent Framework's checkpoint storage on one side, our fenced batch behind.

The framework catches every Exception that a save raises, logs it and goes on past the lost checkpoint. So
what must stop the run is raised as a BaseException here.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent_framework import (
    AgentExecutorRequest,
    Workflow,
    WorkflowCheckpoint,
    WorkflowCheckpointException,
    WorkflowEvent,
    WorkflowRunState,
)

from orchestration.agents.usage import Meter, told_apart
from orchestration.book import Book, life
from orchestration.budget import Budget
from orchestration.checkpoints.codec import Codec, Entry
from orchestration.checkpoints.keyring import Keyring
from orchestration.clock import Clock
from orchestration.errors import AttemptEnded, ConflictError, Fenced, NotDurable, OverBudget, StepError
from orchestration.execution import Executed, recording
from orchestration.idempotency import Working
from orchestration.limits import Limits, WorkingTime
from orchestration.messages import Answer, Result
from orchestration.model import Approval, Checkpoint, RunKey, Shares, position_of
from orchestration.ports import RunStore
from orchestration.questions import Whom, answer_of, approval_of
from orchestration.sizes import MB, MUCH_PASSED_ON
from orchestration.workflows.translation import PLAIN, Translation

ORIGIN = "origin"
"""The id under which a run that starts from another one's checkpoint loads it."""

log = logging.getLogger(__name__)


class Attempt:
    """The checkpoint storage of one run for as long as one worker advances it.

    The first write claims the run for `worker`. `changed` is called after every write, so that cards follow.
    """

    def __init__(
        self,
        *,
        worker: str,
        store: RunStore,
        book: Book,
        clock: Clock,
        meter: Meter,
        limits: Limits,
        keyring: Keyring,
        whom: Whom,
        budget: Budget,
        changed: Callable[[], None],
        translation: Translation = PLAIN,
    ) -> None:
        self._worker, self._store, self._clock = worker, store, clock
        self._meter, self._whom, self._changed = meter, whom, changed
        self._budget = budget
        self._epoch, self._claimed = book.run.epoch, False
        self._saves = self._saves_before = 0
        self._keyring, self._codec = keyring, Codec(book.run.key, keyring)
        self._limits, self._time = limits, WorkingTime(limits, book.run.worked, book.run.spent)
        self._working, self._executions = Working(book.run), recording()
        self._translation = translation
        self._graph: Workflow | None = None
        self._loaded: WorkflowCheckpoint | None = None
        self._outputs: tuple[tuple[str, bool], ...] = ()
        self.book = book
        self.step = book.run.step

    @property
    def has_done(self) -> bool:
        """Whether a step has begun to do what was approved, and that is not saved yet."""
        return bool(self._executions.done)

    async def write(self, change: Callable[[Book], Book]) -> None:
        """Write a change. Raises Fenced when the attempt has lost the run, else what the store raises."""
        spent = self._meter.taken()
        while True:
            after = self._after(change, spent)
            try:
                self.book = await self._store.write(self.book, after)
            except ConflictError:
                self.book = await self._fresh()
            else:
                self._epoch, self._claimed = after.run.epoch, True
                self._working.run = self.book.run
                self._changed()
                return

    def _after(self, change: Callable[[Book], Book], spent: Shares) -> Book:
        mine = self.book if self._claimed else life.claimed(self.book, self._worker, self._clock())
        return change(mine.using(spent, self._time.worked, self._time.spent))

    async def _fresh(self) -> Book:
        """Read again what others have changed. If they took the run, or its next number, it is lost."""
        book = await self._store.read(self.book.run.key)
        if book is None or book.run.epoch > self._epoch or book.run.sequence > self.book.run.sequence:
            raise Fenced
        return replace(book, run=book.run.as_far_as(self.book.run))

    # ---- driving ------------------------------------------------------------------------

    async def drive(self, workflow: Workflow, text: str) -> WorkflowRunState:
        """Run until the workflow waits, ends or fails. Raises an AttemptEnded, or what a step raised."""
        self._graph = workflow
        told_apart(workflow)
        answers = await self._answers()
        if end := self._ending(answers):
            await self.write(lambda book: self._ended_by(book, end))
            return WorkflowRunState.IDLE
        if dear := await self._too_dear_already():
            await self.write(lambda book: life.held_up(book, dear, self._clock()))
            raise OverBudget
        if not self._saves_at_the_start:
            await self.write(lambda book: book)
        stream = workflow.run(stream=True, checkpoint_storage=self, **self._beginning(text, answers))
        async with self._time:
            async for event in stream:  # to the end: leaving at the first question would lose its checkpoint
                self._notice(event)
        result = await stream.get_final_response()
        self._prove({event.request_id for event in result.get_request_info_events()})
        return result.get_final_state()

    @property
    def _saves_at_the_start(self) -> bool:
        """A new run, or one that gets answers, is saved before any step works: that write is the claim."""
        run = self.book.run
        return not (run.checkpoint or run.origin) or bool(self.book.undelivered)

    async def _answers(self) -> Mapping[str, tuple[object, Answer]]:
        """Return what was asked and answered, by the ids of the questions that the graph has asked."""
        answers = {approval.id: answer_of(approval) for approval in self.book.undelivered}
        if not answers or self._translation is PLAIN:
            return {name: (None, answer) for name, answer in answers.items()}
        self._loaded = await self.load(str(self.book.run.checkpoint))
        asked = self._loaded.pending_request_info_events
        return {name: (asked[name].data, answer) for name, answer in answers.items() if name in asked}

    def _ending(self, answers: Mapping[str, tuple[object, Answer]]) -> Result | None:
        ends = (self._translation.ending(asked, answer) for asked, answer in answers.values())
        return next((end for end in ends if end), None)

    def _ended_by(self, book: Book, end: Result) -> Book:
        """An answer ends the run that its graph cannot take."""
        for approval in book.undelivered:
            book = book.having(replace(approval, delivered=True))
        return life.completed(book, end.text, accepted=end.accepted, at=self._clock())

    def _beginning(self, text: str, answers: Mapping[str, tuple[object, Answer]]) -> dict[str, Any]:
        run = self.book.run
        if not run.checkpoint:
            return {"checkpoint_id": ORIGIN} if run.origin else {"message": text}
        given = {name: self._translation.answer(asked, answer) for name, (asked, answer) in answers.items()}
        return {"checkpoint_id": str(run.checkpoint), **({"responses": given} if given else {})}

    def _notice(self, event: WorkflowEvent[Any]) -> None:
        match event.type:
            case "output":
                if result := self._translation.result(event.data):
                    self._outputs = (*self._outputs, (result.text, result.accepted))
            case "executor_invoked" if only_hears(event.data):
                pass
            case "executor_invoked" | "executor_failed":
                self.step = event.executor_id or self.step
                self._count_time()
            case "superstep_started":
                self._saves_before = self._saves
                self._refuse_endless()
                self._time.begins()
            case "superstep_completed" if self._saves == self._saves_before:
                # A step whose state cannot be collected never reaches save(): the framework only logs it.
                raise NotDurable(f"no checkpoint was saved after step {self.step}")
            case _:
                pass

    def _count_time(self) -> None:
        """Executors that are no step for people would only make each saved state longer."""
        if position_of(self.book.run.steps, self.step):
            self._time.works(self.step)

    def _refuse_endless(self) -> None:
        if self.book.run.superstep >= self._limits.supersteps:
            raise StepError(
                f"The workflow has done {self._limits.supersteps:,} steps without coming to an end, so it "
                "was stopped: it probably goes round in a circle."
            )

    def _prove(self, asked: set[str]) -> None:
        known = {approval.id for approval in self.book.pending}
        if not asked <= known | {approval.id for approval in self.book.undelivered}:
            raise NotDurable("the run waits for a question that was not saved")

    # ---- CheckpointStorage, as far as a run in progress uses it -------------------------

    async def save(self, checkpoint: WorkflowCheckpoint) -> str:
        """Store a checkpoint with all that follows from it, in one batch.

        Raises NotDurable, Fenced, or OverBudget: then all of that is stored.
        """
        self._time.ends()
        try:
            encoded = await self._codec.encode(checkpoint, self.book.next_number)
            dear = await self._over_budget(checkpoint)
            asked = [*await self._newly_asked(checkpoint.pending_request_info_events), *dear]
            executed = self._executions.taken()
            await self._store.keep(self.book.run.key, encoded.new_blobs)
            await self.write(lambda book: self._progressed(book, checkpoint, encoded.entry, asked, executed))
            self._codec.stored(encoded)
            self._warn_of(encoded.size)
        except AttemptEnded:
            raise
        except Exception as error:
            raise NotDurable(str(error)) from error
        self._saves += 1
        if dear:
            raise OverBudget
        return checkpoint.checkpoint_id

    def _warn_of(self, size: int) -> None:
        if size >= MUCH_PASSED_ON:
            log.warning("%s: step %s passed on %.1f MB", self.book.run.id, self.step, size / MB)

    async def _newly_asked(self, events: Mapping[str, WorkflowEvent[Any]]) -> Sequence[Approval]:
        """Return the questions that this checkpoint asks and none before it did."""
        return [await self._asked(event) for name, event in events.items() if name not in self.book.approvals]

    async def _over_budget(self, checkpoint: WorkflowCheckpoint) -> Sequence[Approval]:
        """Return the question whether the run may cost more, if it must be asked and the run goes on."""
        if not (any(checkpoint.messages.values()) or checkpoint.pending_request_info_events):
            return ()
        asked = await self._budget.asked(
            self.book.run,
            self._meter.shares,
            self._whom,
            self._clock(),
            number=self.book.next_number,
            step=self._next_step(checkpoint),
        )
        return (asked,) if asked else ()

    async def _too_dear_already(self) -> Approval | None:
        """Return the question if the run has cost too much since its checkpoint: by a step that failed."""
        run, number = self.book.run, self.book.next_number
        if not run.checkpoint:  # it began from the state of another run, and has none of its own to keep
            return None
        return await self._budget.asked(
            run, (), self._whom, self._clock(), number=number, step=run.step, state=run.checkpoint
        )

    async def _asked(self, event: WorkflowEvent[Any]) -> Approval:
        run = self.book.run
        if await self._store.approval(run.key, event.request_id):
            raise StepError(
                f"The workflow asked again under the id {event.request_id}, which has been answered."
            )
        question = self._translation.question(event.data)
        asked = await self._whom.asked(run, question)
        return approval_of(run, event, question, asked, self._clock())

    def _progressed(
        self,
        book: Book,
        checkpoint: WorkflowCheckpoint,
        entry: Entry,
        asked: Sequence[Approval],
        executed: Sequence[Executed],
    ) -> Book:
        waits = checkpoint.pending_request_info_events
        worked = checkpoint.iteration_count > 0  # the first save of an attempt comes before any step
        record = Checkpoint(
            number=book.next_number,
            at=self._clock(),
            step=self._next_step(checkpoint),
            data=entry.data,
            sources=entry.sources,
            blobs=entry.blobs,
            usage=book.run.usage,
            shares=book.run.shares,
            worked=book.run.worked,
            spent=book.run.spent,
            superstep=book.run.superstep + worked,
            waits=tuple(waits),
            outputs=self._outputs,
        )
        after = life.progressed(
            book,
            record,
            graph=checkpoint.graph_signature_hash,
            asked=asked,
            waits=frozenset(waits),
        )
        for each in executed:
            after = after.told(record.at, "executed", detail=each.what, values=each.values)
        if any(approval.grants for approval in asked):
            return life.rested(after, record.at)
        # Without messages in flight the framework ends here: what follows belongs into the same write.
        return after if any(checkpoint.messages.values()) else self.ending(after, waits=bool(waits))

    def ending(self, book: Book, *, waits: bool) -> Book:
        """The attempt is over: the run waits, or ends with the last result, or stays as it is."""
        if waits:
            return life.rested(book, self._clock())
        if self._outputs:
            text, accepted = self._outputs[-1]
            return life.completed(book, text, accepted=accepted, at=self._clock())
        return book

    def _next_step(self, checkpoint: WorkflowCheckpoint) -> str:
        """The step that works or waits next, as far as the checkpoint tells."""
        for event in checkpoint.pending_request_info_events.values():
            return event.source_executor_id
        sent = (message for each in checkpoint.messages.values() for message in each)
        for message in (message for message in sent if not only_hears(message.data)):
            return message.target_id or self._successor(message.source_id) or self.step
        return self.step

    def _successor(self, step: str) -> str:
        groups = self._graph.edge_groups if self._graph else []
        targets = [edge.target_id for group in groups for edge in group.edges if edge.source_id == step]
        targets = [target for target in targets if target != step]  # it sends on what it has come to
        return targets[0] if len(targets) == 1 else ""

    async def load(self, checkpoint_id: str) -> WorkflowCheckpoint:
        """Return a checkpoint of this run by its number, or the one from which it starts.

        Raises WorkflowCheckpointException or CheckpointRefusedError.
        """
        loaded, self._loaded = self._loaded, None
        if loaded:
            return loaded
        run = self.book.run
        if checkpoint_id == ORIGIN:
            origin = RunKey(run.tenant, run.retry_of)
            restored = await self._restored(origin, run.origin, Codec(origin, self._keyring))
        else:
            restored = await self._restored(run.key, int(checkpoint_id), self._codec)
        # The framework counts supersteps over the whole life of a run and stops at its limit: start anew.
        restored = replace(restored, iteration_count=0)
        if not self.book.run.graph and self._graph:  # a fallback has taken the place of a step since
            return replace(restored, graph_signature_hash=self._graph.graph_signature_hash)
        return restored

    async def _restored(self, key: RunKey, number: int, codec: Codec) -> WorkflowCheckpoint:
        found = await self._store.checkpoint(key, number)
        if found is None:
            raise WorkflowCheckpointException(f"This run has no saved state {number}.")
        self._outputs = found.outputs
        sources = await self._store.checkpoints(key, found.sources)
        blobs = await self._store.blobs(key, found.blobs)
        return await codec.decode(number, {each.number: each.data for each in (*sources, found)}, blobs)

    async def list_checkpoints(self, *, workflow_name: str) -> list[WorkflowCheckpoint]:
        raise NotImplementedError("A run goes on from the number on its record; nothing lists checkpoints.")

    async def list_checkpoint_ids(self, *, workflow_name: str) -> list[str]:
        raise NotImplementedError("A run goes on from the number on its record; nothing lists checkpoints.")

    async def get_latest(self, *, workflow_name: str) -> WorkflowCheckpoint | None:
        raise NotImplementedError("A run goes on from the number on its record; nothing asks for the latest.")

    async def delete(self, checkpoint_id: str) -> bool:
        raise NotImplementedError("Checkpoints are kept as long as their run.")


def only_hears(message: object) -> bool:
    """Whether an agent gets this only to know what others said: it does not work then."""
    return isinstance(message, AgentExecutorRequest) and not message.should_respond
