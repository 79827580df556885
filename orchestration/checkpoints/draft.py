"""One entry in the making: which atoms are stored already, which are new."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from agent_framework import Message

from orchestration.checkpoints.atoms import (
    BLOB,
    LONG,
    MESSAGE,
    Content,
    Kept,
    Place,
    Row,
    data_of,
    digest_of,
    kept,
    kind_of,
)
from orchestration.checkpoints.memory import Memory
from orchestration.checkpoints.numbers import packed_pairs
from orchestration.checkpoints.pickling import pickled_message, unpickled_message

LARGE_SOURCES = 16
"""Sources that stay when others are written anew: the cost of a long run stays close to linear."""

MOST_REWRITTEN = 8 * 1024 * 1024
"""Bytes that are written anew at most, so that the entry can be read again."""


class Draft:
    """Collects the atoms of entry `number`. Atoms in the entries `retired` are written anew.

    A `patient` one leaves large content `unhashed`, for a thread; it is then thrown away.
    """

    def __init__(self, memory: Memory, number: int, retired: frozenset[int], *, patient: bool = True) -> None:
        self._memory, self.number, self._retired = memory, number, retired
        self._patient = patient
        self.rows: list[Row] = []
        self.places: dict[bytes, Place] = {}
        self.used: set[Place] = set()
        self.new_blobs: dict[str, Content] = {}
        self.kept: dict[int, Kept] = {}
        self.unhashed: dict[int, Content] = {}
        self.size = 0

    # ---- atoms --------------------------------------------------------------------------

    def leaf(self, value: Content) -> Place | None:
        """Return the place of a text or bytes; None when it is too large to be hashed here and now."""
        known = self._hashed(value)
        if known is None:
            return None
        return self._found(known.digest) or self._add(kind_of(value), value, known.digest)

    def message(self, message: Message) -> Place | None:
        """Return the place of a message as it is now; None when it contains what must be hashed first."""
        data, values = pickled_message(message)
        parts = [known.digest for known in map(self._hashed, values) if known]
        if len(parts) < len(values):
            return None
        digest = digest_of(MESSAGE, data, parts)
        return self._found(digest) or self._add_message(data, values, digest)

    def conversation(self, messages: Sequence[Message]) -> list[Place] | None:
        """Return the places of messages that never change, as message() does."""
        recent, places = self._memory.recent, {} if self._retired else self._memory.places
        found: list[Place] = []
        for (
            message
        ) in messages:  # of a long conversation, at every superstep: no call for those that are known
            known = recent.get(id(message))
            place = places.get(known.digest) if known else None
            if known and place:
                self.kept[id(message)] = known
            elif not (place := self._unchanging(message)):
                return None
            found.append(place)
        return found

    def use(self, place: Place) -> None:
        """The entry refers to this."""
        self.used.add(place)

    def _unchanging(self, message: Message) -> Place | None:
        known = self._recent(message)
        place = self._found(known.digest) if known else None
        if place is None:
            place = self.message(message)
            known = place and Kept(message, place.digest)
        if known:
            self.kept[id(message)] = known
        return place

    def _hashed(self, value: Content) -> Kept | None:
        if len(value) < LONG:
            return kept(value)
        known = self._recent(value)
        if known is None and self._patient and len(value) > BLOB:
            self.unhashed[id(value)] = value
            return None
        self.kept[id(value)] = known = known or kept(value)
        return known

    def _recent(self, value: object) -> Kept | None:
        return self.kept.get(id(value)) or self._memory.recent.get(id(value))

    def _found(self, digest: bytes) -> Place | None:
        if digest in self.places:
            return self.places[digest]
        place = self._memory.places.get(digest)
        if place and self._retired and any(part.entry in self._retired for part in place.all):
            return None
        return place

    def _add_message(self, data: bytes, values: Sequence[Content], digest: bytes) -> Place:
        unpickled_message(data, values)  # what cannot be read back must not be stored
        parts = [part for part in map(self.leaf, values) if part]
        return self._add(MESSAGE, data, digest, parts)

    def _add(self, kind: str, value: Content, digest: bytes, parts: Sequence[Place] = ()) -> Place:
        data = data_of(value)
        if digest not in self._memory.places:  # what is written anew was passed on by an earlier step
            self.size += len(data)
        blob = digest.hex() if len(data) > BLOB else ""
        if blob and blob not in self._memory.blobs:
            self.new_blobs[blob] = value
        row = Row(kind.upper() if blob else kind, digest if blob else data, _packed(parts))
        place = Place(self.number, len(self.rows), digest, sum(map(len, row)), blob, tuple(parts))
        self.rows.append(row)
        self.places[digest] = place
        return place

    # ---- what the entry refers to -------------------------------------------------------

    @cached_property
    def sources(self) -> tuple[int, ...]:
        """The numbers of the earlier entries that must be read to read this one."""
        return tuple(sorted({part.entry for part in self._parts} - {self.number}))

    @property
    def blobs(self) -> tuple[str, ...]:
        return tuple(sorted({part.blob for part in self._parts} - {""}))

    @cached_property
    def _parts(self) -> set[Place]:
        return self.used.union(*(place.parts for place in self.used if place.parts))

    def small_sources(self) -> frozenset[int]:
        """Return the sources to write anew: all but the largest; none if that is too much."""
        weights = Counter[int]()
        for part in self._parts:
            weights[part.entry] += part.size
        del weights[self.number]
        small = dict(weights.most_common()[LARGE_SOURCES:])
        return frozenset(small) if sum(small.values()) <= MOST_REWRITTEN else frozenset()


def _packed(parts: Sequence[Place]) -> bytes:
    return packed_pairs((part.entry, part.index) for part in parts)
