"""A form as values: its fields, and what each may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Absent:
    """There is no value; the value None is JSON's null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


class Kind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    LONG_TEXT = "long text"
    NUMBER = "number"
    WHOLE = "whole number"
    YES_NO = "yes or no"
    DATE = "date"
    TIME = "time"
    CHOICE = "choice"
    CHOICES = "choices"
    JSON = "json"


@dataclass(frozen=True)
class Choice:
    """One of the values that a field may have."""

    title: str
    value: object


@dataclass(frozen=True)
class Field:
    """One value on a form. `id` says where it stands, since names can be anything."""

    id: str
    name: str
    title: str
    kind: Kind
    hint: str = ""
    required: bool = False
    nullable: bool = False
    """Whether null is a value of it; an empty field then means that."""
    start: object = ABSENT
    choices: tuple[Choice, ...] = ()
    least: float | None = None
    most: float | None = None
    max_length: int = 0
    """Characters; 0: any number."""


@dataclass(frozen=True)
class Form:
    """The fields in the order of the schema, and the schema that their values must fit."""

    fields: tuple[Field, ...]
    schema: Mapping[str, object]
    rest: Field | None = None
    """All values without a field of their own, in one."""

    @property
    def all(self) -> tuple[Field, ...]:
        return (*self.fields, self.rest) if self.rest else self.fields
