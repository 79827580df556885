"""Takes a run out as a file of evidence, for those who may: it holds everybody's comments."""

import asyncio
from collections.abc import Collection

from orchestration import evidence
from orchestration.checkpoints.keyring import Keyring
from orchestration.clock import Clock
from orchestration.errors import InvalidInputError, NotAllowedError, NotFoundError
from orchestration.evidence import Records
from orchestration.model import Event, Failure, Person, Run, RunKey
from orchestration.ports import RunFinder, RunStore
from orchestration.register import Asker, Register
from orchestration.rules import may_act
from orchestration.wording import quoted

LOOKS = 5
"""How often it is read again while it changes."""
MB = 1024 * 1024


class Exports:
    """Every refusal is a SignoffError with a sentence."""

    def __init__(
        self,
        *,
        store: RunStore,
        register: Register,
        clock: Clock,
        keyring: Keyring,
        administrators: Collection[str] = (),
    ) -> None:
        self._store, self._register, self._clock, self._keyring = store, register, clock, keyring
        self._administrators = frozenset(administrators)

    async def meant(self, name: str, asker: Asker) -> Run:
        """Return the run with this name, or the only one there is. Raises NotFoundError."""
        if name:
            return await self._register.named(name, asker)
        return await self._register.only(asker, lambda _: True, "export")

    async def file(self, key: RunKey, asker: Asker, most: int = evidence.MOST_BYTES) -> bytes:
        """Return the file for somebody who may have it; `most` bytes of it.

        Raises NotFoundError, NotAllowedError or InvalidInputError with a sentence.
        """
        book = await self._store.read(key)
        if book is None or key.tenant != asker.person.tenant:
            raise NotFoundError("This run does not exist any more, or not for you.")
        if not may_act(book.run, asker.person, asker.conversation, self._administrators):
            raise NotAllowedError(
                f"Only {book.run.requester.name}, who started run {book.run.short_id}, its approvers and "
                "administrators can export it: the file has everybody's comments."
            )
        return await file_of(self._store, key, self._keyring, self._clock, by=asker.person, most=most)


async def file_of(
    store: RunStore,
    key: RunKey,
    keyring: Keyring,
    clock: Clock,
    *,
    by: Person,
    most: int = evidence.MOST_BYTES,
) -> bytes:
    """Return the file of a run, for whoever has been checked before. Raises SignoffError."""
    records = await _records(store, key)
    content = await asyncio.to_thread(_content, records, keyring, evidence.header(records.run, by, clock()))
    if len(content) > most:
        raise InvalidInputError(
            f"The file of run {records.run.short_id} has {len(content) / MB:.1f} MB; {most // MB} MB is the "
            "most here."
        )
    return content


def _content(records: Records, keyring: Keyring, header: dict[str, object]) -> bytes:
    return b"".join(evidence.chained([header, *evidence.facts(records)], keyring))


async def _records(store: RunStore, key: RunKey) -> Records:
    """Return the records as they were at one moment."""
    for _ in range(LOOKS):
        records = await _read(store, key)
        book = await store.read(key)
        if book is None or book.run.version == records.run.version:
            return records
    raise InvalidInputError("The run changes right now. Try again in a moment.")


async def _read(store: RunStore, key: RunKey) -> Records:
    book = await store.read(key)
    if book is None:
        raise NotFoundError("This run does not exist any more.")
    events = await store.history(key)
    return Records(
        run=book.run,
        input=await store.text(key, "input") or "",
        approvals=await store.approvals(key),
        failures=await _failures(store, key, events),
        events=events,
        result=await store.text(key, "result"),
    )


async def _failures(store: RunStore, key: RunKey, events: Collection[Event]) -> list[Failure]:
    names = dict.fromkeys(event.about for event in events if event.what == "failed")
    found = [await store.failure(key, name) for name in names]
    return [failure for failure in found if failure]


async def named(store: RunStore, finder: RunFinder, tenant: str, name: str) -> RunKey:
    """Return the run with this short or long id. Raises NotFoundError or InvalidInputError."""
    key = RunKey(tenant, name)
    if name.startswith("run-"):
        keys = [key] if await store.read(key) else []
    else:
        keys = [run.key for run in await finder.runs_named(tenant, name.lower())]
    if len(keys) > 1:
        raise InvalidInputError(f"More than one run is called {quoted(name)}. Use the long id.")
    if not keys:
        raise NotFoundError(f"There is no run {quoted(name)} in this tenant.")
    return keys[0]
