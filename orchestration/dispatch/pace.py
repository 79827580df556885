"""How soon the dispatcher inside the bot process notices what there is to do."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Pace:
    """How soon a dispatcher notices. What a dead worker leaves is taken up within the sum of the first two.

    A slow store, or clocks that differ by as much, lose nothing: at worst a step is begun by two workers, and
    one of them counts.
    """

    alive: timedelta = timedelta(seconds=3.5)
    """How long the word of a worker counts that it is alive."""
    sweep: timedelta = timedelta(seconds=1)
    """Between two looks at the store for what is due or left."""
    tries: tuple[float, ...] = (0.2, 1.0, 3.0, 8.0)
    """Seconds to wait before each new try of a call that failed."""


USUAL = Pace()
