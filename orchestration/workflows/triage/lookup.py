"""Finds the ticket and the customer in the services, and asks whoever started the run when they do not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from orchestration.agents.data_step import Ask, Said
from orchestration.agents.services import Service, Services
from orchestration.errors import NotFoundError
from orchestration.wording import quoted
from orchestration.workflows.triage.needs import configured

TAKES = {"ticket_id": "analyse.ticket_id", "customer_id": "analyse.customer_id"}

_ID = re.compile(r"[^\W_][\w-]*\d[\w-]*")
_MOST_IDS, _MOST_LENGTH, _TRIES = 6, 100, 3

Record = dict[str, Any]


@dataclass(frozen=True)
class LookUp:
    """The work of the step."""

    services: Services

    async def __call__(self, given: Mapping[str, Any], said: Said) -> Record | Ask:
        """Return the ticket, the customer and what belongs to them, or the question to ask."""
        tickets, customers = configured(self.services)
        named = [given["ticket_id"], given["customer_id"]]
        ids = _ids(said, named)
        ticket = await _first(tickets, "tickets", ids)
        owner = [str(ticket["customer_id"])] if ticket and ticket.get("customer_id") else ids
        customer = await _first(customers, "customers", owner)
        lost = ticket is None and bool(given["ticket_id"]) and not said
        gives_up = len(said) >= _TRIES or (bool(said) and said[-1] is None)
        if (customer is None or lost) and not gives_up:
            return _ask(named, said, ticket)
        return await self._all(ticket, customer, _remarks(given, ticket, customer))

    async def _all(self, ticket: Record | None, customer: Record | None, remarks: list[str]) -> Record:
        desk, sales = configured(self.services)
        orders, tickets = list[Record](), list[Record]()
        if customer:
            name = str(customer["id"])
            orders = await _listed(sales, "customers", name, "orders")
            tickets = await _listed(desk, "tickets", customer_id=name)
        return {
            "ticket": ticket,
            "customer": customer,
            "orders": orders,
            "tickets": tickets,
            "remarks": remarks,
        }


def _ids(said: Said, named: Sequence[str | None]) -> list[str]:
    """Return what may be ids, the newest word first. Only what has a digit may be one among others."""
    answers = [each.strip() for each in reversed(said) if each and each.strip()]
    words = [word for answer in answers for word in _ID.findall(answer) or [answer]]
    known = [word for word in (*words, *named) if word and len(word) <= _MOST_LENGTH]
    return list(dict.fromkeys(known))[:_MOST_IDS]


async def _first(service: Service, kind: str, ids: Sequence[str]) -> Record | None:
    for each in ids:
        try:
            found = await service.get(kind, each)
        except NotFoundError:
            continue
        if isinstance(found, dict):
            found = cast(Record, found)
            return {**found, "id": str(found.get("id") or each)}  # some services have numbers
    return None


async def _listed(service: Service, *path: str, **query: str) -> list[Record]:
    try:
        return await service.get(*path, **query)
    except NotFoundError:
        return []


def _ask(named: Sequence[str | None], said: Said, ticket: Record | None) -> Ask:
    ways = "Write the number of the ticket or of the customer."
    tried = [*(each for each in (said[-1:] or named) if each)]
    if ticket is not None:
        return Ask(f"Who is the customer of ticket {ticket['id']}?", f"The ticket names none. {ways}")
    if not tried:
        return Ask("Which ticket or customer is this about?", ways)
    names = " and ".join(quoted(each) for each in tried)
    return Ask("Which ticket or customer is this about?", f"Nothing is known of {names}. {ways}")


def _remarks(given: Mapping[str, Any], ticket: Record | None, customer: Record | None) -> list[str]:
    remarks = list[str]()
    if ticket is None and given["ticket_id"]:
        remarks.append(f"There is no ticket {given['ticket_id']}.")
    if customer is None:
        remarks.append("The customer could not be found.")
    elif given["customer_id"] and given["customer_id"] != customer["id"]:
        remarks.append(f"The text names customer {given['customer_id']}; the ticket is of {customer['id']}.")
    return remarks
