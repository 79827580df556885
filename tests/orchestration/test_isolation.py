"""Many runs of all workflows at once, for two tenants: nothing of one is found with another."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from agent_framework import Message

from orchestration.agents.demo import DemoChatClient
from orchestration.catalog import WORKFLOWS
from orchestration.idempotency import idempotency_key
from orchestration.model import Person, Run
from orchestration.register import Asker
from tests.fakes.answering import answer_to
from tests.fakes.core import ALICE, BOB, STRANGER, core
from tests.fakes.desk import FakeDesk

RUNS = 50
WITHIN = 100.0
MARK = re.compile(r"\bmark[a-z]{8}\b", re.IGNORECASE)
"""A word that stands in the input of one run and nowhere else."""


def mark_of(number: int) -> str:
    """Letters only: agents take numbers for something else."""
    return "mark" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:08}")


class Listening(DemoChatClient):
    """The demo model, which also keeps what it is told, by the run that tells it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, set[str]] = {}
        self.run_of: dict[str, str] = {}

    def _inner_get_response(self, *, messages: Sequence[Message], **kwargs):
        words = " ".join(
            [*(message.text for message in messages), *(str(message.to_dict()) for message in messages)]
        )
        self.told.setdefault(idempotency_key(), set()).update(marks_in(words))
        return super()._inner_get_response(messages=messages, **kwargs)


def marks_in(text: str) -> set[str]:
    return {found.lower() for found in MARK.findall(text)}


def person_of(number: int) -> Person:
    """Every other run belongs to the other tenant, and each to a person of its own."""
    known = ALICE if number % 2 else STRANGER
    return replace(known, id=f"aaaaaaaa-0000-4000-8000-{number:012}")


async def test_fifty_runs_of_all_workflows_and_two_tenants_keep_to_themselves(any_store):
    client = Listening()
    async with FakeDesk() as desk, core(any_store, client=client, services=desk.services) as it:
        runs = await asyncio.gather(*(_started(it, number) for number in range(RUNS)))
        async with asyncio.timeout(WITHIN):
            ended = await asyncio.gather(*(_answered(it, run) for run in runs))
        for number, run in enumerate(ended):
            assert run.status in {"completed", "rejected"}, (run.workflow, run.failed_step, run.failed_cause)
            assert run.tenant == person_of(number).tenant
            assert await _kept_of(it, run) == {mark_of(number)}
    assert {run.workflow for run in ended} == {definition.name for definition in WORKFLOWS}
    tenants = [{mark_of(number) for number in range(RUNS) if number % 2 == odd} for odd in (0, 1)]
    assert client.told
    for told in client.told.values():
        assert len(told) <= 1  # a model is told of one run only
    assert set().union(*client.told.values()) == set().union(*tenants)


async def _started(it, number: int) -> Run:
    workflow, by = WORKFLOWS[number // 2 % len(WORKFLOWS)], person_of(number)
    words = f"{workflow.example} {mark_of(number)}"
    asker = Asker(by, f"a:chat-of-{number}", personal=True)
    source = f"{asker.conversation}|message"
    return await it.runs.start(workflow.name, words, asker, source=source, at=datetime.now(UTC))


async def _answered(it, run: Run) -> Run:
    """Answer all that a run asks, until it ends."""
    while True:
        book = await it.until(run.key, lambda book: book.run.over or book.pending, WITHIN)
        if book.run.over:
            return book.run
        for approval in book.pending:
            how, requester = answer_to(approval), book.run.requester
            by = requester if requester.id != approval.excluded else replace(BOB, tenant=run.tenant)
            await it.decide(
                run.key,
                approval.id,
                how.pop("verdict"),
                how.pop("comment", ""),
                by=by,
                conversation=run.conversation,
                source=f"{run.id}|{approval.id}",
                **how,
            )
        await asyncio.sleep(0.05)


async def _kept_of(it, run: Run) -> set[str]:
    """Every mark that is found in what is kept of a run: records, texts, and all saved states."""
    store, key = it.store, run.key
    records = [run, *await store.approvals(key), *await store.history(key)]
    texts = [await store.text(key, name) or "" for name in ("input", "result")]
    words = " ".join([*(str(asdict(record)) for record in records), *texts])
    saved = (state.decode("latin-1") for state in await it.saved(key))
    return marks_in(words).union(*map(marks_in, saved))
