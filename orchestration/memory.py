"""Remembering: notes that agents keep for later runs, for a day, within limits, and nobody else's.

Every change reads the list of notes, changes it, and writes it at its version; when somebody else wrote
first it is read again. So the limits and the order of use hold however many processes write at once.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.clock import Clock
from orchestration.errors import ConflictError, InvalidInputError
from orchestration.model import Memory, MemoryLimits, Note, Owner
from orchestration.ports import Memories

LONGEST_KEY = 100
"""Characters."""
LARGEST = 256 * 1024
"""Bytes (UTF-8) of one note: it then is one item in every store, and forgetting it leaves nothing behind."""
PAGE, OVER = 50, timedelta(hours=1)
"""What is over is left to the store for so long: it may let go of it by itself."""

Change = Callable[[Memory, datetime], Memory]


@dataclass(frozen=True)
class Recalled:
    """A note with its text."""

    key: str
    text: str
    stored: datetime


@dataclass(frozen=True)
class Outline:
    """The notes that were used last, as far as there was room, and the keys of others."""

    notes: tuple[Recalled, ...] = ()
    others: tuple[str, ...] = ()


class Remembering:
    """What agents remember. Every method may raise StoreUnavailableError; then nothing is changed."""

    def __init__(self, store: Memories, clock: Clock, limits: MemoryLimits | None = None) -> None:
        self._store, self._clock, self.limits = store, clock, limits or MemoryLimits()

    async def remember(self, owner: Owner, key: str, text: str) -> None:
        """Keep a text under a key, in the place of what was there; doing it twice is doing it once.

        Raises InvalidInputError when it cannot be kept. What was used least recently makes room.
        """
        key = key_of(key)
        await self._keep(owner, {key: text_of(text)}, self._clock() + self.limits.life)

    async def recall(self, owner: Owner, key: str) -> Recalled | None:
        """Return what is kept under a key, which counts as a use; None: nothing, or not any more."""
        key = key_of(key)
        found = await self._found(owner, key) or await self._found(owner, key)
        if found is None:
            return None

        def used(memory: Memory, _: datetime) -> Memory:
            note = memory.named(owner.project, key)
            return memory.using(note) if note else memory

        await self._change(owner, used)
        return found

    async def outline(self, owner: Owner, *, characters: int, most: int) -> Outline:
        """Return the notes used last: about so many characters and at most so many notes, and other keys."""
        memory = (await self._store.memory(owner.tenant, owner.agent)).at(self._clock())
        notes = memory.of(owner.project)
        fitting = _fitting(notes, characters, most)
        others = [note.key for note in notes if note not in fitting]
        return Outline(tuple(await self._read(memory, fitting)), tuple(others[:most]))

    async def forget(self, owner: Owner, key: str) -> None:
        """Forget what is kept under a key."""
        key = key_of(key)
        await self._change(owner, lambda memory, _: memory.without(owner.project, [key]))

    async def clear(self, tenant: str, agent: str) -> int:
        """Forget all that an agent remembers in a tenant, in all projects; return how many notes it was."""
        while True:
            memory = await self._store.memory(tenant, agent)
            with contextlib.suppress(ConflictError):
                if memory.version:
                    await self._store.erase(memory)
                return len(memory.at(self._clock()).notes)

    async def hand_over(self, owner: Owner, agent: str, keys: Iterable[str]) -> Sequence[str]:
        """Let another agent have these notes as well; return the keys of those that were there.

        They end when the giver's do. The giver keeps them, so doing it twice does no harm.
        """
        wanted = {key_of(key) for key in keys}
        memory = (await self._store.memory(owner.tenant, owner.agent)).at(self._clock())
        notes = [note for note in memory.of(owner.project) if note.key in wanted]
        ends = {note.key: note.expires for note in notes}
        found = await self._read(memory, notes)
        for recalled in found:
            other = owner._replace(agent=agent)
            await self._keep(other, {recalled.key: recalled.text}, ends[recalled.key])
        return [recalled.key for recalled in found]

    async def standing(self, tenant: str, agents: Iterable[str]) -> Sequence[Memory]:
        """Return what there is to say of the memories of these agents now."""
        memories = [await self._store.memory(tenant, agent) for agent in agents]
        return [memory.at(self._clock()) for memory in memories]

    async def sweep(self) -> int:
        """Delete memories in which everything is over; return how many. Most stores have done so before."""
        deleted = 0
        while over := await self._store.memories_over(self._clock() - OVER, PAGE):
            before = deleted
            for memory in over:
                with contextlib.suppress(ConflictError):  # something was just kept in it
                    await self._store.erase(memory)
                    deleted += 1
            if deleted == before:
                break
        return deleted

    async def _found(self, owner: Owner, key: str) -> Recalled | None:
        """Between the list and the text somebody may have written a newer one: then None, once."""
        memory = (await self._store.memory(owner.tenant, owner.agent)).at(self._clock())
        note = memory.named(owner.project, key)
        found = await self._read(memory, [note]) if note else []
        return found[0] if found else None

    async def _keep(self, owner: Owner, texts: Mapping[str, str], expires: datetime) -> None:
        def keeping(memory: Memory, now: datetime) -> Memory:
            number = memory.version + 1
            notes = [
                Note(owner.project, key, _size(key, text), number, stored=now, expires=expires)
                for key, text in texts.items()
            ]
            return memory.keeping(notes, self.limits)

        await self._change(owner, keeping, texts)

    async def _change(self, owner: Owner, change: Change, texts: Mapping[str, str] | None = None) -> None:
        while True:
            now = self._clock()
            before = await self._store.memory(owner.tenant, owner.agent)
            after = change(before.at(now), now)
            if after == before:
                return
            known = {note.id for note in before.notes}
            new = {note.id: texts[note.key] for note in after.notes if texts and note.id not in known}
            with contextlib.suppress(ConflictError):  # somebody else wrote: decide again on what is there now
                await self._store.keep_memory(before, after, new, now)
                return

    async def _read(self, memory: Memory, notes: Sequence[Note]) -> list[Recalled]:
        texts = await self._store.texts(memory, notes)
        return [Recalled(note.key, texts[note.id], note.stored) for note in notes if note.id in texts]


def key_of(key: str) -> str:
    """Return a key as it counts: in one line. Raises InvalidInputError."""
    words = " ".join(_whole(key).split())
    if not words or not words.isprintable():
        raise InvalidInputError("Please name a key for the note: a few words in one line.")
    if len(words) > LONGEST_KEY:
        raise InvalidInputError(f"The key of a note can have {LONGEST_KEY} characters: name a shorter one.")
    return words


def text_of(text: str) -> str:
    """Return a text as it can be kept. Raises InvalidInputError."""
    text = _whole(text)
    if not text.strip():
        raise InvalidInputError("The note is empty: say what to remember.")
    if len(text.encode()) > LARGEST:
        raise InvalidInputError(
            f"The note has more than {LARGEST // 1024} KB: keep a summary, or several notes."
        )
    return text


def _whole(text: str) -> str:
    """Halves of characters cannot be stored as text."""
    return text.encode(errors="replace").decode()


def _size(key: str, text: str) -> int:
    return len(key.encode()) + len(text.encode())


def _fitting(notes: Iterable[Note], characters: int, most: int) -> Sequence[Note]:
    fitting: list[Note] = []
    for note in notes:
        if len(fitting) < most and note.size <= characters:
            fitting.append(note)
            characters -= note.size
    return fitting
