"""What an agent remembers of earlier runs: notes under keys, and which of them goes first. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from orchestration.sizes import MB


class Owner(NamedTuple):
    """Whose notes: those of an agent in a tenant, and there of one project; "" is the whole tenant."""

    tenant: str
    agent: str
    project: str = ""


@dataclass(frozen=True)
class MemoryLimits:
    """How long a note is kept, and how much an agent may remember in a tenant, over all projects."""

    life: timedelta = timedelta(hours=24)
    notes: int = 1_000
    size: int = 100 * MB
    """Bytes (UTF-8) of all keys and texts."""


@dataclass(frozen=True)
class Note:
    """What is known of a note. Its text lies apart: it is seldom read."""

    project: str
    key: str
    size: int
    """Bytes (UTF-8) of key and text."""
    number: int
    """The version of the memory that wrote it."""
    stored: datetime
    expires: datetime

    @property
    def id(self) -> str:
        """Names this text and no other, so that dropping an older one late never meets a newer one."""
        return f"{self.number}|{self.stored.isoformat()}|{self.project}|{self.key}"


@dataclass(frozen=True)
class Memory:
    """All notes of an agent in a tenant, the least recently used first. Every write replaces this record."""

    tenant: str
    agent: str
    notes: tuple[Note, ...] = ()
    hits: int = 0
    """How often a note was recalled."""
    expired: int = 0
    evicted: int = 0
    """How many notes had to make room for others."""
    version: int = 0

    @property
    def size(self) -> int:
        """Bytes of all notes."""
        return sum(note.size for note in self.notes)

    def of(self, project: str) -> Sequence[Note]:
        """Return the notes of a project, the most recently used first."""
        return [note for note in reversed(self.notes) if note.project == project]

    def named(self, project: str, key: str) -> Note | None:
        return next((note for note in self.notes if _is(note, project, key)), None)

    def at(self, now: datetime) -> "Memory":
        """Return what is left of it at this time."""
        kept = tuple(note for note in self.notes if note.expires > now)
        return replace(self, notes=kept, expired=self.expired + len(self.notes) - len(kept))

    def keeping(self, newer: Iterable[Note], limits: MemoryLimits) -> "Memory":
        """Return it with these notes, in the place of those with the same keys, and within its limits."""
        kept = self
        for note in newer:
            kept = kept.without(note.project, [note.key])
            kept = replace(kept, notes=(*kept.notes, note))
        return kept.within(limits)

    def using(self, note: Note) -> "Memory":
        """Return it with this note as the one that was used last."""
        others = self.without(note.project, [note.key]).notes
        return replace(self, notes=(*others, note), hits=self.hits + 1)

    def without(self, project: str, keys: Collection[str]) -> "Memory":
        """Return it without the notes of these keys."""
        return replace(
            self, notes=tuple(note for note in self.notes if note.project != project or note.key not in keys)
        )

    def within(self, limits: MemoryLimits) -> "Memory":
        """Return what may stay: whatever was not used for the longest time goes first."""
        size, first = self.size, max(0, len(self.notes) - limits.notes)
        size -= sum(note.size for note in self.notes[:first])
        while size > limits.size:
            size -= self.notes[first].size
            first += 1
        return replace(self, notes=self.notes[first:], evicted=self.evicted + first)


def _is(note: Note, project: str, key: str) -> bool:
    return note.project == project and note.key == key
