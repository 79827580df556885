"""What the buttons send back: a class per button, which both writes and reads its data.

A payload names things by id and proves nothing: who clicked, and whether it may be, is decided elsewhere.
"""

from collections.abc import Mapping
from typing import cast

from cards.actions.catalog import ListWorkflows, ShowWorkflow, StartExample
from cards.actions.people import EndAbsence, SetAway
from cards.actions.questions import (
    Confirm,
    Decide,
    DecideChosen,
    DecideMany,
    HandOver,
    Item,
    Remind,
    Withdraw,
)
from cards.actions.runs import ResumeRun, RetryRun, StopRun
from cards.actions.showing import ShowCard, ShowEdit, ShowHandOver, ShowInbox, ShowMine, ShowPage
from cards.fields import OLD_CARD, Fields
from orchestration.errors import InvalidInputError

__all__ = [
    "Confirm",
    "Decide",
    "DecideChosen",
    "DecideMany",
    "EndAbsence",
    "HandOver",
    "Item",
    "ListWorkflows",
    "OfCatalog",
    "OfQuestion",
    "Payload",
    "Remind",
    "ResumeRun",
    "RetryRun",
    "SetAway",
    "ShowCard",
    "ShowEdit",
    "ShowHandOver",
    "ShowInbox",
    "ShowMine",
    "ShowPage",
    "ShowWorkflow",
    "StartExample",
    "StopRun",
    "Withdraw",
    "submitted",
    "unpack",
]

OfQuestion = Decide | DecideChosen | DecideMany | Confirm | HandOver | Withdraw | Remind
OfPerson = SetAway | EndAbsence
OfRun = RetryRun | ResumeRun | StopRun
OfCatalog = StartExample | ShowWorkflow | ListWorkflows
Shows = ShowPage | ShowCard | ShowMine | ShowInbox
Payload = OfQuestion | OfPerson | OfRun | OfCatalog | Shows

_KINDS: dict[str, type[Payload]] = {
    kind.verb: kind
    for kind in (
        *(Decide, DecideChosen, DecideMany, Confirm, HandOver, Withdraw, Remind),
        *(SetAway, EndAbsence),
        *(RetryRun, ResumeRun, StopRun),
        *(StartExample, ShowWorkflow, ListWorkflows),
        *(ShowPage, ShowCard, ShowMine, ShowEdit, ShowHandOver, ShowInbox),
    )
}


def unpack(value: object) -> Payload:
    """Read the value of a card's invoke, which may be anything; raises InvalidInputError.

    `automatic` says that nobody clicked: a card refreshed itself. That can only show something.
    """
    invoke = _mapping(value)
    action = _mapping(invoke.get("action"))
    verb = action.get("verb")
    kind = _KINDS.get(verb) if isinstance(verb, str) else None
    if kind is None:
        raise InvalidInputError(OLD_CARD)
    return kind.read(Fields(_mapping(action.get("data")), automatic=invoke.get("trigger") == "automatic"))


def submitted(value: object) -> Payload:
    """Read the value of a message that stands for a click: that of an invoke, or the data with its verb."""
    flat = _mapping(value)
    return unpack(flat if "action" in flat else {"action": {"verb": flat.get("verb"), "data": flat}})


def _mapping(value: object) -> Mapping[object, object]:
    if isinstance(value, Mapping):
        return cast(Mapping[object, object], value)
    raise InvalidInputError(OLD_CARD)
