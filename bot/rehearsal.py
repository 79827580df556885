"""One run that is watched and answered at the terminal."""

import asyncio
from collections.abc import Sequence
from itertools import count

from bot.answers import Reaction, reaction
from orchestration.approvals import Approvals, Ballot
from orchestration.book import Book
from orchestration.catalog import Catalog
from orchestration.clock import system_clock
from orchestration.messages import REPLY
from orchestration.model import Approval, Checkpoint, Person, Run, RunStatus, position_of
from orchestration.ports import Store
from orchestration.register import Asker
from orchestration.rules import glance
from orchestration.runs import Runs

SOMEBODY = Person("local", "you", "You")
CONVERSATION = "terminal"
TURNS = 5
"""Answers of its own in a conversation, before it says that it is done."""
LOOK = 0.2
"""Seconds after which it looks at the run again, whether or not it heard of a change."""


class Rehearsal:
    """Starts a run, prints each step as it ends, and answers each question."""

    def __init__(
        self, *, store: Store, runs: Runs, approvals: Approvals, catalog: Catalog, changed: asyncio.Event
    ) -> None:
        self._store, self._runs, self._approvals = store, runs, approvals
        self._catalog, self._changed = catalog, changed
        self._last: Checkpoint | None = None
        self._numbers, self._turns = count(1), 0

    async def play(self, workflow: str, text: str, answers: Sequence[str], model: str) -> int:
        """Return the status: 0 when the run came to an end, 1 when it failed.

        Raises SignoffError when it cannot start, or for an answer that does not fit its question.
        """
        definition, left = self._catalog.named(workflow), list(answers)
        asker, given = Asker(SOMEBODY, CONVERSATION, personal=True), text.strip() or definition.example
        run = await self._runs.start(
            workflow, given, asker, source=self._source(), at=system_clock(), trial=True
        )
        _print(f"{definition.title}, a test run. Model: {model}.\nInput: {given}\n")
        while True:
            book = await self._rested(run)
            if book.run.over:
                return await self._ended(book)
            for approval in book.pending:
                await self._answer(approval, left.pop(0) if left else self._unprompted(approval))

    def _unprompted(self, approval: Approval) -> str:
        """Return what to say to a question for which no answer was given; a conversation must end somehow."""
        self._turns += approval.kind == REPLY
        return "reject" if approval.kind == REPLY and approval.options and self._turns > TURNS else ""

    def _source(self) -> str:
        return f"{CONVERSATION}|{next(self._numbers)}"

    async def _rested(self, run: Run) -> Book:
        """Tell of steps until the run waits for an answer, or is over."""
        while True:
            self._changed.clear()
            book = await self._store.read(run.key)
            await self._tell(run)
            if book and (book.run.over or (book.run.status is RunStatus.WAITING and book.pending)):
                return book
            try:
                await asyncio.wait_for(self._changed.wait(), LOOK)
            except TimeoutError:
                continue

    async def _tell(self, run: Run) -> None:
        known = self._last.number if self._last else 0
        new = [entry for entry in await self._store.log(run.key) if entry.number > known and entry.data]
        asking = {each.id: each.step for each in await self._store.approvals(run.key)} if new else {}
        for entry in new:
            waiting = {asking.get(name, "") for name in entry.waits}
            for step in worked(self._last, entry):
                if position_of(run.steps, step) and step not in waiting:
                    _print(f"✓ {titled(run, step)}")
            self._last = entry

    async def _answer(self, approval: Approval, words: str) -> None:
        answer = reaction(approval, words)
        _print(f"? {approval.title}\n{_indented(approval.text or approval.proposed)}")
        _print(f"  Answer: {answer.said}\n")
        await self._approvals.decide(self._ballot(approval, answer))

    def _ballot(self, approval: Approval, answer: Reaction) -> Ballot:
        return Ballot(
            key=approval.key,
            approval=approval.id,
            verdict=answer.verdict,
            comment=answer.comment,
            by=SOMEBODY,
            conversation=CONVERSATION,
            source=self._source(),
            option=answer.option,
            values=answer.values,
            seen=glance(approval),
        )

    async def _ended(self, book: Book) -> int:
        run = book.run
        if run.status is RunStatus.FAILED:
            failure = next(iter(book.failures.values()), None)
            _print(f"✗ {failure.step_title}\nFailed: {failure.reason}" if failure else "Failed.")
            return 1
        _print(
            f"{str(run.status).capitalize()}.\n\n{await self._store.text(run.key, 'result') or ''}".rstrip()
        )
        return 0


def worked(before: Checkpoint | None, after: Checkpoint) -> list[str]:
    """Return the steps that worked between two entries of a log."""
    if after.superstep == (before.superstep if before else 0):
        return []
    old = dict(before.spent) if before else {}
    spent = [step for step, seconds in after.spent if old.get(step) != seconds]
    # What took no measurable time the second time is found by where the run stood.
    return spent or ([before.step] if before else [])


def titled(run: Run, step: str) -> str:
    """Return what people call a step."""
    return next((known.title for known in run.steps if known.id == step), step)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - for the person at the terminal
