"""Cards that show one part each: a form, values that change, a tool call, a choice."""

from cards import values
from cards.elements import card
from cards.forms import inputs
from cards.phrases import heading
from orchestration.forms import form_of

TRIP = {
    "type": "object",
    "required": ["destination", "day", "budget", "reason"],
    "properties": {
        "destination": {"type": "string", "maxLength": 80, "description": "City and country"},
        "day": {"type": "string", "format": "date", "title": "Day of travel"},
        "hour": {"type": "string", "format": "time", "title": "Leaves at"},
        "budget": {
            "type": "number",
            "minimum": 0,
            "maximum": 2500,
            "description": "In euros, with the hotel",
        },
        "travellers": {"type": "integer", "minimum": 1, "maximum": 9},
        "class": {"enum": ["Economy", "Premium", "Business"]},
        "country": {"enum": ["Austria", "Belgium", "Croatia", "Denmark", "Estonia"]},
        "needs": {"type": "array", "items": {"enum": ["Visa", "Train pass", "Step-free room"]}},
        "refundable": {
            "type": "boolean",
            "description": "Costs more, and can be cancelled until the day before.",
        },
        "reason": {"type": "string", "maxLength": 1000},
        "stops": {"type": "array", "items": {"type": "object"}},
    },
}
BEGUN = {
    "destination": "Lisbon, Portugal",
    "day": "2026-12-03",
    "hour": "09:40",
    "budget": 1250.5,
    "travellers": 2,
    "class": "Economy",
    "needs": ["Train pass"],
    "refundable": True,
    "reason": "The customer signs there.\nWe bring the contract.",
    "stops": [{"city": "Porto", "nights": 1}],
}

CUSTOMER = {
    "name": "Contoso Ltd",
    "credit_limit": 5000,
    "payment_days": 30,
    "contact": {"name": "Ada Quist", "email": "ada@contoso.com"},
    "active": True,
    "note": "Pays late in summer.",
    "old_code": "C-17",
}
NEW = {
    **{name: value for name, value in CUSTOMER.items() if name != "old_code"},
    "credit_limit": 7500,
    "contact": {"name": "Ben Okafor", "email": "ben@contoso.com", "phone": "+43 1 234"},
    "note": "Pays late in summer, so remind them in July. They asked for one bill for all of their branches.",
    "discount": 2.5,
}
TITLES = {"credit_limit": "Credit limit", "name": "Name", "note": "Note", "active": "Active"}

CALL = {
    "to": "ada@contoso.com",
    "cc": [],
    "subject": "Your offer of 21 November",
    "body": "Dear Ada,\n\nplease find our offer attached.\n\n- 20 seats\n- 12 months\n\nKind regards\nMia",
    "order": "0042",
    "copies": 42,
    "attachments": [{"name": "offer.pdf", "pages": 3}],
    "confirm_read": True,
    "reply_to": None,
    "sender": "mia\u200b@contoso.com",
}

SAMPLES = {
    "form": lambda: card([heading("Book this trip"), *inputs(form_of(TRIP, BEGUN))], "Book this trip"),
    "form-blank": lambda: card([heading("Book a trip"), *inputs(form_of(TRIP))], "Book a trip"),
    "form-long": lambda: card(
        [heading("Book this trip"), *inputs(form_of(TRIP, {**BEGUN, "reason": "Long. " * 5000}))],
        "Book a trip",
    ),
    "changes": lambda: card(
        [heading("Change this customer?"), *values.changes(CUSTOMER, NEW, TITLES)[0]], "Change this customer?"
    ),
    "call": lambda: card([heading("Send this message?"), *values.arguments(CALL)[0]], "Send this message?"),
    "call-long": lambda: card(
        [heading("Send this?"), *values.arguments({**CALL, "body": "A long text. " * 4000})[0]], "Send this?"
    ),
}
