"""Whether the answer of an agent fits to what others have settled, and to what people have approved."""

import json
import re
from decimal import Decimal

from orchestration.agents import asking
from orchestration.messages import Conversation
from orchestration.workflows.event_planning.plan import Plan, found
from orchestration.workflows.event_planning.sections import Budget, Catering, EventBrief, Section, Venue

_CURRENCY, _FIGURE = r"(?:\b[A-Z]{3}|[$\u20ac\u00a3])", r"\d[\d,]*(?:\.\d+)?"
_AMOUNT = re.compile(rf"{_CURRENCY}\s?({_FIGURE})|({_FIGURE})\s?{_CURRENCY}")
"""With its currency: a yes to 50 people is none to 50 euros."""


def misfit(answer: Section, talk: Conversation) -> str:
    """Return what does not fit to what was said before, as a sentence with both; "": nothing."""
    brief, venue, budget = found(talk, EventBrief), found(talk, Venue), found(talk, Budget)
    match answer, brief:
        case Venue(), EventBrief():
            return _too_small(answer, brief)
        case Budget(), EventBrief():
            return _other_budget(answer, brief) or _other_price(answer, venue)
        case Catering(), EventBrief():
            return _other_people(answer, brief) or _too_dear(answer, budget) or _hungry(answer, brief)
        case _:
            return ""


def misfits(plan: Plan, talk: Conversation) -> str:
    """Return the first thing in a plan that does not fit; "": nothing."""
    parts = (plan.venue, plan.budget, plan.catering)
    return next((fault for part in parts if (fault := misfit(part, talk))), "")


def unapproved(answer: Section, turn: Conversation) -> str:
    """Return what is spent beyond the budget without the approval of people; "": nothing.

    `turn` is what the agent itself has called and heard: others' words are no approval.
    """
    if not (isinstance(answer, Budget) and answer.over) or answer.over in _approved(turn):
        return ""
    return (
        f"The total is {answer.money(answer.over)} over the budget, and nobody has approved that amount: "
        f"ask for an approval that names {answer.over:,.2f}, or spend less."
    )


def _too_small(venue: Venue, brief: EventBrief) -> str:
    if venue.choice.capacity >= brief.people:
        return ""
    return f"The event is for {brief.people} people, but {venue.chosen} holds {venue.choice.capacity}."


def _other_budget(budget: Budget, brief: EventBrief) -> str:
    if (budget.available, budget.currency) == (brief.budget, brief.currency):
        return ""
    given = f"{brief.budget:,.2f} {brief.currency}"
    return (
        f"The budget of the request is {given}, but the answer begins with {budget.money(budget.available)}."
    )


def _other_price(budget: Budget, venue: Venue | None) -> str:
    if venue is None or budget.of("venue") == venue.choice.price:
        return ""
    return (
        f"{venue.chosen} costs {budget.money(venue.choice.price)}, "
        f"but the lines of the category venue come to {budget.money(budget.of('venue'))}."
    )


def _other_people(catering: Catering, brief: EventBrief) -> str:
    if catering.people == brief.people:
        return ""
    return f"The event is for {brief.people} people, but the catering is for {catering.people}."


def _too_dear(catering: Catering, budget: Budget | None) -> str:
    if budget is None or catering.total <= budget.of("catering"):
        return ""
    return (
        f"The catering costs {budget.money(catering.total)}, "
        f"but the budget has {budget.money(budget.of('catering'))} for it."
    )


def _hungry(catering: Catering, brief: EventBrief) -> str:
    served = {plan.diet.casefold() for plan in catering.diets}
    missing = [diet for diet in brief.diets if diet.casefold() not in served]
    return f"Nothing is said of what is served to these diets: {', '.join(missing)}." if missing else ""


def _approved(turn: Conversation) -> set[Decimal]:
    """Return every amount that stands in a question which people have approved."""
    contents = [content for message in turn.messages for content in message.contents]
    yes = {
        content.call_id
        for content in contents
        if content.type == "function_result" and str(content.result).startswith(asking.APPROVED)
    }
    calls = [content for content in contents if content.type == "function_call" and content.call_id in yes]
    return {amount for call in calls for amount in _amounts(call.arguments)}


def _amounts(arguments: object) -> set[Decimal]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    given = json.loads(text)
    if given.get("kind") != "approval":
        return set()
    words = f"{given.get('question')} {given.get('details', '')}"
    return {Decimal((before or after).replace(",", "")) for before, after in _AMOUNT.findall(words)}
