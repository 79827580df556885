"""Reads the data of a click, which comes from outside and may be anything."""

from collections.abc import Mapping
from typing import Self

from orchestration.errors import InvalidInputError
from orchestration.model import Verdict

MAX_ID, MAX_COMMENT, MAX_DIGITS = 200, 4000, 5

COMMENT, QUESTION = "comment", "question"
"""The ids of the inputs, whose values arrive among the data of the button."""

OLD_CARD = "This button does not work any more. Ask for the run again to get a new card."


class Fields:
    """The data of one click. Every reader returns what it promises or raises InvalidInputError."""

    def __init__(self, data: Mapping[object, object], *, automatic: bool) -> None:
        self._data, self.automatic = data, automatic

    def id(self, name: str) -> str:
        return checked_id(self._data.get(name))

    def page(self) -> int:
        value = self._data.get("page")
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= MAX_DIGITS:
            return max(1, int(value))
        raise InvalidInputError(OLD_CARD)

    def verdict(self) -> Verdict:
        value = self._data.get("verdict")
        if isinstance(value, str) and value in set(Verdict):
            return Verdict(value)
        raise InvalidInputError(OLD_CARD)

    def comment(self) -> str:
        value = self._data.get(COMMENT, "")  # an untouched input is not sent
        if not isinstance(value, str):
            raise InvalidInputError("The comment must be text.")
        if len(value) > MAX_COMMENT:
            raise InvalidInputError(
                f"The comment may have {MAX_COMMENT:,} characters; yours has {len(value):,}."
            )
        # JSON can hold halves of characters, which no store takes.
        return value.strip().encode(errors="replace").decode()

    def question(self) -> tuple[str, str]:
        value = self._data.get(QUESTION)
        if not value:
            raise InvalidInputError("Choose the question that you want to answer.")
        run, _, approval = value.partition("|") if isinstance(value, str) else ("", "", "")
        return checked_id(run), checked_id(approval)

    def by_hand(self) -> Self:
        """Refuse what a client sends without a click: a card that refreshes itself must change nothing."""
        if self.automatic:
            raise InvalidInputError("Nothing was changed: that needs a click.")
        return self


def checked_id(value: object) -> str:
    """Return the value if it can be an id; whether there is such a thing, the store says."""
    if isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable():
        return value
    raise InvalidInputError(OLD_CARD)
