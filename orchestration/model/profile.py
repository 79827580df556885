"""What is known of people beside who they are."""

from dataclasses import dataclass

from orchestration.model.identity import Person


@dataclass(frozen=True)
class Profile:
    """Somebody, how Teams addresses them, and the time zone they live in."""

    person: Person
    address: str = ""
    """The id that Teams has for them towards this bot ("29:…"); empty: not known."""
    zone: str = ""
    """IANA name; empty: not known."""
