"""Buttons that only show something."""

from dataclasses import dataclass
from typing import ClassVar, Self

from cards.actions.about import OfApproval
from cards.fields import Fields


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
class ShowMine(OfApproval):
    """Show a question as it is for the one who asks: what they may do, and how it stands."""

    verb: ClassVar[str] = "show-mine"


@dataclass(frozen=True)
class ShowEdit(ShowMine):
    """Show the values of a question as a form."""

    verb: ClassVar[str] = "show-edit"


@dataclass(frozen=True)
class ShowHandOver(ShowMine):
    """Show the form in which somebody else is chosen to decide."""

    verb: ClassVar[str] = "show-hand-over"


@dataclass(frozen=True)
class ShowInbox:
    """Show what waits for the one who asks. `before`: only what was asked earlier, as ISO 8601."""

    verb: ClassVar[str] = "show-inbox"
    before: str = ""
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"before": self.before}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.instant("before"), fields.automatic)
