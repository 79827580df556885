"""How long the showing of cards waits before it looks, or tries, again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.model import Posting


@dataclass(frozen=True)
class Patience:
    """The values for Teams are the defaults."""

    soon: timedelta = timedelta(seconds=0.25)
    """Between a change and the card that shows it: several changes become one update."""
    again: timedelta = timedelta(seconds=2)
    """After an update without an answer, and while somebody else posts a card."""
    after_error: timedelta = timedelta(seconds=5)
    """After a pass that could not be ended."""
    after_bad_card: timedelta = timedelta(seconds=30)
    """After a card that could not be made."""
    doubts: tuple[timedelta, ...] = tuple(
        timedelta(seconds=seconds) for seconds in (20, 60, 300, 900, 3600, 3600, 3600, 3600)
    )
    """After each post that was never answered, before the card is posted once more.

    A second card is better than none: it heals when it is clicked.
    """

    def exhausted(self, card: Posting) -> bool:
        """Whether it was posted as often as that is sensible."""
        return card.attempts > len(self.doubts)

    def after_doubt(self, card: Posting) -> datetime:
        """Return when to post a card again if nobody knows what came of the last time."""
        number = min(max(card.attempts, 1), len(self.doubts))
        return (card.tried or card.at) + self.doubts[number - 1]


USUAL = Patience()
