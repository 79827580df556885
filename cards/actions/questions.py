"""Buttons that change a question."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from cards.actions.about import OfApproval
from cards.fields import Fields
from orchestration.model import Verdict


@dataclass(frozen=True)
class Decide:
    """A button under a question. The comment, the option and the inputs are what stands beside it."""

    verb: ClassVar[str] = "decide"
    run: str
    approval: str
    verdict: Verdict
    seen: str = ""
    """Which values the card shows."""
    edits: bool = False
    """Whether the inputs are values in place of those."""
    comment: str = ""
    option: str = ""
    inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        data = {"run": self.run, "approval": self.approval, "verdict": self.verdict.value}
        return data | ({"seen": self.seen} if self.seen else {}) | ({"edits": "yes"} if self.edits else {})

    @classmethod
    def read(cls, fields: Fields) -> Self:
        fields.by_hand()
        return cls(
            run=fields.id("run"),
            approval=fields.id("approval"),
            verdict=fields.verdict(),
            seen=fields.optional_id("seen"),
            edits=fields.optional_id("edits") == "yes",
            comment=fields.comment(),
            option=fields.option(),
            inputs=fields.inputs(),
        )


@dataclass(frozen=True)
class DecideChosen:
    """The button of the card that asks which question was meant."""

    verb: ClassVar[str] = "decide-chosen"
    verdict: Verdict
    comment: str = ""
    run: str = ""
    approval: str = ""
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"verdict": self.verdict.value}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        run, approval = fields.by_hand().question()
        return cls(fields.verdict(), fields.comment(), run, approval)


@dataclass(frozen=True)
class Confirm:
    """The button under “I read this as …”. `by` is whose words they were: nobody else can confirm them."""

    verb: ClassVar[str] = "confirm"
    run: str
    approval: str
    verdict: Verdict
    by: str
    comment: str = ""
    option: str = ""
    seen: str = ""
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        data = {"run": self.run, "approval": self.approval, "verdict": self.verdict.value, "by": self.by}
        return data | {name: value for name in ("option", "seen") if (value := getattr(self, name))}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        fields.by_hand()
        return cls(
            run=fields.id("run"),
            approval=fields.id("approval"),
            verdict=fields.verdict(),
            by=fields.id("by"),
            comment=fields.comment(),
            option=fields.option(),
            seen=fields.optional_id("seen"),
        )


Item = tuple[str, str, str]
"""A question that a list shows: run, approval, and which values of it."""


@dataclass(frozen=True)
class DecideMany:
    """A button under a list of questions: decides those that were ticked, of those that were shown."""

    verb: ClassVar[str] = "decide-many"
    verdict: Verdict
    shown: tuple[Item, ...]
    ticked: tuple[Item, ...] = ()
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"verdict": self.verdict.value, "shown": json.dumps(self.shown, ensure_ascii=False)}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        shown = fields.by_hand().items("shown")
        return cls(fields.verdict(), shown, fields.ticked(shown))


@dataclass(frozen=True)
class _ByHand(OfApproval):
    """Changes the question."""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return super().read(fields.by_hand())


@dataclass(frozen=True)
class Withdraw(_ByHand):
    """Take a question back, which ends its run."""

    verb: ClassVar[str] = "withdraw"


@dataclass(frozen=True)
class Remind(_ByHand):
    """Have a question asked once more."""

    verb: ClassVar[str] = "remind"


@dataclass(frozen=True)
class HandOver(_ByHand):
    """Put somebody else in an approver's place. `of` and `to` are Entra object ids."""

    verb: ClassVar[str] = "hand-over"
    of: str = ""
    to: str = ""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return replace(super().read(fields), of=fields.optional_id("of"), to=fields.person("to"))
