"""What models cost, and what a run may cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

MILLION = 1_000_000
CENT = Decimal("0.01")
LITTLE = "less than"


@dataclass(frozen=True)
class Money:
    """An amount in one currency, exact."""

    amount: Decimal
    currency: str
    """Its ISO 4217 code."""

    def __str__(self) -> str:
        """Return for example "EUR 2.50", or "less than EUR 0.01"."""
        cents = self.amount.quantize(CENT, ROUND_HALF_UP)
        if cents or not self.amount:
            return f"{self.currency} {cents:,}"
        return f"{LITTLE} {self.currency} {CENT}"

    @property
    def at_least(self) -> str:
        """In words that say no less than it is: what is above a limit reads so as well."""
        return self._closely(ROUND_CEILING)

    @property
    def at_most(self) -> str:
        """In words that say no more than it is."""
        return self._closely(ROUND_FLOOR)

    def _closely(self, rounding: str) -> str:
        """Cents, or what there is below one."""
        small = 0 < self.amount < CENT
        return f"{self.currency} {self.amount if small else self.amount.quantize(CENT, rounding):,f}"


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

    def currency_of(self, model: str) -> str:
        """Return in which currency the model has a price; empty: it has none."""
        return self.currency if model in self.models else ""


@dataclass(frozen=True)
class Budgets:
    """What a run may cost until people are asked whether it goes on, in the currency of the prices."""

    currency: str = ""
    usual: Decimal | None = None
    """None: as much as it likes."""
    workflows: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """In place of the usual, by the names of workflows."""

    def of(self, workflow: str) -> Money | None:
        """Return what a run of this workflow may cost; None: as much as it likes."""
        amount = self.workflows.get(workflow, self.usual)
        return None if amount is None or not self.currency else Money(amount, self.currency)


NO_PRICES, NO_BUDGETS = Prices(), Budgets()
