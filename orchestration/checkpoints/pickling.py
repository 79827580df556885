"""Pickles without the long content, and only of types that checkpoints may have."""

import pickle
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, cast

from agent_framework import Message
from agent_framework._workflows import _checkpoint_encoding as framework

from orchestration.checkpoints.atoms import ATOM, Content

PROTOCOL = 5


class Unpickler(framework._RestrictedUnpickler):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    """Reads registered types only. `find` returns the object behind a persistent id."""

    def __init__(self, data: bytes, find: Callable[[Any], object]) -> None:
        registered = framework._REGISTERED_CHECKPOINT_TYPE_KEYS  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        super().__init__(data, cast(frozenset[str], registered))
        self._find = find

    def persistent_load(self, pid: Any) -> object:
        return self._find(pid)


def unpickled(data: bytes, find: Callable[[Any], object]) -> Any:
    """Return the object. Raises what unpickling raises, for instance for a type that is not registered."""
    return Unpickler(data, find).load()


class _MessagePickler(pickle.Pickler):
    def __init__(self, buffer: BytesIO, *, fast: bool) -> None:
        super().__init__(buffer, PROTOCOL)
        self.fast = fast
        self.parts: list[Content] = []

    def persistent_id(self, obj: Any) -> int | None:
        if (type(obj) is str or type(obj) is bytes) and len(obj) >= ATOM:
            self.parts.append(obj)
            return len(self.parts) - 1
        return None


def pickled_message(message: Message) -> tuple[bytes, Sequence[Content]]:
    """Return a message without its long texts, and these. Equal messages give equal bytes."""
    try:
        return _pickled(message, fast=True)
    except (ValueError, RecursionError):  # contains itself
        return _pickled(message, fast=False)


def _pickled(message: Message, *, fast: bool) -> tuple[bytes, Sequence[Content]]:
    # The fast mode has no memo: with it the bytes would tell which equal strings are one object, and
    # the hash would differ after a load.
    buffer = BytesIO()
    pickler = _MessagePickler(buffer, fast=fast)
    pickler.dump(message)
    return buffer.getvalue(), pickler.parts


def unpickled_message(data: bytes, parts: Sequence[Content]) -> Message:
    """Return a new message. Raises what unpickling raises."""
    return unpickled(data, parts.__getitem__)
