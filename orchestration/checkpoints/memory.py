"""What is stored of a run already, as far as one attempt knows."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.checkpoints.atoms import Kept, Place


@dataclass
class Memory:
    """Grows with what is stored; `recent` is replaced at each superstep, so nothing is held for longer."""

    places: dict[bytes, Place] = field(default_factory=dict[bytes, Place])
    blobs: set[str] = field(default_factory=set[str])
    recent: dict[int, Kept] = field(default_factory=dict[int, Kept])
    """By the identity of the object."""

    def store(self, places: Iterable[Place]) -> None:
        """These are durable: they are referred to from now on."""
        for place in places:
            self.places[place.digest] = place
            if place.blob:
                self.blobs.add(place.blob)

    def keep(self, kept: Iterable[Kept]) -> None:
        self.recent.update((id(one.value), one) for one in kept)
