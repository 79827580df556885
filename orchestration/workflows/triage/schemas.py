"""What the steps of ticket-triage come to, as JSON Schemas."""

from collections.abc import Mapping

Schema = Mapping[str, object]

CATEGORIES = ("billing", "access", "network", "hardware", "software", "delivery", "question", "other")
_TEXTS: Schema = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 1000}}
_MAYBE: Schema = {"type": ["string", "null"], "maxLength": 100}
_CONFIDENCE: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def _whole(properties: Mapping[str, object]) -> Schema:
    """Return the schema of an object that has exactly these fields."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


ANALYSIS = _whole(
    {
        "ticket_id": _MAYBE,
        "customer_id": _MAYBE,
        "summary": {"type": "string", "minLength": 1, "maxLength": 500},
        "priority": {
            "type": "integer",
            "minimum": 1,
            "maximum": 4,
            "description": "1: many people cannot work; 4: can wait",
        },
        "category": {"type": "string", "enum": list(CATEGORIES)},
        "tags": {**_TEXTS, "maxItems": 10},
        "sentiment": {"type": "string", "enum": ["calm", "worried", "frustrated", "angry"]},
        "entities": _whole(
            {
                "amount": {"type": ["number", "null"], "minimum": 0},
                "currency": {**_MAYBE, "description": "Three letters, such as EUR"},
                "dates": {**_TEXTS, "maxItems": 20},
                "products": {**_TEXTS, "maxItems": 20},
            }
        ),
        "confidence": _CONFIDENCE,
    }
)

_ORDER: Schema = {
    "type": "object",
    "required": ["id", "amount", "currency"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "amount": {"type": "number"},
        "currency": {"type": "string"},
        "refundable": {"type": "number", "description": "How much of the amount can still be refunded"},
    },
}
_RECORD: Schema = {"type": ["object", "null"]}

CUSTOMER = _whole(
    {
        "ticket": _RECORD,
        "customer": _RECORD,
        "orders": {"type": "array", "items": _ORDER},
        "tickets": {"type": "array", "items": {"type": "object"}},
        "remarks": _TEXTS,
    }
)
"""What the services know. They may say more than is named here, and all of it is passed on."""

SOLUTION = _whole(
    {
        "root_cause": {"type": "string", "minLength": 1, "maxLength": 2000},
        "actions": {**_TEXTS, "maxItems": 10, "description": "What is recommended"},
        "next_steps": {**_TEXTS, "maxItems": 10, "description": "What people do next"},
        "reply": {"type": "string", "minLength": 1, "maxLength": 5000, "description": "To the customer"},
        "confidence": _CONFIDENCE,
    }
)
