"""The last specialists of the demo: catering, and how the day goes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from agent_framework import Message

from orchestration.agents.demo.events.brief import Brief
from orchestration.agents.demo.events.numbers import cents
from orchestration.agents.demo.events.prices import unit
from orchestration.agents.demo.events.talk import Talk, answer, within
from orchestration.agents.demo.events.venue import OWN_ROOMS

_MENUS = (
    (15, "Finger food", ("Small sandwiches", "Vegetable sticks with dips", "Fruit and brownies")),
    (55, "A buffet", ("Tomato soup", "Roast vegetables with herb potatoes", "Chicken in lemon sauce",
                      "Apple crumble")),
    (10**9, "A seated dinner of three courses", ("Beetroot carpaccio", "Braised beef or mushroom risotto",
                                                 "Chocolate tart with pears")),
)  # fmt: skip
_SERVED = {
    "Vegetarian": "A risotto, and all side dishes",
    "Vegan": "Roast vegetables with chickpeas, and sorbet",
    "Gluten-free": "Potatoes in place of bread and pasta, on marked plates",
    "Lactose-free": "Dishes with oat cream, and sorbet",
    "Without nuts": "The kitchen works without nuts that day",
    "Halal": "Meat from a halal butcher, on plates of its own",
    "Kosher": "Sealed meals from a kosher kitchen",
    "Without pork": "No dish has pork",
    "With fish, without meat": "Trout in place of meat",
}
_BY_DAY = (
    "conference",
    "workshop",
    "meeting",
    "seminar",
    "hackathon",
    "lunch",
    "offsite",
    "training",
    "picnic",
)
_EVENING = (("16:00", "Set up, test sound and light"), ("18:00", "Doors open, welcome drinks"),
            ("18:30", "Welcome"), ("19:00", "{food} is served"), ("20:30", "{programme}"),
            ("23:00", "Last round"), ("23:30", "Clear away"))  # fmt: skip
_DAYTIME = (("08:00", "Set up, test sound and screen"), ("09:00", "Doors open, coffee"), ("09:30", "Welcome"),
            ("12:30", "{food} is served"), ("13:30", "{programme}"), ("16:30", "Closing words"),
            ("17:00", "Clear away"))  # fmt: skip


def plan_catering(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """Plan food and drinks for as much as the budget has for them."""
    talk = Talk.of(messages)
    brief = Brief.of(talk)
    lines = talk.answers["budget"]["lines"]
    food = sum((Decimal(str(line["amount"])) for line in lines if line["category"] == "catering"), Decimal())
    each = cents(food / brief.people)
    _, style, menu = next(row for row in _MENUS if each / unit(brief.currency) < row[0])
    return answer(
        style=style,
        people=brief.people,
        per_person=each,
        total=each * brief.people,
        menu=list(menu),
        drinks=["Water and juices", "Coffee and tea", *([] if _by_day(brief) else ["Wine and beer"])],
        diets=[{"diet": diet, "served": _SERVED.get(diet, "A meal of their own")} for diet in brief.diets],
    )


def plan_logistics(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """Say what is to be done until then, and how the day goes."""
    talk = Talk.of(messages)
    brief, venue, style = Brief.of(talk), talk.answers["venue"]["chosen"], talk.answers["catering"]["style"]
    words = {"food": style, "programme": _programme(brief)}
    day = _DAYTIME if _by_day(brief) else _EVENING
    tasks = [
        (
            "6 weeks before",
            "Set up the rooms on paper" if venue == OWN_ROOMS else f"Reserve {within(venue)}",
            "Organiser",
        ),
        ("5 weeks before", "Send the invitations", "Organiser"),
        ("3 weeks before", "Order food and drinks", "Caterer"),
        ("1 week before", "Confirm the number of people and the diets", "Organiser"),
        ("The day before", "Walk through the rooms with all suppliers", "Organiser and venue"),
    ]
    return answer(
        tasks=[{"due": due, "what": what, "who": who} for due, what, who in tasks],
        timeline=[{"time": time, "what": what.format(**words)} for time, what in day],
        needed=[
            "Name tags",
            "A microphone",
            "Signs to the entrance",
            *(wish for wish in brief.wishes if wish == "a projector"),
        ],
        risks=[
            *(
                ["Rain: the tables move inside, the venue keeps a room free until noon"]
                if "outdoors" in brief.wishes
                else []
            ),
            "Fewer people than expected: the caterer takes changes until a week before",
        ],
    )


def _by_day(brief: Brief) -> bool:
    return any(word in brief.kind.lower() for word in _BY_DAY)


def _programme(brief: Brief) -> str:
    wishes = [wish for wish in brief.wishes if wish in {"music", "games", "photos", "something for children"}]
    if wishes:
        return f"{', '.join(wishes)[:1].upper()}{', '.join(wishes)[1:]}"
    return "Work in groups" if _by_day(brief) else "Time to talk, with music from a list"
