"""What the sample systems know, and the refunds they have made."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class RefusedError(Exception):
    """The sample does not do this. The text says why."""


@dataclass
class Records:
    """The sample data, and refunds by their idempotency keys.

    Refunds are kept in `path`, one line of JSON each, so that a refund that was made is known after a
    restart, too; None: in memory.
    """

    path: Path | None = None
    data: Mapping[str, list[Record]] = field(
        default_factory=lambda: json.loads(files("bot.sample").joinpath("data.json").read_text("utf-8"))
    )
    refunds: dict[str, Record] = field(default_factory=dict[str, Record])

    def __post_init__(self) -> None:
        if self.path and self.path.exists():
            self.refunds.update(_read(self.path))

    def one(self, kind: str, name: str) -> Record | None:
        """Return a ticket or customer by its id."""
        wanted = name.strip().casefold()
        return next((each for each in self.data[kind] if each["id"].casefold() == wanted), None)

    def of_customer(self, kind: str, customer: str) -> list[Record]:
        """Return the tickets or orders of a customer, the newest first."""
        found = [self._shown(each) for each in self.data[kind] if each["customer_id"] == customer]
        return sorted(found, key=lambda each: str(each.get("date") or each.get("opened")), reverse=True)

    def refund(self, key: str, asked: Record) -> Record:
        """Make a refund, or return the one that was made under this key. Raises RefusedError."""
        if known := self.refunds.get(key):
            if known["asked"] != asked:
                raise RefusedError("This key was used for another refund.")
            return known["refund"]
        made = self._made(asked)
        self._keep({"key": key, "asked": asked, "refund": made})
        return made

    def _made(self, asked: Record) -> Record:
        order = self.one("orders", str(asked.get("order_id", "")))
        if order is None or order["customer_id"] != asked.get("customer_id"):
            raise RefusedError("This customer has no such order.")
        amount, left = _amount(asked.get("amount")), self._left(order)
        if asked.get("currency") != order["currency"]:
            raise RefusedError(f"The order was paid in {order['currency']}.")
        if not 0 < amount <= left:
            raise RefusedError(f"Between 0 and {left} {order['currency']} of this order can be refunded.")
        names = ("customer_id", "order_id", "ticket_id", "amount", "currency", "reason")
        return {"id": f"REF-{len(self.refunds) + 1:04}", **{name: asked.get(name) for name in names}}

    def _keep(self, line: Record) -> None:
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"\n{json.dumps(line)}")  # first: the line before may be half a one
        self.refunds[line["key"]] = line

    def _shown(self, record: Record) -> Record:
        if "amount" not in record:
            return record
        return {**record, "refundable": float(self._left(record))}

    def _left(self, order: Record) -> Decimal:
        made = [each["refund"] for each in self.refunds.values()]
        back = sum(_amount(each["amount"]) for each in made if each["order_id"] == order["id"])
        return _amount(order["amount"]) - back


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise RefusedError("The amount is no number.") from None
    if not amount.is_finite():
        raise RefusedError("The amount is no number.")
    return amount


def _read(path: Path) -> Iterator[tuple[str, Record]]:
    for line in path.read_text("utf-8").splitlines():
        try:
            known = json.loads(line)
        except ValueError:  # the program was killed while it wrote this one
            continue
        yield known["key"], known
