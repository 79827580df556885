"""The store of the core's records, on top of anything that keeps documents. The same for every backend."""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from orchestration.book import Book
from orchestration.errors import ConflictError, InvalidInputError, SignoffError
from orchestration.model import Approval, Checkpoint, Event, Failure, Place, Run, RunKey
from storage import changes, documents, kinds
from storage.changes import Change
from storage.documents import Document
from storage.kinds import Blob, Notices, Seat, Text, Worker
from storage.loads import LoadStore
from storage.memories import MemoryStore
from storage.people import PeopleStore
from storage.shelf import Find, Shelf
from storage.values import stamp

R = TypeVar("R", Run, Approval)
log = logging.getLogger(__name__)

MANY = 100
MOST_NOTICES = 20
"""Conversations of a tenant that get failure notices: a failure and all its cards are one write."""


class RecordStore(PeopleStore, MemoryStore, LoadStore):
    """Implements orchestration.ports.Store."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(shelf)
        self._shelf = shelf

    async def open(self) -> None:
        await self._shelf.open()

    async def ready(self) -> bool:
        return await self._shelf.ready()

    async def close(self) -> None:
        await self._shelf.close()

    # ---- the records of a run -------------------------------------------------------------

    async def read(self, key: RunKey) -> Book | None:
        live = await self._shelf.live(key)
        run = next((documents.read(Run, document) for document in live if document.kind == kinds.RUN), None)
        if run and run.worker and (newest := await self.newest(key)) and newest.number > run.sequence:
            run = run.reached(newest)  # a run at rest has it in its own record
        return changes.book_of(run, live) if run else None

    async def write(self, before: Book | None, after: Book) -> Book:
        change = changes.between(before, after)
        await self._shelf.commit(change)
        return changes.stored(before, after, change)

    async def approval(self, key: RunKey, approval_id: str) -> Approval | None:
        document = await self._shelf.get(key, kinds.id_of(Approval, approval_id))
        return documents.read(Approval, document) if document else None

    async def approvals(self, key: RunKey) -> Sequence[Approval]:
        found = await self._shelf.all_of(key, kinds.kind_of(Approval))
        approvals = {read.id: read for read in (documents.read(Approval, document) for document in found)}
        return sorted(approvals.values(), key=lambda approval: (approval.asked, approval.id))

    async def failure(self, key: RunKey, failure_id: str) -> Failure | None:
        document = await self._shelf.get(key, kinds.id_of(Failure, failure_id))
        return documents.read(Failure, document) if document else None

    async def text(self, key: RunKey, name: str) -> str | None:
        document = await self._shelf.get(key, kinds.id_of(Text, name))
        return documents.read(Text, document).text if document else None

    async def checkpoint(self, key: RunKey, number: int) -> Checkpoint | None:
        document = await self._shelf.get(key, kinds.checkpoint_id(number))
        return documents.read(Checkpoint, document) if document else None

    async def checkpoints(self, key: RunKey, numbers: Collection[int]) -> Sequence[Checkpoint]:
        found = await self._shelf.several(key, [kinds.checkpoint_id(number) for number in numbers])
        return sorted((documents.read(Checkpoint, each) for each in found), key=lambda each: each.number)

    async def log(self, key: RunKey) -> Sequence[Checkpoint]:
        found = await self._shelf.all_of(key, kinds.kind_of(Checkpoint))
        return sorted((documents.read(Checkpoint, each) for each in found), key=lambda each: each.number)

    async def keep(self, key: RunKey, blobs: Mapping[str, bytes]) -> None:
        if blobs:
            await self._shelf.keep([documents.of_blob(key, name, data) for name, data in blobs.items()])

    async def blobs(self, key: RunKey, digests: Collection[str]) -> Mapping[str, bytes]:
        found = await self._shelf.several(key, [kinds.id_of(Blob, digest) for digest in digests])
        return {documents.read(Blob, document).digest: document.data for document in found}

    async def delete(self, run: Run) -> None:
        await self._shelf.clear(documents.of_run(run))

    async def newest(self, key: RunKey) -> Checkpoint | None:
        document = await self._shelf.newest(key, kinds.kind_of(Checkpoint))
        return documents.read(Checkpoint, document) if document else None

    async def history(self, key: RunKey) -> Sequence[Event]:
        found = await self._shelf.all_of(key, kinds.kind_of(Event))
        events = [documents.read(Event, document) for document in found]
        return sorted(events, key=lambda event: event.number)

    # ---- finding ----------------------------------------------------------------------------

    async def due(self, until: datetime, limit: int) -> Sequence[Run]:
        return await self._runs(Find.DUE, "", stamp(until), limit)

    async def claimed_by(self, worker: str, limit: int) -> Sequence[Run]:
        return await self._runs(Find.CLAIMED_BY, "", worker, limit)

    async def ended(self, until: datetime, limit: int) -> Sequence[Run]:
        return await self._runs(Find.ENDED, "", stamp(until), limit)

    async def runs_of(self, tenant: str, requester: str, limit: int) -> Sequence[Run]:
        return await self._runs(Find.RUNS_OF, tenant, requester, limit)

    async def runs_in(self, tenant: str, conversation: str, limit: int) -> Sequence[Run]:
        return await self._runs(Find.RUNS_IN, tenant, conversation, limit)

    async def runs_named(self, tenant: str, short_id: str) -> Sequence[Run]:
        return await self._runs(Find.RUNS_NAMED, tenant, short_id, MANY)

    async def runs_since(self, tenant: str, since: datetime, limit: int) -> Sequence[Run]:
        return await self._runs(Find.RUNS_SINCE, tenant, stamp(since), limit)

    async def completed(self, tenant: str, workflow: str, limit: int) -> Sequence[Run]:
        value, above = documents.completed_value(workflow), f"{workflow}|"
        return await self._runs(Find.COMPLETED, tenant, value, limit, above)

    async def _runs(self, what: Find, tenant: str, value: str, limit: int, above: str = "") -> Sequence[Run]:
        return _readable(Run, await self._shelf.find(what, tenant, value, limit, above))

    async def waiting_in(self, tenant: str, conversation: str, limit: int) -> Sequence[Approval]:
        return _readable(Approval, await self._shelf.find(Find.WAITING_IN, tenant, conversation, limit))

    async def waiting_for(
        self, tenant: str, person: str, limit: int, before: datetime | None = None
    ) -> Sequence[Approval]:
        value, above = documents.seat_value(person, before), f"{person}|"
        found = await self._shelf.find(Find.WAITING_FOR, tenant, value, limit, above)
        seats = [(document.key, documents.read(Seat, document)) for document in found]
        asked = await asyncio.gather(*(self.approval(key, seat.approval) for key, seat in seats))
        return [approval for approval in asked if approval and approval.pending]

    async def answered_by(self, tenant: str, source: str) -> Approval | None:
        for document in await self._shelf.find(Find.ANSWERED_BY, tenant, source, 1):
            if document.kind == kinds.kind_of(Approval):  # as it was written before events had a source
                return documents.read(Approval, document)
            return await self.approval(document.key, documents.read(Event, document).about)
        return None

    # ---- workers ----------------------------------------------------------------------------

    async def beat(self, worker: str, until: datetime) -> None:
        await self._shelf.put(documents.of_worker(Worker(worker, until)))

    async def alive(self, now: datetime) -> frozenset[str]:
        found = await self._shelf.all_of(kinds.WORKERS, kinds.kind_of(Worker))
        workers = [documents.read(Worker, document) for document in found]
        return frozenset(worker.worker for worker in workers if worker.until > now)

    async def dead(self, now: datetime) -> frozenset[str]:
        found = await self._shelf.all_of(kinds.WORKERS, kinds.kind_of(Worker))
        workers = [documents.read(Worker, document) for document in found]
        return frozenset(worker.worker for worker in workers if worker.until <= now)

    async def forget(self, worker: str) -> None:
        await self._shelf.drop(kinds.WORKERS, kinds.id_of(Worker, worker))

    # ---- places -----------------------------------------------------------------------------

    async def remember(self, place: Place) -> None:
        """Read first: a place is remembered with every message, and hardly ever changes."""
        if await self.place(place.tenant, place.conversation) == place:
            return
        if place.person:  # before the other, which says from then on that both are written
            await self._shelf.put(documents.of_personal_place(place))
        await self._shelf.put(documents.of_place(place))

    async def place(self, tenant: str, conversation: str) -> Place | None:
        return await self._place(kinds.place_key(tenant, conversation))

    async def personal_place(self, tenant: str, person: str) -> Place | None:
        return await self._place(kinds.person_key(tenant, person))

    async def _place(self, key: RunKey) -> Place | None:
        document = await self._shelf.get(key, kinds.PLACE)
        return documents.read(Place, document) if document else None

    async def notice_places(self, tenant: str) -> Sequence[str]:
        notices, _ = await self._notices(tenant)
        return notices.conversations

    async def set_notices(self, tenant: str, conversation: str, *, wanted: bool) -> None:
        switched = False
        while not switched:  # somebody else's switch at the same time is read and kept
            with contextlib.suppress(ConflictError):
                await self._switch(tenant, conversation, wanted=wanted)
                switched = True

    async def _switch(self, tenant: str, conversation: str, *, wanted: bool) -> None:
        notices, version = await self._notices(tenant)
        if wanted and len(notices.conversations) >= MOST_NOTICES:
            raise InvalidInputError(
                f"{MOST_NOTICES} conversations get failure notices already. "
                "Type “notify off” in one of them first."
            )
        if wanted is (conversation in notices.conversations):
            return
        others = tuple(name for name in notices.conversations if name != conversation)
        switched = Notices((*others, conversation) if wanted else others)
        document = documents.of_notices(tenant, switched, version + 1)
        await self._shelf.commit(Change(document.key, document))

    async def _notices(self, tenant: str) -> tuple[Notices, int]:
        document = await self._shelf.get(kinds.notices_key(tenant), kinds.NOTICES)
        return (documents.read(Notices, document), document.version) if document else (Notices(), 0)


def _readable(kind: type[R], found: Sequence[Document]) -> list[R]:
    """Return the records; one that a newer version wrote must not hide all the others from those who look."""
    records: list[R] = []
    for document in found:
        try:
            records.append(documents.read(kind, document))
        except SignoffError as problem:
            log.error("%s", problem)  # noqa: TRY400 - the sentence says it all
    return records
