"""How long a run is for measuring, and what is said in it. Imports nothing of the framework.

The texts are words from a made-up vocabulary. Like prose, and unlike a repeated letter, they do not vanish
when they are compressed: they become about half as long.
"""

import random
from dataclasses import dataclass
from functools import cache

ROLES = ("planner", "researcher", "writer", "reviewer")
DESK, END = "desk", "end"
BRIEF = "Faster search, dark mode and a fix for sign-in on iOS"

_SYLLABLES = (
    "ka",
    "re",
    "mo",
    "ti",
    "su",
    "lan",
    "ver",
    "do",
    "pi",
    "sha",
    "en",
    "or",
    "ul",
    "bri",
    "q",
    "as",
)


@dataclass(frozen=True)
class Shape:
    """How many turns, of how many characters each, and after which of them a person is asked; 0: never."""

    turns: int
    size: int = 500
    asks_after: int = 0

    def following(self, turn: int) -> str:
        """Where the conversation goes after a turn."""
        if turn == self.asks_after:
            return DESK
        return self.resuming(turn)

    def resuming(self, turn: int) -> str:
        """Where it goes after a turn when nobody is asked, or everybody has answered."""
        return END if turn == self.turns else ROLES[turn % len(ROLES)]


@cache
def words(seed: int, size: int) -> str:
    """So many characters; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - not a secret
    chosen = dice.choices(_vocabulary(), k=size // 3 + 1)
    return " ".join(chosen)[:size]


@cache
def _vocabulary() -> list[str]:
    dice = random.Random(0)  # noqa: S311 - not a secret
    return ["".join(dice.choices(_SYLLABLES, k=dice.randint(1, 4))) for _ in range(2000)]
