"""The line on a card that is not where it belongs, because nothing reaches people there."""

from cards.elements import Json
from cards.phrases import note

WHY = "This is shown here because the chat where it belongs cannot be reached."


def explained(card: Json) -> Json:
    """Return the card with the reason why it is here on top."""
    return {**card, "body": [note(WHY), *card["body"]]}
