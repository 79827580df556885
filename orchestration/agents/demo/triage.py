"""Ticket triage by rule: reads ids, amounts and key words, and proposes a refund where money is concerned."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent_framework import Content, Message

from orchestration.agents.asking import UNANSWERED
from orchestration.agents.demo.words import cut

Options = Mapping[str, Any]

_CUSTOMER = re.compile(r"\bCUST-\d+\b", re.IGNORECASE)
_TICKET = re.compile(r"\b(?!CUST-|ORD-)[A-Z]{2,6}-\d{2,8}\b", re.IGNORECASE)
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_CODE = r"(?:EUR|USD|GBP|JPY|[€$£¥])"
_NUMBER = r"\d{1,7}(?:[.,]\d{1,2})?(?![\d.,]*\d)"
_AMOUNT = re.compile(rf"({_CODE})\s?({_NUMBER})|(?<![\d.,-])({_NUMBER})\s?({_CODE})", re.IGNORECASE)
_CATEGORIES = {
    "billing": "charged|charge|refund|invoice|paid|money|billing|payment",
    "delivery": "arrived|delivery|delivered|shipped|parcel",
    "network": "vpn|network|wifi|wi-fi|internet|connection",
    "access": "sign in|log in|login|password|two-factor|locked|account",
    "hardware": "printer|laptop|screen|display|reader|keyboard",
    "software": "slow|crash|error|bug|mailbox|update",
    "question": "how do|how can|what is|where",
}
_ADVICE = {
    "delivery": ("The goods came damaged or not at all.", "Send a replacement"),
    "network": ("The connection is unstable, most likely since the last change.", "Check the VPN gateway"),
    "access": ("The second factor is still bound to the old device.", "Reset the second factor"),
    "hardware": ("The device is broken.", "Exchange the device"),
    "software": ("A service is slower than it should be.", "Look at the service's load"),
    "billing": ("The amount was charged although it should not have been.", "Check the payments"),
}
_REFUNDED = ("The order has been refunded already.", "Look when the money arrives")
_OTHERWISE = ("This is a question rather than a fault.", "Answer it with a link to the guide")
_TOLD = {
    _REFUNDED[0]: "The order has been refunded already: the money is on its way.",
    _OTHERWISE[0]: "Our guide has the answer, and we send you the link.",
}
"""What the customer reads in place of the cause, which is for colleagues."""


def analyse(messages: Sequence[Message], options: Options) -> str | list[Content]:
    """Fill in the analysis; ask once when the text names neither ticket nor customer."""
    answers = _results(messages)
    said = [answer for answer in answers if not answer.startswith(UNANSWERED)]
    text = "\n".join([str(_given(messages).get("text", "")), *said])
    ticket, customer = _TICKET.search(text), _CUSTOMER.search(text)
    if not (ticket or customer or answers) and "request_user_input" in _tools(options):
        return _call(
            "request_user_input", {"question": "Which ticket or customer is this about?", "kind": "text"}
        )
    amount, currency = _amount(text)
    category, urgent = _category(text), _has(text, "urgent|immediately|nobody can|whole")
    analysis = {
        "ticket_id": ticket[0].upper() if ticket else None,
        "customer_id": customer[0].upper() if customer else None,
        "summary": cut(" ".join(text.split()), 200) or "A ticket without words",
        "priority": 1 if urgent else 2 if category in {"billing", "access"} else 3,
        "category": category,
        "tags": [name for name, words in _CATEGORIES.items() if _has(text, words)],
        "sentiment": "frustrated" if urgent or _has(text, "twice|again|still|broken|back") else "calm",
        "entities": {"amount": amount, "currency": currency, "dates": _DATE.findall(text), "products": []},
        "confidence": 0.9 if ticket else 0.6,
    }
    return json.dumps(analysis, ensure_ascii=False)


def solve(messages: Sequence[Message], options: Options) -> str | list[Content]:
    """Propose a refund where there is an amount and an order; then the solution, by how that went."""
    given, heard = _given(messages), _results(messages)
    ticket: dict[str, Any] = given.get("ticket") or {}
    text = "\n".join(
        str(each) for each in (given.get("text"), ticket.get("subject"), ticket.get("text")) if each
    )
    tool = _tools(options).get("issue_refund")
    amount, _ = _amount(text)
    if tool is not None and amount and not heard and _category(text) == "billing":
        refund = _refund(tool.parameters()["properties"], amount, given, text)
        words = f"{_name(given)} should not have paid this. I would give it back."
        return [Content.from_text(words), *_call("issue_refund", refund)]
    return json.dumps(_solution(given, text, heard[-1] if heard else ""), ensure_ascii=False)


RULES = {"analyse support tickets": analyse, "solve support tickets": solve}


# ---- solving ------------------------------------------------------------------------------------


def _refund(fields: Mapping[str, Any], amount: float, given: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return the arguments: the order of this amount, or the first one that may be refunded."""
    names = fields["order_id"]["enum"]
    orders = [order for order in given["orders"] if order["id"] in names]
    order = next((each for each in orders if each["amount"] == amount), orders[0])
    most = min(fields["amount"]["maximum"], order.get("refundable", order["amount"]))
    only = {name: fields[name]["enum"][0] for name in ("customer_id", "ticket_id") if name in fields}
    why = "Charged twice" if _has(text, "twice") else "Charged by mistake"
    currency = order["currency"]
    return {**only, "order_id": order["id"], "amount": min(amount, most), "currency": currency, "reason": why}


def _solution(given: Mapping[str, Any], text: str, heard: str) -> dict[str, Any]:
    cause, action = _REFUNDED if _refunded(given) else _ADVICE.get(_category(text), _OTHERWISE)
    outcome, after = _outcome(heard)
    says = outcome or _TOLD.get(cause, f"{cause} We are on it.")
    return {
        "root_cause": cause,
        "actions": [action] if not heard else ["Look through the other payments of this customer"],
        "next_steps": [
            after or f"{action} and tell the customer when it is done",
            "Close the ticket in two days",
        ],
        "reply": f"Hello {_name(given)},\n\nthank you for writing to us. {says}\n\nYour support team",
        "confidence": 0.85 if given.get("ticket") else 0.5,
    }


def _refunded(given: Mapping[str, Any]) -> bool:
    """Whether nothing was left of the ticket's order when the customer was looked up."""
    ticket: Mapping[str, Any] = given.get("ticket") or {}
    orders = [order for order in given["orders"] if order["id"] == ticket.get("order_id")]
    return any(order.get("refundable") == 0 for order in orders)


def _name(given: Mapping[str, Any]) -> str:
    customer: Mapping[str, Any] = given.get("customer") or {}
    return str(customer.get("name") or "customer")


def _outcome(heard: str) -> tuple[str, str]:
    """Return what the customer reads of the refund, and what comes next."""
    if heard.startswith("Approved") and "is made" in heard:
        return (
            f"{heard[heard.index('The refund') :]} You have it within five days.",
            "See that the money arrives",
        )
    if heard:
        reason = heard.split("said no: ", 1)[-1] if "said no: " in heard else ""
        why = f" ({reason.rstrip('.')})" if reason else ""
        return (
            f"We cannot refund this{why}, and will look for another way.",
            "Offer the customer a credit note",
        )
    return "", ""


# ---- reading ------------------------------------------------------------------------------------


def _given(messages: Sequence[Message]) -> dict[str, Any]:
    """Return the JSON that the step has put into its prompt."""
    text = next((message.text for message in messages if message.role == "user"), "")
    start = text.find("{")
    return json.JSONDecoder().raw_decode(text[start:])[0] if start >= 0 else {}


def _results(messages: Sequence[Message]) -> list[str]:
    contents = [content for message in messages for content in message.contents]
    return [str(content.result) for content in contents if content.type == "function_result"]


def _tools(options: Options) -> dict[str, Any]:
    return {tool.name: tool for tool in options.get("tools") or ()}


def _call(name: str, arguments: Mapping[str, Any]) -> list[Content]:
    return [Content.from_function_call(call_id=f"{name}-1", name=name, arguments=json.dumps(arguments))]


def _category(text: str) -> str:
    return next((name for name, words in _CATEGORIES.items() if _has(text, words)), "other")


def _has(text: str, words: str) -> bool:
    return re.search(rf"\b(?:{words})\b", text, re.IGNORECASE) is not None


def _amount(text: str) -> tuple[float | None, str | None]:
    found = _AMOUNT.search(text)
    if found is None:
        return None, None
    number, sign = found[2] or found[3], (found[1] or found[4]).upper()
    return float(number.replace(",", ".")), _SIGNS.get(sign, sign)
