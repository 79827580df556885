"""What was learned lately, in memory: not too much of it, and not for too long."""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from orchestration.clock import Clock, system_clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Forgets what nobody asked for the longest, beyond `most`, and everything when the process ends."""

    def __init__(self, most: int, clock: Clock = system_clock) -> None:
        self._most, self._clock = most, clock
        self._entries: OrderedDict[Key, tuple[Value, datetime | None]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """Return what is kept under a key; None if that is nothing, or too old."""
        value, until = self._entries.get(key, (None, None))
        if until is not None and self._clock() >= until:
            return None
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def keep(self, key: Key, value: Value, holds: timedelta | None = None) -> None:
        """Keep a value in place of an older one: for so long, or as long as there is room."""
        self._entries[key] = value, self._clock() + holds if holds is not None else None
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def take(self, key: Key) -> Value | None:
        """Return what is kept under a key, and forget it."""
        value = self.get(key)
        self._entries.pop(key, None)
        return value
