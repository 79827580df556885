"""Looks at how a run ended: in the store, in the journal of its steps, and on the cards that people see."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from orchestration.model import Approval, Run, RunStatus, Verdict
from orchestration.ports import Store
from tests.durability import journal
from tests.durability.journal import Work
from tests.durability.people import Errand
from tests.durability.seen import Doubts, copies_of, drawn, without_need, wrongly_shown


@dataclass
class Findings:
    """What is wrong, in words, and what is only counted."""

    wrong: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True)
class Ended:
    """A run as the store has it at the end."""

    run: Run
    approvals: Sequence[Approval]
    result: str | None
    events: Sequence[str]

    @classmethod
    async def read(cls, store: Store, run: Run) -> "Ended":
        approvals, result = await store.approvals(run.key), await store.text(run.key, "result")
        return cls(run, approvals, result, [event.what for event in await store.history(run.key)])


class Inspection:
    """Of all runs: what is wrong with each, and the figures."""

    def __init__(self, store: Store, works: Sequence[Work], doubts: Doubts) -> None:
        self._store, self._doubts = store, doubts
        self._found = Findings()
        self._works = defaultdict[str, list[Work]](list)
        for work in works:
            self._works[work.mark].append(work)

    async def of(self, errands: Sequence[Errand]) -> Findings:
        for errand in errands:
            wrong = [problem async for problem in self._problems(errand)]
            self._found.wrong += [f"{errand.mark}: {problem}" for problem in wrong]
            self._found.counts["ended right"] += not wrong
        return self._found

    async def _problems(self, errand: Errand) -> AsyncIterator[str]:
        runs = await self._store.runs_in(errand.tenant, errand.where["id"], 10)
        if len(runs) != 1:
            yield f"it is {len(runs)} runs"
            return
        ended = await Ended.read(self._store, runs[0])
        for problem in [*_of_end(ended), *_of_decisions(errand, ended), *self._of_steps(errand, ended)]:
            yield problem
        async for problem in self._of_cards(errand, ended):
            yield problem

    def _of_steps(self, errand: Errand, ended: Ended) -> Iterator[str]:
        works = self._works[errand.mark]
        done = list(dict.fromkeys((work.step, work.given) for work in works))
        self._found.counts["steps"] += len(done)
        self._found.counts["steps again"] += len(works) - len(done)
        yield from _of_work(done, ended)

    async def _of_cards(self, errand: Errand, ended: Ended) -> AsyncIterator[str]:
        truth, copies = drawn(ended.run, ended.approvals, ended.result or ""), copies_of(errand.chat)
        self._found.counts["cards"] += len(truth)
        self._found.counts["second cards"] += sum(len(posted) - 1 for posted in copies.values())
        if copies.keys() != truth.keys():
            yield f"it has cards about {sorted(copies)}"
        for problem in [*without_need(copies, self._doubts), *wrongly_shown(copies, truth)]:
            yield problem
        for about, posted in copies.items():
            for copy in posted:
                if copy.asks and (await errand.healed(copy.card)).get("value") != truth.get(about):
                    yield f"a second card about {about} does not heal when it is clicked"


def _of_end(ended: Ended) -> Iterator[str]:
    last = ended.approvals[-1]
    wanted = {"approved": RunStatus.COMPLETED, "rejected": RunStatus.REJECTED}.get(last.status)
    if ended.run.status is not wanted:
        yield f"it is {ended.run.status}, but the last question was {last.status}"
    if ended.result != last.text:
        yield "its result is not the last text that people saw"
    asked = [["asked", f"decided: {one.decision.verdict}"] for one in ended.approvals if one.decision]
    if ended.events != ["started", *(event for pair in asked for event in pair), ended.run.status]:
        yield f"its audit trail is {ended.events}"


def _of_decisions(errand: Errand, ended: Ended) -> Iterator[str]:
    for approval in ended.approvals:
        decision = approval.decision
        ballot = errand.ballots.get(decision.source) if decision else None
        if decision is None or ballot is None:
            yield f"{approval.id} was decided by nobody"
        elif ballot.approval != approval.id:
            yield f"{approval.id} counts what {ballot.by.name} answered to {ballot.approval}"
        elif ballot.said != (decision.verdict, decision.comment, decision.by.id):
            yield f"{approval.id} has not what was answered: {ballot}, {decision}"


def _of_work(done: Sequence[tuple[str, str]], ended: Ended) -> Iterator[str]:
    """A step may have worked on the same thing more than once, but never on anything else."""
    decided = [one.decision for one in ended.approvals if one.decision]
    answers = [journal.answer(one.verdict, one.comment, one.by.name) for one in decided]
    given = [given for step, given in done if step == "review" and "\n" not in given]
    if given != answers:
        yield f"its steps were given {given}, not {answers}"
    rounds, accepted = len(decided), decided[-1].verdict is Verdict.APPROVE
    steps = Counter(step for step, _ in done)
    if steps != Counter(brief=1, write=rounds, review=2 * rounds, publish=int(accepted)):
        yield f"its steps worked {dict(steps)} times for {rounds} questions"


async def at_rest(store: Store, errand: Errand) -> None:
    """Wait until every card of the run is shown and nobody has to look at it any more."""
    for run in await store.runs_in(errand.tenant, errand.where["id"], 10):
        while (book := await store.read(run.key)) and (book.unsettled or book.run.due != book.next_timer):
            await asyncio.sleep(0.2)
