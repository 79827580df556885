"""The audit trail."""

from dataclasses import dataclass
from datetime import datetime

from orchestration.model.identity import Person


@dataclass(frozen=True)
class Event:
    """One line of the audit trail."""

    number: int
    at: datetime
    what: str
    by: Person | None = None
    about: str = ""
    detail: str = ""
    values: str = ""
    """JSON: what was proposed, decided or executed."""
    source: str = ""
    """The click or message that somebody did it with, so that its repetition is recognised."""
