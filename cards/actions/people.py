"""Buttons with which people say something about themselves."""

from dataclasses import dataclass
from typing import ClassVar, Self

from cards.fields import DEPUTY, UNTIL, Fields


@dataclass(frozen=True)
class SetAway:
    """Somebody is away until the end of a day (ISO 8601), and a deputy answers, by Entra object id."""

    verb: ClassVar[str] = "set-away"
    until: str = ""
    deputy: str = ""
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.by_hand().day(UNTIL), fields.person(DEPUTY))


@dataclass(frozen=True)
class EndAbsence:
    """Somebody is back."""

    verb: ClassVar[str] = "come-back"
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        fields.by_hand()
        return cls()
