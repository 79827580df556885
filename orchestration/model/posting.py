"""A card in a conversation, and the conversations."""

from dataclasses import dataclass, replace
from datetime import datetime

RUN_CARD, RESULT_CARD = "run", "result"


@dataclass(frozen=True)
class Posting:
    """One card shown in one conversation: which version of its record it shows, and which it should show."""

    id: str
    about: str
    """"run", "result", or the id of an approval or a failure."""
    conversation: str
    at: datetime
    wanted: int = 1
    shown: int = 0
    activity: str = ""
    """The id of the message in the channel; empty: not posted yet."""
    attempts: int = 0
    """How often somebody began to post it."""
    sender: str = ""
    """The worker that began to post it and has not said what came of it."""
    tried: datetime | None = None
    """When it was last begun."""
    trouble: str = ""
    """Why it can never be delivered; empty: no such reason."""
    retired: bool = False
    """A newer card of the same record stands further down in the same conversation."""
    step: str = ""
    """The card of a run: the step it shows. Progress is read from there, so that it costs no write here."""
    instead: bool = False
    """It is here because nothing reaches people in the conversation where it belongs."""

    @property
    def settled(self) -> bool:
        """Whether it shows its record as it is, but for the progress of the run."""
        return bool(self.trouble) or self.shown >= self.wanted

    def stale(self) -> "Posting":
        return replace(self, wanted=self.wanted + 1)

    def retire(self) -> "Posting":
        return replace(self.stale(), retired=True)


@dataclass(frozen=True)
class Place:
    """A conversation that the bot can talk to. `reference` is the channel's own JSON for it, kept as text."""

    tenant: str
    conversation: str
    kind: str
    """personal, groupChat or channel."""
    reference: str
    person: str = ""
    """Whose personal chat with the bot it is, by Entra object id; in other kinds empty."""
