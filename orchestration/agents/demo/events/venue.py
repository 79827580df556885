"""The venue specialist of the demo. Its venues are made up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from agent_framework import Content, Message

from orchestration.agents.demo.events.brief import Brief
from orchestration.agents.demo.events.numbers import money
from orchestration.agents.demo.events.reading import OPEN, wanted
from orchestration.agents.demo.events.talk import Talk, answer, ask, with_article

OWN_ROOMS = "Your own rooms"


@dataclass(frozen=True)
class House:
    """A kind of venue. `each` is what it costs for a person, in units."""

    name: str
    each: int
    offers: tuple[str, ...]
    access: str
    drawback: str


HOUSES = (
    House("The Glasshouse", 14, ("a projector", "step-free access", "music", "a cloakroom"),
          "Level from the street, with a wide lift", "Warm in the afternoon sun"),
    House("Garden Pavilion", 12, ("outdoors", "parking", "something for children", "games"),
          "Step-free, over a gravel path", "Cool in the evening"),
    House("Rooftop Terrace", 12, ("outdoors", "music", "photos", "a bar"),
          "By lift to the top, then a ramp", "Depends on the weather"),
    House("Old Mill Hall", 10, ("music", "parking", "games", "a stage"),
          "A ramp at the side entrance", "Fifteen minutes by bus"),
    House(OWN_ROOMS, 0, ("a projector", "step-free access", "a kitchen"),
          "As on every working day", "Tables and chairs must be moved"),
)  # fmt: skip


def find_venue(messages: Sequence[Message], _options: Mapping[str, Any]) -> str | list[Content]:
    """Offer the three best venues; ask if the person wants to choose, or if two are equally good."""
    talk = Talk.of(messages)
    brief = Brief.of(talk)
    houses = _shortlist(brief)
    best = [house for house in houses if _fits(house, brief) == _fits(houses[0], brief)]
    equal = [house for house in best if house.each == best[0].each]
    offered = houses if wanted(talk.request).chooses else equal if _fits(best[0], brief) else []
    if len(offered) > 1 and "venue" not in talk.heard:
        names = (house.name for house in offered)
        return ask("venue", "Which venue shall it be?", "choice", *names, details=_described(offered, brief))
    chosen = next((house for house in offered if house.name == talk.heard.get("venue")), houses[0])
    asked = (
        "It was chosen by the person who asked for the event."
        if chosen.name == talk.heard.get("venue")
        else ""
    )
    return answer(
        options=[_option(house, brief) for house in houses],
        chosen=chosen.name,
        reason="It is the one that was chosen." if asked else _why(chosen, brief),
    )


def _shortlist(brief: Brief) -> list[House]:
    affordable = [house for house in HOUSES if 10 * brief.each(house.each) <= 3 * brief.budget]
    return sorted(affordable, key=lambda house: (-_fits(house, brief), -house.each))[:3]


def _fits(house: House, brief: Brief) -> int:
    wished = len(set(house.offers) & set(brief.wishes))
    return len(brief.wishes) + 1 if house.name == OWN_ROOMS and brief.at_home else wished


def _why(house: House, brief: Brief) -> str:
    if house.name == OWN_ROOMS and brief.at_home:
        return "It is where the event was asked for."
    kept = [wish for wish in brief.wishes if wish in house.offers]
    if kept:
        return f"It has what was wished for: {', '.join(kept)}."
    return (
        "It is free, and leaves the budget for the rest."
        if not house.each
        else f"It suits {with_article(brief.kind)} best."
    )


def _option(house: House, brief: Brief) -> dict[str, Any]:
    return {
        "name": house.name,
        "location": _location(house, brief),
        "capacity": _capacity(brief.people),
        "price": brief.each(house.each),
        "amenities": list(house.offers),
        "access": house.access,
        "drawback": f"{house.drawback} (an example, made up for the demo)",
    }


def _location(house: House, brief: Brief) -> str:
    if not house.each:
        return "where you work"
    return "in your city" if brief.place == OPEN else brief.place


def _capacity(people: int) -> int:
    return int((people * Decimal("0.12")).to_integral_value(ROUND_CEILING)) * 10


def _described(houses: Sequence[House], brief: Brief) -> str:
    lines = (
        f"{house.name}: {money(brief.each(house.each), brief.currency)}. "
        f"Offers: {', '.join(house.offers)}. {house.drawback}."
        for house in houses
    )
    return "\n".join(lines)
