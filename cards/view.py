"""For whom a card is drawn, and how the people on it are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cards.phrases import NAME
from cards.text import brief
from orchestration.model import Run


@dataclass(frozen=True)
class View:
    """What somebody may do with a question, and what is known of the people in it.

    The card that everybody sees has `decide` and `more`: who may what is checked when somebody clicks.
    """

    decide: bool = True
    hand_over: bool = False
    withdraw: bool = False
    remind: bool = False
    more: bool = True
    """Whether a button shows what else the one who clicks may do."""
    person: str = ""
    """The Entra object id of the one it is drawn for; empty: everybody."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of people, by their Entra object ids; nobody is called by an id."""
    zone: str = ""
    """IANA name of the time zone in which times are shown; empty: that of who started the run."""
    refresh: Sequence[str] = ()
    """The Teams addresses of those who get a card of their own in place of the one for everybody."""

    def at(self, run: Run) -> "View":
        """Return the view with the time zone in which this run is shown."""
        return self if self.zone else replace(self, zone=run.zone)

    def called(self, people: Sequence[str], *, last: str = "and") -> str:
        """Return for example "Ann, Ben and Cara"; those whose names are not known are counted."""
        known = [brief(self.names[person], NAME) for person in people if self.names.get(person)]
        unknown = len(people) - len(known)
        if unknown:
            known.append(
                f"{unknown} others" if known and unknown > 1 else _somebody(unknown, alone=not known)
            )
        return known[0] if len(known) == 1 else f"{', '.join(known[:-1])} {last} {known[-1]}"


def _somebody(count: int, *, alone: bool) -> str:
    if count > 1:
        return f"{count} people"
    return "somebody" if alone else "somebody else"


EVERYBODY = View()
