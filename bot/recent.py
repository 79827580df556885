"""Which messages were taken lately, so that one that is delivered twice is not answered twice."""

from bot.kept import Kept

KEPT = 10_000


class Recent:
    """What is recorded recognises repetition by itself; this only spares people the same words again."""

    def __init__(self) -> None:
        self._sources = Kept[str, bool](KEPT)

    def begins(self, source: str) -> bool:
        """Take a message; False if it was taken already. Without an id none is like another."""
        if source.endswith("|"):
            return True
        if self._sources.get(source):
            return False
        self._sources.keep(source, value=True)
        return True

    def failed(self, source: str) -> None:
        """Nobody answered it: the next delivery has to."""
        self._sources.take(source)
