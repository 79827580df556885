"""The plan of an event: put together from what the agents answered, and as the text that people read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from orchestration.agents.structured import fault_of
from orchestration.errors import StepError
from orchestration.messages import Conversation
from orchestration.workflows.event_planning import prompts
from orchestration.workflows.event_planning.sections import (
    Budget,
    Catering,
    EventBrief,
    Logistics,
    Section,
    Summary,
    Venue,
    VenueOption,
)

AUTHORS: Mapping[type[Section], str] = {
    EventBrief: prompts.COORDINATOR,
    Venue: prompts.VENUE,
    Budget: prompts.BUDGET,
    Catering: prompts.CATERING,
    Logistics: prompts.LOGISTICS,
    Summary: prompts.COORDINATOR,
}
TITLES: Mapping[type[Section], str] = {
    EventBrief: "The event",
    Venue: "Venue",
    Budget: "Budget",
    Catering: "Catering",
    Logistics: "Logistics and timeline",
    Summary: "Summary",
}

Kind = TypeVar("Kind", bound=Section)


def found(talk: Conversation, kind: type[Kind]) -> Kind | None:
    """Return the newest answer of this kind by the agent who gives it; what others write is none."""
    for message in reversed(talk.messages):
        if message.author_name == AUTHORS[kind] and not fault_of(kind, message.text):
            return kind.model_validate_json(message.text)
    return None


@dataclass(frozen=True)
class Plan:
    """All sections of a plan."""

    brief: EventBrief
    venue: Venue
    budget: Budget
    catering: Catering
    logistics: Logistics
    summary: Summary

    @classmethod
    def of(cls, talk: Conversation) -> Self:
        """Return the plan that was made in a conversation. Raises StepError, naming what is missing."""
        missing = [title for kind, title in TITLES.items() if found(talk, kind) is None]
        if missing:
            raise StepError(
                f"The plan is not complete: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
                "missing. Retry starts again with the same request."
            )
        parts = (found(talk, kind) for kind in TITLES)
        return cls(*parts)  # pyright: ignore[reportArgumentType] - one of each kind, in this order

    @property
    def text(self) -> str:
        """The plan as people read it: lines without markup, the sections under their titles."""
        sections = {
            Venue: self._venue(),
            Budget: self._budget(),
            Catering: self._catering(),
            Logistics: self._logistics(),
            Summary: self._summary(),
        }
        parts = ["\n".join((TITLES[kind], *lines)) for kind, lines in sections.items()]
        return "\n\n".join(["\n".join(self._heading()), *parts])

    def _heading(self) -> Iterator[str]:
        kind = self.brief.kind
        yield f"{kind[:1].upper()}{kind[1:]} for {self.brief.people} people"
        yield f"Date: {self.brief.date}. Place: {self.brief.place}."

    def _venue(self) -> Iterator[str]:
        choice = self.venue.choice
        yield f"{choice.name}, {choice.location}: {self._price(choice)}, for up to {choice.capacity} people"
        yield self.venue.reason
        yield f"Offers: {', '.join(choice.amenities)}"
        yield f"Access: {choice.access}"
        yield f"To consider: {choice.drawback}"
        others = [option for option in self.venue.options if option != choice]
        if others:
            also = ", ".join(f"{option.name} ({self._price(option)})" for option in others)
            yield f"Also looked at: {also}"

    def _price(self, option: VenueOption) -> str:
        return self.budget.money(option.price)

    def _budget(self) -> Iterator[str]:
        budget = self.budget
        yield from (f"- {line.item}: {budget.money(line.amount)}" for line in budget.lines)
        yield f"Total: {budget.money(budget.total)}"
        left = budget.available - budget.total
        if budget.over:
            yield f"{budget.money(budget.over)} more than the budget of {budget.money(budget.available)}"
        elif left:
            yield f"{budget.money(left)} of the budget of {budget.money(budget.available)} stay free"
        else:
            yield "Exactly the budget"

    def _catering(self) -> Iterator[str]:
        catering, money = self.catering, self.budget.money
        yield f"{catering.style}, {money(catering.per_person)} per person, {money(catering.total)} in all"
        yield from (f"- {dish}" for dish in catering.menu)
        yield f"Drinks: {', '.join(catering.drinks)}"
        yield from (f"{diet.diet}: {diet.served}" for diet in catering.diets)

    def _logistics(self) -> Iterator[str]:
        yield from (f"- {task.due}: {task.what} ({task.who})" for task in self.logistics.tasks)
        yield "The day"
        yield from (f"- {moment.time}: {moment.what}" for moment in self.logistics.timeline)
        if self.logistics.needed:
            yield f"Needed: {', '.join(self.logistics.needed)}"
        if self.logistics.risks:
            yield "In case"
            yield from (f"- {risk}" for risk in self.logistics.risks)

    def _summary(self) -> Iterator[str]:
        yield self.summary.text
        yield "Next steps"
        yield from (f"- {step}" for step in self.summary.next_steps)
        if self.brief.assumptions:
            yield "Assumed, because nobody said it"
            yield from (f"- {assumption}" for assumption in self.brief.assumptions)
