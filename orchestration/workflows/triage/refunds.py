"""The refund that the agent may propose: bounded by the order, approved by people, made once."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from agent_framework import FunctionTool

from orchestration.agents.services import Service, Services
from orchestration.errors import InvalidInputError
from orchestration.idempotency import idempotency_key
from orchestration.workflows.triage.needs import configured

NAME = "issue_refund"
Record = Mapping[str, Any]


def refunds(services: Services, given: Mapping[str, Any]) -> Sequence[FunctionTool]:
    """Return the tool for this customer; none when there is nothing that could be refunded."""
    ticket: Record = given["ticket"] or {}
    customer: Record | None = given["customer"]
    orders: dict[str, Record] = {str(order["id"]): order for order in given["orders"] if _left(order) > 0}
    if named := ticket.get("order_id"):  # then it is about this one, also when nothing of it is left
        orders = {name: order for name, order in orders.items() if name == named}
    if not customer or not orders:
        return []
    return [_tool(configured(services)[1], str(customer["id"]), str(ticket.get("id") or ""), orders)]


def _tool(service: Service, customer: str, ticket: str, orders: Mapping[str, Record]) -> FunctionTool:
    async def issue_refund(**asked: Any) -> str:
        _refuse(orders[asked["order_id"]], asked)
        # The key names the order: the same call repeated after a crash is the same refund to the service.
        key = idempotency_key(NAME, asked["order_id"])
        made = await service.post("refunds", body=asked, key=key)
        what = f"{asked['amount']:.2f} {asked['currency']} for order {asked['order_id']}"
        return f"The refund of {what} is made{_number(made)}."

    return FunctionTool(
        name=NAME,
        description="Give the customer money back for an order.",
        func=issue_refund,
        input_model=_schema(customer, ticket, orders),
    )


def _schema(customer: str, ticket: str, orders: Mapping[str, Record]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "amount": {
            "title": "Amount",
            "type": "number",
            "minimum": 0.01,
            "maximum": max(_left(order) for order in orders.values()),
            "multipleOf": 0.01,
        },
        "currency": _one_of("Currency", sorted({str(order["currency"]) for order in orders.values()})),
        "order_id": _one_of("Order", list(orders)),
        "customer_id": _one_of("Customer", [customer]),
        "reason": {"title": "Reason", "type": "string", "minLength": 3, "maxLength": 500},
    }
    if ticket:
        fields["ticket_id"] = _one_of("Ticket", [ticket])
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _one_of(title: str, values: list[str]) -> dict[str, Any]:
    return {"title": title, "type": "string", "enum": values}


def _left(order: Record) -> float:
    return order.get("refundable", order["amount"])


def _refuse(order: Record, asked: Mapping[str, Any]) -> None:
    """Several orders share one schema, so the order itself is looked at once more."""
    if asked["currency"] != order["currency"]:
        raise InvalidInputError(f"Order {order['id']} was paid in {order['currency']}.")
    if asked["amount"] > _left(order):
        most = f"{_left(order):.2f} {order['currency']}"
        raise InvalidInputError(f"At most {most} of order {order['id']} can be refunded.")


def _number(made: object) -> str:
    number = cast(Record, made).get("id") if isinstance(made, dict) else None
    return f", as {number}" if number else ""
