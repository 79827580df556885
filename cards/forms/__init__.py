"""A form on a card, and what comes back from it."""

from cards.forms.drawing import inputs
from cards.forms.reading import read

__all__ = ["inputs", "read"]
