"""The store of what agents remember, on top of anything that keeps documents.

The memory of an agent in a tenant is one small document that lists its notes, and one for the text of each.
A write replaces the list at its version, in one batch with the new texts.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from orchestration.model import Memory, Note
from storage import documents, kinds
from storage.changes import Change
from storage.documents import Document
from storage.kinds import NoteText
from storage.shelf import Find, Shelf
from storage.values import plain, stamp

MARGIN = timedelta(minutes=5)
"""What is over is deleted only then: the clocks of workers and of the store may differ."""
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


class MemoryStore:
    """Implements orchestration.ports.Memories."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def memory(self, tenant: str, agent: str) -> Memory:
        document = await self._shelf.get(kinds.memory_key(tenant, agent), kinds.MEMORY)
        return documents.read(Memory, document) if document else Memory(tenant, agent)

    async def texts(self, memory: Memory, notes: Collection[Note]) -> Mapping[str, str]:
        key = kinds.memory_key(memory.tenant, memory.agent)
        found = await self._shelf.several(key, [kinds.id_of(NoteText, note.id) for note in notes])
        return {documents.read(NoteText, each).note: each.data.decode() for each in found}

    async def keep_memory(
        self, before: Memory, after: Memory, texts: Mapping[str, str], now: datetime
    ) -> None:
        kept = {note.id: note for note in after.notes}
        head = _of_memory(after, before.version + 1, now)
        new = tuple(_of_text(head, kept[name], text, now) for name, text in texts.items() if name in kept)
        gone = tuple(kinds.id_of(NoteText, note.id) for note in before.notes if note.id not in kept)
        await self._shelf.commit(Change(head.key, head, changed=new, gone=gone))

    async def erase(self, memory: Memory) -> None:
        await self._shelf.clear(_of_memory(memory, memory.version, _BEFORE_ALL))

    async def memories_over(self, until: datetime, limit: int) -> Sequence[Memory]:
        found = await self._shelf.find(Find.MEMORIES_OVER, "", stamp(until), limit)
        return [documents.read(Memory, document) for document in found]


def _of_memory(memory: Memory, version: int, now: datetime) -> Document:
    key, end = kinds.memory_key(memory.tenant, memory.agent), max(now, _last(memory.notes)) + MARGIN
    record = {**plain(memory), "version": version}
    return Document(
        key,
        kinds.MEMORY,
        kinds.kind_of(Memory),
        record,
        index={"ended": stamp(end)},
        version=version,
        seconds=_seconds(end - now),
    )


def _of_text(head: Document, note: Note, text: str, now: datetime) -> Document:
    record, lasts = plain(NoteText(note.id)), note.expires + MARGIN - now
    return Document(
        head.key,
        kinds.id_of(NoteText, note.id),
        kinds.kind_of(NoteText),
        record,
        data=text.encode(),
        seconds=_seconds(lasts),
    )


def _seconds(span: timedelta) -> int:
    return max(1, math.ceil(span.total_seconds()))


def _last(notes: Iterable[Note]) -> datetime:
    return max((note.expires for note in notes), default=_BEFORE_ALL)
