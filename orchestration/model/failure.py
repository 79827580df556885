"""Why an attempt stopped, and what was done about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orchestration.model.identity import Person


class Remedy(StrEnum):
    """What was done about a failure."""

    NONE = ""
    RESUMED = "resumed"
    RETRIED = "retried"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Failure:
    """Why an attempt stopped."""

    id: str
    step: str
    step_title: str
    position: int
    total: int
    reason: str
    cause: str
    """The kind of error, for statistics."""
    at: datetime
    kept: str
    """A sentence about what is saved."""
    resumable: bool = True
    remedy: Remedy = Remedy.NONE
    remedied_by: Person | None = None
    remedied_at: datetime | None = None
    successor: str = ""
    """The run that a retry started."""

    @property
    def open(self) -> bool:
        return self.remedy is Remedy.NONE
