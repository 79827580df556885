"""What things cost in the demo: invented, and the same each time."""

from collections.abc import Mapping
from decimal import Decimal

_EURO = (
    "Berlin Munich Hamburg Cologne Frankfurt Vienna Paris Lyon Madrid Barcelona Lisbon Rome Milan Amsterdam "
    "Brussels Dublin Helsinki Athens"
)
_DOLLAR = "Seattle Chicago Boston Austin Denver Portland Redmond Atlanta Dallas Houston Miami"
_POUND = "London Manchester Edinburgh Birmingham Bristol Leeds"
PLACES: Mapping[str, str] = {
    **dict.fromkeys(_EURO.split(), "EUR"),
    **dict.fromkeys(_POUND.split(), "GBP"),
    **dict.fromkeys((*_DOLLAR.split(), "New York", "San Francisco", "Los Angeles", "Las Vegas"), "USD"),
    **dict.fromkeys(("Zurich", "Geneva", "Basel", "Bern"), "CHF"),
    **dict.fromkeys(("Toronto", "Vancouver", "Montreal"), "CAD"),
    **dict.fromkeys(("Sydney", "Melbourne", "Brisbane"), "AUD"),
    "Stockholm": "SEK",
    "Oslo": "NOK",
    "Copenhagen": "DKK",
    "Warsaw": "PLN",
    "Prague": "CZK",
    "Mumbai": "INR",
    "Bangalore": "INR",
    "Delhi": "INR",
    "Budapest": "HUF",
    "Tokyo": "JPY",
}
"""The money that is paid with in a city."""

_UNITS = {
    "SEK": 10,
    "NOK": 10,
    "DKK": 7,
    "PLN": 4,
    "CZK": 23,
    "HUF": 360,
    "JPY": 150,
    "INR": 80,
    "ZAR": 18,
    "MXN": 18,
}


def unit(currency: str) -> Decimal:
    """Return about how much of a currency buys as much as a dollar."""
    return Decimal(_UNITS.get(currency, 1))


CATERING, FESTIVE, STAFF, MUSIC = 30, 3, 4, 4
"""What an event needs for each person, in units."""


def scale(budget: Decimal, people: int, currency: str) -> Decimal:
    """Return how generous an event can be: 1 is simple, 5 the most."""
    each = budget / people / unit(currency)
    return min(max(each / 80, Decimal(1)), Decimal(5)).quantize(Decimal("0.1"))
