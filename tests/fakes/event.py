"""What a team of agents answers that plans a small event well, and how a test changes it."""

import json
from typing import Any

REQUEST = "Plan a summer party for 20 people in Berlin with 1000 EUR, one of us is vegan."

_HALL = {
    "name": "Hall",
    "location": "Berlin",
    "capacity": 40,
    "price": 300.10,
    "amenities": ["a stage"],
    "access": "A ramp",
    "drawback": "Far away",
}

PARTS: dict[str, dict[str, Any]] = {
    "brief": {
        "kind": "summer party",
        "people": 20,
        "budget": 1000,
        "currency": "EUR",
        "date": "still open",
        "place": "Berlin",
        "diets": ["Vegan"],
        "wishes": [],
        "assumptions": ["It is in the evening"],
    },
    "venue": {"options": [_HALL, _HALL | {"name": "Garden"}], "chosen": "Hall", "reason": "It has room."},
    "budget": {
        "currency": "EUR",
        "available": 1000,
        "lines": [
            {"item": "Hall", "category": "venue", "amount": 300.10},
            {"item": "Food", "category": "catering", "amount": 600.20},
            {"item": "Reserve", "category": "reserve", "amount": 99.70},
        ],
        "total": 1000,
        "over": 0,
    },
    "catering": {
        "style": "Buffet",
        "people": 20,
        "per_person": 30.01,
        "total": 600.20,
        "menu": ["Soup"],
        "drinks": ["Water"],
        "diets": [{"diet": "vegan", "served": "The soup"}],
    },
    "logistics": {
        "tasks": [{"due": "A week before", "what": "Invite", "who": "Ann"}],
        "timeline": [{"time": "18:00", "what": "Doors open"}],
        "needed": ["A microphone"],
        "risks": [],
    },
    "summary": {"text": "A party in the hall for 1,000.00 EUR.", "next_steps": ["Reserve the hall"]},
}
"""By the agent who says it, in their order."""


def part(name: str, **changes: Any) -> str:
    """Return one answer as JSON, with these changes."""
    return json.dumps(PARTS[name] | changes)


def lines(*amounts: float) -> list[dict[str, Any]]:
    """Return the lines of the budget with these amounts."""
    return [line | {"amount": amount} for line, amount in zip(PARTS["budget"]["lines"], amounts, strict=True)]
