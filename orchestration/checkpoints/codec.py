"""Saved states of a run as bytes, and back: what is stored already is referred to, not repeated."""

import asyncio
import pickle
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_framework import WorkflowCheckpoint, WorkflowCheckpointException

from orchestration.checkpoints import legacy, refusals, sealing
from orchestration.checkpoints.atoms import BLOB, Content, data_of, kept
from orchestration.checkpoints.draft import Draft
from orchestration.checkpoints.envelope import fill
from orchestration.checkpoints.keyring import Keyring
from orchestration.checkpoints.memory import Memory
from orchestration.checkpoints.pickling import unpickled
from orchestration.checkpoints.shelf import Shelf
from orchestration.model import RunKey
from orchestration.sizes import refuse_too_much

MOST_SOURCES = 64
"""Earlier entries that one may refer to: with more, the small ones are written anew."""

ROOM = 64 * 1024
"""Bytes that may come on top of what a step passes on: ids and names that the framework adds."""

_UNREADABLE = (
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    TypeError,
    ValueError,
    WorkflowCheckpointException,
    pickle.UnpicklingError,
    sealing.TooLargeError,
    zlib.error,
)
"""What a state raises that is ours and whole, when the classes in it have changed or gone."""


@dataclass(frozen=True)
class Entry:
    """What is stored for one checkpoint. `sources` and `blobs` are for fetching what belongs to it."""

    data: bytes
    sources: tuple[int, ...] = ()
    """The numbers of the earlier entries that it refers to, ascending."""
    blobs: tuple[str, ...] = ()
    """The digests of all blobs that it refers to, directly or through its atoms."""


@dataclass(frozen=True)
class Encoded:
    """An entry that is ready to be stored, after its new blobs."""

    entry: Entry
    new_blobs: Mapping[str, bytes]
    size: int
    """Bytes before compression: what is new, and the envelope around it."""
    draft: Draft = field(repr=False, compare=False)
    """For Codec.stored()."""


class Codec:
    """Writes and reads the saved states of one run, for one attempt; it remembers what is stored."""

    def __init__(self, key: RunKey, keyring: Keyring) -> None:
        self._key, self._keyring = key, keyring
        self._memory = Memory()

    # ---- writing ------------------------------------------------------------------------

    async def encode(self, checkpoint: WorkflowCheckpoint, number: int) -> Encoded:
        """Return the checkpoint as entry `number`.

        Raises StepError when the step passes on too much, and what pickling raises when the checkpoint holds
        a type that cannot be read back.
        """
        draft, envelope = await self._drafted(checkpoint, number, frozenset())
        if len(draft.sources) > MOST_SOURCES and (small := draft.small_sources()):
            draft, envelope = await self._drafted(checkpoint, number, small)
        size = draft.size + len(envelope)
        refuse_too_much(size, room=ROOM)
        self._memory.recent = draft.kept
        return await self._sealed(draft, envelope, size)

    def stored(self, encoded: Encoded) -> None:
        """The entry and its blobs are durable: from now on their content is referred to."""
        self._memory.store(encoded.draft.places.values())

    async def _drafted(
        self, checkpoint: WorkflowCheckpoint, number: int, retired: frozenset[int]
    ) -> tuple[Draft, bytes]:
        draft = Draft(self._memory, number, retired)
        envelope = fill(draft, checkpoint)
        if draft.unhashed:
            for value in draft.unhashed.values():
                self._memory.keep([await asyncio.to_thread(kept, value)])
            draft = Draft(self._memory, number, retired, patient=False)
            envelope = fill(draft, checkpoint)
        return draft, envelope

    async def _sealed(self, draft: Draft, envelope: bytes, size: int) -> Encoded:
        frame = sealing.Frame(envelope, draft.rows)
        arguments = (frame, self._key, draft.number, self._keyring)
        if len(envelope) + sum(len(row.data) for row in draft.rows) > BLOB:
            data = await asyncio.to_thread(sealing.seal, *arguments)
        else:
            data = sealing.seal(*arguments)
        blobs = {name: await asyncio.to_thread(_packed, value) for name, value in draft.new_blobs.items()}
        return Encoded(Entry(data, draft.sources, draft.blobs), blobs, size, draft)

    # ---- reading ------------------------------------------------------------------------

    async def decode(
        self, number: int, entries: Mapping[int, bytes], blobs: Mapping[str, bytes]
    ) -> WorkflowCheckpoint:
        """Return the checkpoint of entry `number`, and know from now on what is stored of it.

        `entries` are the data of that entry and of all its sources, `blobs` those that it refers to.
        Raises CheckpointRefusedError.
        """
        if sum(map(len, (*entries.values(), *blobs.values()))) > BLOB:
            fields, shelf = await asyncio.to_thread(self._read, number, entries, blobs)
        else:
            fields, shelf = self._read(number, entries, blobs)
        self._memory.store(shelf.places.values())
        self._memory.keep(shelf.kept)
        return WorkflowCheckpoint.from_dict(fields)

    def _read(
        self, number: int, entries: Mapping[int, bytes], blobs: Mapping[str, bytes]
    ) -> tuple[dict[str, Any], Shelf]:
        if number not in entries:
            raise refusals.incomplete(self._key.run, number, "it")
        try:
            return self._taken(number, entries, blobs)
        except _UNREADABLE as error:
            raise refusals.unreadable(self._key.run, number, error) from error

    def _taken(
        self, number: int, entries: Mapping[int, bytes], blobs: Mapping[str, bytes]
    ) -> tuple[dict[str, Any], Shelf]:
        if entries[number].startswith(sealing.FIRST_FORMAT):
            return self._first_format(number, entries[number]), Shelf(self._key.run, number, {})
        frames = {
            source: sealing.unseal(entries[source], self._key, source, self._keyring)
            for source in sorted(entries)
        }
        contents = {name: sealing.inflated(data) for name, data in blobs.items()}
        shelf = Shelf(self._key.run, number, contents)
        for source, frame in frames.items():
            shelf.put(source, frame.rows)
        return unpickled(frames[number].envelope, shelf.find), shelf

    def _first_format(self, number: int, data: bytes) -> dict[str, Any]:
        if not self._keyring.unsigned:
            raise refusals.unsigned(self._key.run, number)
        return legacy.read(data)


def _packed(value: Content) -> bytes:
    return sealing.packed_blob(data_of(value))
