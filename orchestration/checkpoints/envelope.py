"""The rest of a state when its atoms are taken out: a pickle with references in their place."""

import pickle
from io import BytesIO
from typing import Any, cast

from agent_framework import Message, WorkflowCheckpoint

from orchestration.checkpoints.atoms import ATOM, Content, Place
from orchestration.checkpoints.draft import Draft
from orchestration.checkpoints.numbers import packed, packed_pairs
from orchestration.checkpoints.pickling import PROTOCOL, unpickled
from orchestration.messages import Conversation

LEAF, ONE, MANY = b"t", b"m", b"c"
"""First byte of a reference: to a text or bytes, to a message, to the messages of a conversation."""

_LATER = b"?"
"""Stands for what must be hashed first; such a draft is thrown away."""


class _Pickler(pickle.Pickler):
    def __init__(self, buffer: BytesIO, draft: Draft) -> None:
        super().__init__(buffer, PROTOCOL)
        self._draft = draft
        self._unchanging: set[int] = set()
        self._twins: dict[Place, list[Message]] = {}
        self.originals: dict[bytes, object] = {}

    def persistent_id(self, obj: Any) -> bytes | None:
        kind = cast(type[object], type(obj))
        if kind is str or kind is bytes:
            return self._leaf(obj) if len(obj) >= ATOM else None
        if kind is Message:
            return self._one(obj)
        if kind is list:
            return self._many(obj) if id(obj) in self._unchanging else None
        if kind is Conversation:
            # Only its list becomes a reference: fields that it gets one day are pickled as ever.
            self._unchanging.add(id(obj.messages))
        return None

    def _leaf(self, value: Content) -> bytes:
        place = self._draft.leaf(value)
        if place is None:
            return _LATER
        self._draft.use(place)
        return self._noted(LEAF + packed((place.entry, place.index)), value)

    def _one(self, message: Message) -> bytes:
        place = self._draft.message(message)
        if place is None:
            return _LATER
        self._draft.use(place)
        return self._noted(ONE + packed((place.entry, place.index, self._twin(place, message))), message)

    def _twin(self, place: Place, message: Message) -> int:
        """Equal messages that are two objects stay two: steps may change theirs in place."""
        twins = self._twins.setdefault(place, [])
        for number, twin in enumerate(twins):
            if twin is message:
                return number
        twins.append(message)
        return len(twins) - 1

    def _many(self, messages: list[Any]) -> bytes | None:
        if any(type(message) is not Message for message in messages):
            return None
        places = self._draft.conversation(messages)
        if places is None:
            return _LATER
        self._draft.used.update(places)
        return self._noted(MANY + packed_pairs([(place.entry, place.index) for place in places]), messages)

    def _noted(self, reference: bytes, original: object) -> bytes:
        self.originals[reference] = original
        return reference


def fill(draft: Draft, checkpoint: WorkflowCheckpoint) -> bytes:
    """Put the atoms of the checkpoint into the draft and return the rest.

    Raises what pickling raises, and what reading back raises: what cannot be read back must not be stored.
    When the draft has `unhashed` content afterwards, it is of no use.
    """
    buffer = BytesIO()
    pickler = _Pickler(buffer, draft)
    pickler.dump(checkpoint.to_dict())
    if not draft.unhashed:
        unpickled(buffer.getvalue(), pickler.originals.__getitem__)
    return buffer.getvalue()
