"""What the coordinator of the demo has said, for those who come after."""

from dataclasses import dataclass
from decimal import Decimal

from orchestration.agents.demo.events.numbers import cents
from orchestration.agents.demo.events.prices import scale, unit
from orchestration.agents.demo.events.talk import Talk


@dataclass(frozen=True)
class Brief:
    """What the coordinator has said."""

    kind: str
    people: int
    budget: Decimal
    currency: str
    place: str
    diets: tuple[str, ...]
    wishes: tuple[str, ...]

    @classmethod
    def of(cls, talk: Talk) -> "Brief":
        given = talk.answers["brief"]
        return cls(
            given["kind"],
            int(given["people"]),
            Decimal(str(given["budget"])),
            given["currency"],
            given["place"],
            tuple(given["diets"]),
            tuple(given["wishes"]),
        )

    @property
    def at_home(self) -> bool:
        """Whether it shall be in rooms of their own."""
        return self.place.startswith(("our ", "the "))

    def each(self, units: int | Decimal) -> Decimal:
        """Return what so many units for each person come to, in this event."""
        generous = scale(self.budget, self.people, self.currency)
        return cents(units * self.people * unit(self.currency) * generous)
