"""Who is away, and who stands in for them."""

from dataclasses import dataclass
from datetime import datetime

from orchestration.model.identity import Person


@dataclass(frozen=True)
class Absence:
    """Somebody is away, and a deputy answers for them."""

    tenant: str
    person: str
    """The Entra object id of who is away."""
    deputy: Person
    since: datetime
    until: datetime
    """The first moment at which they are back."""
    by: Person
    """Who said so."""

    def covers(self, now: datetime) -> bool:
        """Whether the person is away at that time."""
        return self.since <= now < self.until
