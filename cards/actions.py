"""What the buttons send back: a class per button, which both writes and reads its data.

A payload names things by id and proves nothing: who clicked, and whether it may be, is decided elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self, cast

from cards.fields import OLD_CARD, Fields
from orchestration.errors import InvalidInputError
from orchestration.model import Verdict


@dataclass(frozen=True)
class Decide:
    """A button under a question. The comment is what stands in the input beside it."""

    verb: ClassVar[str] = "decide"
    run: str
    approval: str
    verdict: Verdict
    comment: str = ""
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"run": self.run, "approval": self.approval, "verdict": self.verdict.value}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        fields.by_hand()
        return cls(fields.id("run"), fields.id("approval"), fields.verdict(), fields.comment())


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
class ShowPage:
    """Show a long text, page by page. `name`: an approval's or failure's id, "result" or "input"."""

    verb: ClassVar[str] = "show-page"
    run: str
    name: str
    page: int = 1
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"run": self.run, "name": self.name, "page": str(self.page)}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.id("run"), fields.id("name"), fields.page(), fields.automatic)


@dataclass(frozen=True)
class ShowCard:
    """Show the card of something as it is now. `about` is that of a posting."""

    verb: ClassVar[str] = "show-card"
    run: str
    about: str
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"run": self.run, "about": self.about}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.id("run"), fields.id("about"), fields.automatic)


@dataclass(frozen=True)
class _OfFailure:
    """A button under a failure. It is about that failure only: the run may have gone on and failed again."""

    run: str
    failure: str
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"run": self.run, "failure": self.failure}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.by_hand().id("run"), fields.id("failure"))


@dataclass(frozen=True)
class RetryRun(_OfFailure):
    """Start a new run with the input of a failed one."""

    verb: ClassVar[str] = "retry-run"


@dataclass(frozen=True)
class ResumeRun(_OfFailure):
    """Let a failed run go on from what was saved."""

    verb: ClassVar[str] = "resume-run"


@dataclass(frozen=True)
class StopRun:
    """End a run before it is done."""

    verb: ClassVar[str] = "stop-run"
    run: str
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"run": self.run}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.by_hand().id("run"))


Payload = Decide | DecideChosen | ShowPage | ShowCard | RetryRun | ResumeRun | StopRun

_KINDS: dict[str, type[Payload]] = {
    kind.verb: kind for kind in (Decide, DecideChosen, ShowPage, ShowCard, RetryRun, ResumeRun, StopRun)
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


def _mapping(value: object) -> Mapping[object, object]:
    if isinstance(value, Mapping):
        return cast(Mapping[object, object], value)
    raise InvalidInputError(OLD_CARD)
