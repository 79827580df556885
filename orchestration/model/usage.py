"""What models were asked, by whom, and what that cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from orchestration.prices import Money

MADE_UP = "demo"
"""The model whose answers are made up: nobody pays for it, and nothing is said of it."""
MOST_SHARES = 100
"""What further steps use is counted together: shares are saved with every superstep."""


@dataclass(frozen=True)
class Usage:
    """What the models were asked so far."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(
            self.calls - other.calls,
            self.input_tokens - other.input_tokens,
            self.output_tokens - other.output_tokens,
        )

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.input_tokens + self.output_tokens


class Share(NamedTuple):
    """What one step asked of one model. Stored as a list, without names."""

    step: str
    """The executor's id; empty: no step did it, or it is no longer told apart."""
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost: Decimal = Decimal(0)
    """By the prices at the time of each call, exact."""
    currency: str = ""
    """Empty: the model had no price."""

    @property
    def usage(self) -> Usage:
        return Usage(self.calls, self.input_tokens, self.output_tokens)


Shares = tuple[Share, ...]
NOTHING_USED = Usage()


def used(shares: Iterable[Share]) -> Usage:
    """Return what was asked in all."""
    return sum((share.usage for share in shares), NOTHING_USED)


def costs(shares: Iterable[Share]) -> tuple[Money, ...]:
    """Return what that cost, in each currency; nothing for models without a price."""
    amounts = dict[str, Decimal]()
    for share in shares:
        if share.currency:
            amounts[share.currency] = amounts.get(share.currency, Decimal(0)) + share.cost
    return tuple(Money(amount, currency) for currency, amount in sorted(amounts.items()))


def merged(shares: Shares, more: Iterable[Share]) -> Shares:
    """Return the shares with these added, each to that of the same step, model and currency."""
    known = {_name(share): share for share in shares}
    for share in more:
        kept = share if _name(share) in known or len(known) < MOST_SHARES else share._replace(step="")
        before = known.get(_name(kept))
        known[_name(kept)] = _sum(before, kept) if before else kept
    return tuple(known.values())


def _name(share: Share) -> tuple[str, str, str]:
    return share.step, share.model, share.currency


def _sum(one: Share, other: Share) -> Share:
    return one._replace(
        calls=one.calls + other.calls,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cost=one.cost + other.cost,
    )
