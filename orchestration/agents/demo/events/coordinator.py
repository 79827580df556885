"""The coordinator of the demo: it reads the request, asks for what is missing, and sums up at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from agent_framework import Content, Message

from orchestration.agents.demo.events.numbers import money
from orchestration.agents.demo.events.prices import PLACES, unit
from orchestration.agents.demo.events.reading import OPEN, Wanted, budget_in, people_in, wanted
from orchestration.agents.demo.events.talk import Talk, answer, ask, within

SOME_PEOPLE, PER_PERSON = 30, (60, 100, 160)
ANOTHER = "Another amount"
CURRENCIES, USUAL = ("EUR", "USD", "GBP"), "USD"

Said = str | list[Content]


def understand(messages: Sequence[Message], _options: Mapping[str, Any]) -> Said:
    """Say what is wanted, or ask for the number of people and for the budget."""
    talk = Talk.of(messages)
    asks = wanted(talk.request)
    people, question = _people(talk, asks)
    if question:
        return question
    amount, currency, question = _budget(talk, asks, people)
    if question:
        return question
    whole = replace(asks, people=people, budget=amount, currency=currency)
    return _brief(whole, _assumed(talk, asks, people, currency))


def sum_up(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """Sum up what the others have planned."""
    talk = Talk.of(messages)
    brief, venue, budget = (talk.answers[name] for name in ("brief", "venue", "budget"))
    catering = talk.answers["catering"]
    kind, people, currency = brief["kind"], brief["people"], brief["currency"]
    total = money(Decimal(str(budget["total"])), currency)
    parts = [
        f"The {kind} for {people} people takes place at {within(venue['chosen'])}.",
        f"There will be {within(catering['style'])}.",
        f"All in all it costs {total}, {_compared(budget, currency)}.",
        *(["Asked on the way:", *talk.decided] if talk.decided else []),
    ]
    steps = [
        f"Reserve {within(venue['chosen'])}",
        "Send the invitations and ask for diets",
        *(["Settle the date"] if brief["date"] == OPEN else []),
        "Confirm the number of people to the caterer a week before",
    ]
    return answer(text=" ".join(parts), next_steps=steps)


def _people(talk: Talk, asks: Wanted) -> tuple[int, Said]:
    if known := _people_told(talk, asks):
        return known, ""
    if "people-1" not in talk.heard:
        return 0, ask("people-1", "How many people will come?", "text", details="A rough number is enough.")
    if "people-2" not in talk.heard and not talk.no("people-1"):
        return 0, ask("people-2", "How many people will come? Please give a number, such as 40.", "text")
    return SOME_PEOPLE, ""


def _people_told(talk: Talk, asks: Wanted) -> int | None:
    told = (people_in(talk.heard.get(name, ""), alone=True) for name in ("people-1", "people-2"))
    return asks.people or next((number for number in told if number), None)


def _budget(talk: Talk, asks: Wanted, people: int) -> tuple[Decimal, str, Said]:
    amount, named = _offered(talk, asks, people)
    if amount is None:
        return _usual(talk, asks, people)
    if currency := named or PLACES.get(asks.place) or _chosen_currency(talk):
        return amount, currency, ""
    return amount, "", ask("currency", f"Which currency is {amount:,.2f} in?", "choice", *CURRENCIES)


def _offered(talk: Talk, asks: Wanted, people: int) -> tuple[Decimal | None, str]:
    """Return the budget that the request names, or an answer. It may be given for each person."""
    if asks.budget is not None:
        return wanted(talk.request, people).budget, asks.currency
    heard = [budget_in(talk.heard.get(name, ""), people, alone=True) for name in ("amount", "budget")]
    amount, currency = next((each for each in heard if each[0] is not None), (None, ""))
    return amount, currency or PLACES.get(asks.place, USUAL)


def _usual(talk: Talk, asks: Wanted, people: int) -> tuple[Decimal, str, Said]:
    """Ask for the budget, or return a usual one when nobody would say."""
    currency = PLACES.get(asks.place, USUAL)
    amounts = [_round(each * people * unit(currency)) for each in PER_PERSON]
    if "budget" not in talk.heard:
        options = [f"{currency} {amount:,}" for amount in amounts]
        return Decimal(), "", ask("budget", "What may the event cost?", "choice", *options, ANOTHER)
    if talk.heard["budget"] == ANOTHER and "amount" not in talk.heard:
        return Decimal(), "", ask("amount", f"What may it cost, in {currency} or another currency?", "text")
    return Decimal(amounts[1]), currency, ""


def _chosen_currency(talk: Talk) -> str:
    heard = talk.heard.get("currency", "")
    return heard if heard in CURRENCIES or not heard else USUAL


def _assumed(talk: Talk, asks: Wanted, people: int, currency: str) -> list[str]:
    offered, _ = _offered(talk, asks, people)
    return [
        *([f"{people} people come"] if _people_told(talk, asks) is None else []),
        *([] if offered else [f"The budget is a usual one, in {currency}"]),
        *([] if asks.date else ["The date is settled later"]),
        *([] if asks.place else ["It is in the city where most of the people work"]),
    ]


def _brief(whole: Wanted, assumptions: list[str]) -> str:
    return answer(
        kind=whole.kind,
        people=whole.people,
        budget=whole.budget,
        currency=whole.currency,
        date=whole.date or OPEN,
        place=whole.place or OPEN,
        diets=list(whole.diets),
        wishes=list(whole.wishes),
        assumptions=assumptions,
    )


def _compared(budget: Mapping[str, Any], currency: str) -> str:
    total, available = Decimal(str(budget["total"])), Decimal(str(budget["available"]))
    if total > available:
        return f"{money(total - available, currency)} more than the budget, which was approved"
    return (
        "which is exactly the budget"
        if total == available
        else f"{money(available - total, currency)} less than the budget"
    )


def _round(amount: Decimal) -> int:
    """Return the amount with two digits that are not zero."""
    whole = int(amount)
    step = 10 ** max(len(str(whole)) - 2, 0)
    return -(-whole // step) * step
