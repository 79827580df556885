"""The budget analyst of the demo: everything adds up to the cent."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from agent_framework import Content, Message

from orchestration.agents.demo.events.brief import Brief
from orchestration.agents.demo.events.numbers import cents, money
from orchestration.agents.demo.events.prices import CATERING, FESTIVE, MUSIC, STAFF
from orchestration.agents.demo.events.talk import Talk, answer, ask

NONE = Decimal()


def work_out_budget(messages: Sequence[Message], _options: Mapping[str, Any]) -> str | list[Content]:
    """Divide the budget to the cent. More is asked for; if that is refused, the event is simpler."""
    talk = Talk.of(messages)
    brief, venue = Brief.of(talk), talk.answers["venue"]
    price = next(Decimal(str(each["price"])) for each in venue["options"] if each["name"] == venue["chosen"])
    lines = _needed(brief, price)
    over = _total(lines) - brief.budget
    if over > 0 and "over" not in talk.heard:
        return ask(
            "over",
            f"May the {brief.kind} cost {money(over, brief.currency)} more than the budget?"[:300],
            "approval",
            details=_reckoned(lines, brief),
        )
    if over > 0 and talk.no("over"):
        lines = _simpler(brief, price)
    if over <= 0:
        lines = _generous(lines, -over)
    total = _total(lines)
    return answer(
        currency=brief.currency,
        available=brief.budget,
        lines=[{"item": item, "category": category, "amount": amount} for item, category, amount in lines],
        total=total,
        over=max(total - brief.budget, NONE),
    )


Lines = list[tuple[str, str, Decimal]]


def _needed(brief: Brief, price: Decimal) -> Lines:
    music = [("Music", "entertainment", brief.each(MUSIC))] if "music" in brief.wishes else []
    return [
        ("Venue", "venue", price),
        ("Food and drinks", "catering", brief.each(CATERING)),
        ("Equipment and decoration", "equipment", brief.each(FESTIVE)),
        ("Service staff", "staff", brief.each(STAFF)),
        *music,
    ]


def _generous(lines: Lines, spare: Decimal) -> Lines:
    """Most of what is left goes into food and drinks, the rest is a reserve."""
    more = cents(spare * Decimal("0.5"))
    richer = [(item, kind, amount + more if kind == "catering" else amount) for item, kind, amount in lines]
    return [*richer, ("Reserve", "reserve", spare - more)] if spare > more else richer


def _simpler(brief: Brief, price: Decimal) -> Lines:
    left = brief.budget - price
    food = cents(left * Decimal("0.85"))
    return [
        ("Venue", "venue", price),
        ("Food and drinks, simple", "catering", food),
        ("Everything else", "equipment", left - food),
    ]


def _total(lines: Lines) -> Decimal:
    return sum((amount for _, _, amount in lines), NONE)


def _reckoned(lines: Lines, brief: Brief) -> str:
    rows = [f"{item}: {money(amount, brief.currency)}" for item, _, amount in lines]
    total = money(_total(lines), brief.currency)
    budget = money(brief.budget, brief.currency)
    return "\n".join(
        [*rows, f"Together: {total}. The budget: {budget}.", "If not, it becomes a simpler event."]
    )
