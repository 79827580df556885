"""The atoms of the entries that were loaded, by their places."""

from collections.abc import Mapping
from typing import cast

from agent_framework import Message

from orchestration.checkpoints import refusals
from orchestration.checkpoints.atoms import (
    LONG,
    MESSAGE,
    Content,
    Kept,
    Place,
    Row,
    digest_of,
    value_of,
)
from orchestration.checkpoints.envelope import LEAF, MANY, ONE
from orchestration.checkpoints.numbers import unpacked, unpacked_pairs
from orchestration.checkpoints.pickling import unpickled_message

Spot = tuple[int, int]
"""The number of an entry and an index in it."""


class Shelf:
    """Finds what the envelope of state `number` refers to, or raises CheckpointRefusedError."""

    def __init__(self, run: str, number: int, blobs: Mapping[str, bytes]) -> None:
        self._run, self._number, self._blobs = run, number, blobs
        self.places: dict[Spot, Place] = {}
        self.kept: list[Kept] = []
        self._values: dict[Spot, Content] = {}
        self._messages: dict[tuple[int, int, int], Message] = {}

    def put(self, entry: int, rows: list[Row]) -> None:
        """Add the atoms of an entry; those of earlier entries must be here already."""
        for index, row in enumerate(rows):
            parts = [self.places.get(spot) for spot in unpacked_pairs(row.parts)]
            if None not in parts:  # else it belongs to another state, whose entries were not asked for
                self._put((entry, index), row, tuple(cast(list[Place], parts)))

    def _put(self, spot: Spot, row: Row, parts: tuple[Place, ...]) -> None:
        digests, kind = [part.digest for part in parts], row.kind.lower()
        if kind == row.kind:
            digest, data, blob = digest_of(kind, row.data, digests), row.data, ""
        else:
            digest, blob = row.data, row.data.hex()
            data = self._blobs.get(blob)
            if data is not None and digest_of(kind, data, digests) != digest:
                raise refusals.blob_changed(self._run, self._number, blob)
        self.places[spot] = Place(*spot, digest, sum(map(len, row)), blob, parts)
        if data is not None:
            self._keep(spot, value_of(kind, data), digest, leaf=kind != MESSAGE)

    def _keep(self, spot: Spot, value: Content, digest: bytes, *, leaf: bool) -> None:
        self._values[spot] = value
        if leaf and len(value) >= LONG:
            self.kept.append(Kept(value, digest))

    # ---- references ---------------------------------------------------------------------

    def find(self, reference: bytes) -> object:
        """Return what a reference of the envelope stands for."""
        kind, rest = reference[:1], reference[1:]
        if kind == MANY:
            return [self._unchanging(spot) for spot in unpacked_pairs(rest)]
        entry, index, *twin = unpacked(rest)
        if kind == LEAF:
            return self._value((entry, index))
        if kind == ONE:
            return self._message((entry, index), *twin)
        raise ValueError(f"there is no reference of the kind {kind!r}.")

    def _value(self, spot: Spot) -> Content:
        if spot in self._values:
            return self._values[spot]
        place = self.places.get(spot)
        missing = f"its large text {place.blob[:12]}" if place else f"state {spot[0]}, on which it builds,"
        raise refusals.incomplete(self._run, self._number, missing)

    def _message(self, spot: Spot, twin: int) -> Message:
        if (*spot, twin) not in self._messages:
            data = cast(bytes, self._value(spot))
            parts = [self._value((part.entry, part.index)) for part in self.places[spot].parts]
            self._messages[*spot, twin] = unpickled_message(data, parts)
        return self._messages[*spot, twin]

    def _unchanging(self, spot: Spot) -> Message:
        new = (*spot, -1) not in self._messages
        message = self._message(spot, -1)  # not the object of a step, which may change in place
        if new:
            self.kept.append(Kept(message, self.places[spot].digest))
        return message
