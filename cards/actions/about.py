"""What buttons about a question as a whole have in common."""

from dataclasses import dataclass
from typing import Self

from cards.fields import Fields


@dataclass(frozen=True)
class OfApproval:
    """Names the question."""

    run: str
    approval: str
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"run": self.run, "approval": self.approval}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.id("run"), fields.id("approval"), fields.automatic)
