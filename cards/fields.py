"""Reads the data of a click, which comes from outside and may be anything."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self, cast

from orchestration.errors import InvalidInputError
from orchestration.model import Verdict

MAX_ID, MAX_COMMENT, MAX_DIGITS, MAX_LIST = 200, 4000, 5, 20_000

MOST_ITEMS = 25
"""Questions that one card lists."""

COMMENT, QUESTION, OPTION, TICKED, FORM = "comment", "question", "option", "ticked", "v."
UNTIL, DEPUTY = "until", "deputy"
"""The ids of the inputs, whose values arrive among the data of the button; those of forms begin with FORM."""

OLD_CARD = "This button does not work any more. Ask for the run again to get a new card."


_ENTRA_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Fields:
    """The data of one click. Every reader returns what it promises or raises InvalidInputError."""

    def __init__(self, data: Mapping[object, object], *, automatic: bool) -> None:
        self._data, self.automatic = data, automatic

    def id(self, name: str) -> str:
        return checked_id(self._data.get(name))

    def optional_id(self, name: str) -> str:
        return self.id(name) if self._data.get(name) else ""

    def person(self, name: str) -> str:
        """Return the Entra object id that a people picker gives; several or none are refused."""
        value = self._data.get(name)
        if not value:
            raise InvalidInputError("Choose a person first.")
        if not isinstance(value, str) or not _ENTRA_ID.fullmatch(value.strip().lower()):
            raise InvalidInputError("Choose one person of your organisation.")
        return value.strip().lower()

    def day(self, name: str) -> str:
        """Return a day as a client sends it, YYYY-MM-DD."""
        value = self._data.get(name)
        if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
            raise InvalidInputError("Choose the last day first.")
        return value.strip()

    def instant(self, name: str) -> str:
        value = self.optional_id(name)
        try:
            aware = not value or datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            aware = False
        if not aware:
            raise InvalidInputError(OLD_CARD)
        return value

    def option(self) -> str:
        return self.optional_id(OPTION)

    def inputs(self) -> dict[str, object]:
        """Return what stands in the inputs of a form, by their ids."""
        return {
            name: value
            for name, value in self._data.items()
            if isinstance(name, str) and name.startswith(FORM)
        }

    def items(self, name: str) -> tuple[tuple[str, str, str], ...]:
        """Return the questions that a list showed."""
        value = self._data.get(name)
        try:
            rows = json.loads(value) if isinstance(value, str) and len(value) <= MAX_LIST else None
        except (ValueError, RecursionError):
            rows = None
        if not isinstance(rows, list) or len(cast(list[object], rows)) > MOST_ITEMS:
            raise InvalidInputError(OLD_CARD)
        return tuple(_item(row) for row in cast(list[object], rows))

    def ticked(self, shown: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, str, str], ...]:
        """Return those of the questions shown that somebody ticked, each once."""
        value = self._data.get(TICKED, "")
        words = value.split(",") if isinstance(value, str) else []
        numbers = {word.strip() for word in words}
        chosen = tuple(item for number, item in enumerate(shown) if str(number) in numbers)
        if not chosen:
            raise InvalidInputError("Tick the questions that you want to answer first.")
        return chosen

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


def _item(row: object) -> tuple[str, str, str]:
    match row:
        case [str(run), str(approval), str(seen)] if len(seen) <= MAX_ID:
            return checked_id(run), checked_id(approval), seen
        case _:
            raise InvalidInputError(OLD_CARD)
