"""Amounts in the file about models: what a million tokens cost, and what a run may cost."""

import re
from decimal import Decimal

from bot.settings.tables import Table
from orchestration.prices import Price

_MONEY, _CODE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?"), re.compile(r"[A-Z]{3}")


def price(table: Table) -> Price | None:
    """Return what a million tokens cost; None when the table does not say."""
    table.only(("read", "written"))
    for key in ("read", "written"):
        if key not in table:
            table.wrong(key, "is missing: say what a million tokens cost")
    read, written = table.text("read", _money, None), table.text("written", _money, None)
    return None if read is None or written is None else Price(read, written)


def budget(table: Table, key: str) -> Decimal | None:
    """Return the most that a run may cost; None without a limit."""
    amount = table.text(key, _money, None)
    if amount is not None and not amount:
        table.wrong(key, "is zero: nothing could run; remove it if there is no limit")
    return amount


def currency(file: Table, *, needed: bool) -> str:
    """Return the code of the currency; empty without one. `needed`: something in the file has a price."""
    if needed and "currency" not in file:
        file.wrong("currency", 'is missing: say in what prices and budgets are, such as "EUR"')
    return file.text("currency", _code, "")


def _money(word: str) -> Decimal | None:
    if not _MONEY.fullmatch(word):
        raise ValueError("is not an amount such as 2.50")
    return Decimal(word)


def _code(word: str) -> str:
    if not _CODE.fullmatch(word):
        raise ValueError("is not a currency of three capital letters such as EUR")
    return word
