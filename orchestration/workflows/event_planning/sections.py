"""What each agent of the planning answers with. Models check themselves; between steps they are JSON text."""

from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from orchestration.workflows.event_planning.parts import Currency, Few, Money, People, Some, Words


class Section(BaseModel):
    """What one agent answers with."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EventBrief(Section):
    """What is to be planned, as the coordinator has understood it."""

    kind: Words
    people: People
    budget: Money
    currency: Currency
    date: Words
    place: Words
    diets: Few[Words]
    wishes: Few[Words]
    assumptions: Few[Words]
    """What nobody said and nobody was asked."""


class VenueOption(Section):
    """A place that was looked at."""

    name: Words
    location: Words
    capacity: People
    price: Money
    amenities: Some[Words]
    access: Words
    drawback: Words


class Venue(Section):
    """The places that come into question, and the one of them that was chosen."""

    options: Some[VenueOption]
    chosen: Words
    reason: Words

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        names = [option.name for option in self.options]
        if names.count(self.chosen) != 1:
            raise ValueError(f"The venue chosen must be one of {', '.join(names)}, not {self.chosen}")
        return self

    @property
    def choice(self) -> VenueOption:
        return next(option for option in self.options if option.name == self.chosen)


class BudgetLine(Section):
    """What some of the money is for."""

    item: Words
    category: Literal[
        "venue", "catering", "equipment", "staff", "entertainment", "travel", "reserve", "other"
    ]
    amount: Money


class Budget(Section):
    """Where the money goes. It adds up to the cent."""

    currency: Currency
    available: Money
    lines: Some[BudgetLine]
    total: Money
    over: Money
    """How much more the total is than what is available; 0: it is not."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        come_to = sum((line.amount for line in self.lines), Decimal())
        if come_to != self.total:
            raise ValueError(
                f"The lines of the budget come to {self.money(come_to)}, "
                f"but the total says {self.money(self.total)}"
            )
        over = max(self.total - self.available, Decimal())
        if over != self.over:
            raise ValueError(
                f"The total of {self.money(self.total)} is {self.money(over)} over the budget of "
                f"{self.money(self.available)}, but the answer says {self.money(self.over)}"
            )
        return self

    def of(self, category: str) -> Decimal:
        """Return what is set aside for a category."""
        return sum((line.amount for line in self.lines if line.category == category), Decimal())

    def money(self, amount: Decimal) -> str:
        return f"{amount:,.2f} {self.currency}"


class DietPlan(Section):
    """What those with a diet eat."""

    diet: Words
    served: Words


class Catering(Section):
    """Food and drinks, and what they cost."""

    style: Words
    people: People
    per_person: Money
    total: Money
    menu: Some[Words]
    drinks: Some[Words]
    diets: Few[DietPlan]

    @model_validator(mode="after")
    def _multiplies(self) -> Self:
        comes_to = self.per_person * self.people
        if comes_to != self.total:
            raise ValueError(
                f"{self.per_person:,.2f} for each of {self.people} people comes to {comes_to:,.2f}, "
                f"but the total says {self.total:,.2f}"
            )
        return self


class Task(Section):
    """What somebody does before the event."""

    due: Words
    what: Words
    who: Words


class Moment(Section):
    """What happens at some time of the day."""

    time: Words
    what: Words


class Logistics(Section):
    """What has to be done until then, how the day goes, and what is needed for it."""

    tasks: Some[Task]
    timeline: Some[Moment]
    needed: Few[Words]
    risks: Few[Words]


class Summary(Section):
    """The last words of the coordinator."""

    text: Words
    next_steps: Some[Words]
