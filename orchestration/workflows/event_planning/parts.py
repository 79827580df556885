"""What the sections of a plan are made of: amounts, lines of words, numbers of people.

The rules are validators, not words of the schema: few services take such words in the schema of an answer.
"""

from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AfterValidator, WithJsonSchema

CENT = Decimal("0.01")
MOST_MONEY = 10**12
MOST_WORDS, MOST_ENTRIES, MOST_PEOPLE = 1_500, 30, 100_000

T = TypeVar("T")


def _cents(amount: Decimal) -> Decimal:
    if not 0 <= amount <= MOST_MONEY:
        raise ValueError(f"an amount is between 0 and {MOST_MONEY:,}, not {amount}")
    if amount != amount.quantize(CENT):
        raise ValueError(f"an amount has two digits after the point at most, not {amount}")
    return amount.quantize(CENT)


def _one_line(text: str) -> str:
    """On a card a line of its own could pass for the title of a section."""
    line = " ".join(text.split())
    if not line:
        raise ValueError("must not be empty")
    if len(line) > MOST_WORDS:
        raise ValueError(f"must have {MOST_WORDS:,} characters at most; it has {len(line):,}")
    return line


def _few(entries: list[T]) -> list[T]:
    if len(entries) > MOST_ENTRIES:
        raise ValueError(f"must have {MOST_ENTRIES} entries at most; it has {len(entries)}")
    return entries


def _some(entries: list[T]) -> list[T]:
    if not entries:
        raise ValueError("must have an entry at least")
    return _few(entries)


def _headcount(people: int) -> int:
    if not 0 < people <= MOST_PEOPLE:
        raise ValueError(f"must be between 1 and {MOST_PEOPLE:,}, not {people}")
    return people


def _code(currency: str) -> str:
    code = currency.strip().upper()
    if not (len(code) == 3 and code.isascii() and code.isalpha()):  # noqa: PLR2004 - as ISO 4217 has it
        raise ValueError(f"must be a code of three letters, such as EUR, not {currency[:20]}")
    return code


Money = Annotated[
    Decimal,
    AfterValidator(_cents),
    WithJsonSchema({"type": "number", "description": "With two digits after the point at most"}),
]
Words = Annotated[str, AfterValidator(_one_line)]
People = Annotated[int, AfterValidator(_headcount)]
Currency = Annotated[str, AfterValidator(_code)]
Few = Annotated[list[T], AfterValidator(_few)]
Some = Annotated[list[T], AfterValidator(_some)]
