"""Which messages were taken lately, so that one that is delivered twice is not answered twice."""

from collections import OrderedDict

KEPT = 10_000


class Recent:
    """Forgets the oldest, and everything when the process ends.

    What is recorded recognises repetition by itself; this only spares people the same words again.
    """

    def __init__(self) -> None:
        self._sources: OrderedDict[str, None] = OrderedDict()

    def begins(self, source: str) -> bool:
        """Take a message; False if it was taken already. Without an id none is like another."""
        if source.endswith("|"):
            return True
        if source in self._sources:
            return False
        self._sources[source] = None
        while len(self._sources) > KEPT:
            self._sources.popitem(last=False)
        return True

    def failed(self, source: str) -> None:
        """Nobody answered it: the next delivery has to."""
        self._sources.pop(source, None)
