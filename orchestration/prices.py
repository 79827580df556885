"""What models cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """For a million tokens."""

    read: Decimal
    """For what the model is given."""
    written: Decimal
    """For what it answers."""


@dataclass(frozen=True)
class Prices:
    """A table of prices, in one currency."""

    currency: str = ""
    """Its ISO 4217 code; empty: nobody has said what models cost."""
    models: Mapping[str, Price] = field(default_factory=dict[str, Price])
    """By the names under which runs record the models."""

    def cost(self, model: str, tokens_read: int, tokens_written: int) -> Decimal:
        """Return what a call cost; what a model without a price did cost nothing."""
        price = self.models.get(model)
        if price is None:
            return Decimal(0)
        return (price.read * tokens_read + price.written * tokens_written) / MILLION
