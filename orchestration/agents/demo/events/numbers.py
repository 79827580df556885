"""Numbers and amounts of money in a request, in the ways people write them in English."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from itertools import islice

CENT = Decimal("0.01")
_LONGEST, _MOST = 15, 100
_NEAR = 80
"""Characters beside a number that can say what it is of."""

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {word: number for number, word in enumerate(_ONES.split())} | {
    word: 10 * number for number, word in enumerate(_TENS.split(), 2)
}
_GREAT = {"hundred": 100, "thousand": 1000, "dozen": 12}
_MANY = "|".join(_GREAT)
_FEW = "|".join(sorted(_VALUES, key=len, reverse=True))
_WORD = rf"(?:{_FEW}|{_MANY})"
_IN_WORDS = re.compile(
    rf"\b(?:an?\s+(?:{_MANY})|(?:{_FEW}))(?:(?:\s+and\s+|[\s-]+){_WORD})*\b", re.IGNORECASE
)

_FIGURES = r"\d{1,3}(?:[,.'\u2019\u00a0 ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
# What is less than nothing, or written as 1e3, is no number of people or money: then they are asked.
_NUMBER = re.compile(
    rf"(?<![\w.,])(?<!\s[-\u2212])(?<!^[-\u2212])(?P<n>{_FIGURES})(?!e\d)(?:\s?(?P<k>k|thousand|grand)\b)?",
    re.IGNORECASE,
)
_SIGNS = {"US$": "USD", "C$": "CAD", "A$": "AUD", "$": "USD", "\u20ac": "EUR"} | {
    "\u00a3": "GBP",
    "\u00a5": "JPY",
    "\u20b9": "INR",
}
_KNOWN = "USD EUR GBP CHF SEK NOK DKK PLN CZK HUF JPY CAD AUD NZD INR SGD ZAR BRL MXN"
_CODES = _KNOWN.split()
_NAMES = {"dollar": "USD", "buck": "USD", "euro": "EUR", "pound": "GBP", "quid": "GBP", "franc": "CHF"} | {
    "yen": "JPY",
    "rupee": "INR",
    "zloty": "PLN",
}
_SIGN = "|".join(re.escape(sign) for sign in _SIGNS)
_BEFORE = re.compile(rf"(?P<money>{_SIGN}|\b(?:{'|'.join(_CODES)}))\s?$", re.IGNORECASE)
_AFTER = re.compile(
    rf"\s?(?P<money>{_SIGN}|(?:{'|'.join(_CODES)})\b|(?:{'|'.join(_NAMES)})s?\b)", re.IGNORECASE
)

# A code may stand at the number without a space: USD5000.
_GLUED = re.compile(rf"\b({'|'.join(_CODES)})(?=\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Number:
    """A number in a text, with the currency if one stands beside it."""

    value: Decimal
    currency: str
    before: str
    after: str


def numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of a text, those in words as well."""
    text = _GLUED.sub(r"\1 ", _IN_WORDS.sub(lambda words: _figures(words[0]), text))
    written = (found for found in _NUMBER.finditer(text) if len(found["n"]) <= _LONGEST)
    for found in islice(written, _MOST):
        before, after = text[max(found.start() - _NEAR, 0) : found.start()], text[found.end() :][:_NEAR]
        value = _value(found["n"]) * (1000 if found["k"] else 1)
        if sign := _BEFORE.search(before):
            yield Number(value, _currency(sign["money"]), before[: sign.start()], after)
        elif name := _AFTER.match(after):
            yield Number(value, _currency(name["money"]), before, after[name.end() :])
        else:
            yield Number(value, "", before, after)


def money(amount: Decimal, currency: str) -> str:
    """Return for example "1,250.00 USD"."""
    return f"{amount:,.2f} {currency}"


def cents(amount: Decimal) -> Decimal:
    """Return the amount without what is less than a cent."""
    return amount.quantize(CENT, ROUND_DOWN)


def _currency(written: str) -> str:
    name = written.strip()
    if name.upper() in _SIGNS or name.upper() in _CODES:
        return _SIGNS.get(name.upper(), name.upper())
    return _NAMES[name.lower().removesuffix("s")]


def _value(figures: str) -> Decimal:
    """The last separator is that of the cents if one or two digits follow it."""
    cents = re.search(r"[.,](\d{1,2})$", figures)
    whole = figures[: cents.start()] if cents else figures
    return Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{cents[1] if cents else 0}")


def _figures(words: str) -> str:
    """Return for example "250" for "two hundred and fifty". A single "one" is left: it is seldom a number."""
    total, part = 0, 0
    parts = [word for word in re.split(r"[\s-]+", words.lower()) if word not in {"a", "an", "and"}]
    if parts == ["one"]:
        return words
    for word in parts:
        if word in _GREAT:
            part = max(part, 1) * _GREAT[word]
            total, part = (total + part, 0) if word == "thousand" else (total, part)
        else:
            part += _VALUES[word]
    return str(total + part)
