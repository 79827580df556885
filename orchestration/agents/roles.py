"""Which models there are, which of them write in which role, and how much tenants may ask. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from orchestration.prices import Budgets, Price, Prices

USUAL_ROLE = "default"
"""The role of every agent that has none of its own."""
SIGHT = "vision"
"""The capability without which a model cannot read pictures."""


class Choice(StrEnum):
    """How one of several models is chosen for a call."""

    ROUND_ROBIN = "round robin"
    """Each in turn."""
    LEAST_LOADED = "least loaded"
    """The one with the fewest calls under way."""
    CAPABILITY = "capability"
    """The first in the list that can do what the call needs."""


@dataclass(frozen=True)
class Instance:
    """One model somewhere. The key itself is not here, only the name of the variable that has it."""

    provider: str
    """local, openai, azure or demo."""
    model: str = ""
    """Its name there; at Azure the deployment."""
    address: str = ""
    """Empty: OpenAI's own, or none for the demo model."""
    key_variable: str = ""
    """Empty: none; at Azure the managed identity."""
    api_version: str = ""
    """Azure only: use the dated interface of this version."""
    capabilities: frozenset[str] = frozenset()
    at_once: int = 0
    """The most calls at one time, over all workers; zero: no limit."""
    price: Price | None = None


@dataclass(frozen=True)
class Role:
    """The models behind the agents of one name."""

    models: tuple[str, ...]
    choose: Choice = Choice.ROUND_ROBIN
    needs: frozenset[str] = frozenset()
    """Capabilities that every call needs."""


@dataclass(frozen=True)
class Quota:
    """How much may be asked. Zero: no limit. Days are those of UTC."""

    at_once: int = 0
    calls_per_day: int = 0
    tokens_per_day: int = 0

    @property
    def limits(self) -> bool:
        """Whether it limits anything."""
        return bool(self.at_once or self.calls_per_day or self.tokens_per_day)


@dataclass(frozen=True)
class Models:
    """What the file about models says; without one, nothing."""

    instances: Mapping[str, Instance] = field(default_factory=dict[str, Instance])
    """By the names under which runs record them."""
    roles: Mapping[str, Role] = field(default_factory=dict[str, Role])
    """By the names of the agents, and "default" for all others."""
    quota: Quota = Quota()
    """Of each tenant that has none of its own."""
    quotas: Mapping[str, Quota] = field(default_factory=dict[str, Quota])
    """By tenant."""
    currency: str = ""
    budget: Decimal | None = None
    """The most that one run may cost; None: no limit."""
    budgets: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """The same for single workflows, by their names."""

    @property
    def prices(self) -> Prices:
        """What the models cost, by the names under which runs record them."""
        priced = {name: each.price for name, each in self.instances.items() if each.price}
        return Prices(self.currency, priced)

    @property
    def spending(self) -> Budgets:
        """What a run may cost."""
        return Budgets(self.currency, self.budget, self.budgets)

    def quota_of(self, tenant: str) -> Quota:
        """Return what a tenant may ask."""
        return self.quotas.get(tenant, self.quota)
