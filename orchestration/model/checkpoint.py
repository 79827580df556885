"""A run's log of saved states."""

from dataclasses import dataclass
from datetime import datetime

from orchestration.limits import Spent
from orchestration.model.usage import NOTHING_USED, Shares, Usage


@dataclass(frozen=True)
class Checkpoint:
    """One entry of a run's log: the state saved at a superstep boundary, and how far the run was.

    The number is the fence: nobody can write the same one again. Who takes a run over, or ends it for its
    worker, writes an entry without data, and the worker that lost the run can save nothing more.
    """

    number: int
    at: datetime
    step: str
    data: bytes = b""
    """The state, opaque here; empty: the entry stands for the state of an earlier one."""
    sources: tuple[int, ...] = ()
    """The numbers of the earlier entries that the state refers to."""
    blobs: tuple[str, ...] = ()
    """The digests of the large contents that it refers to."""
    of: int = 0
    """Without data: the number of the entry with the state; 0: there is none yet."""
    usage: Usage = NOTHING_USED
    """What the models were asked so far, in the whole run."""
    shares: Shares = ()
    """The same for each step and model, with what it cost."""
    worked: float = 0.0
    spent: Spent = ()
    superstep: int = 0
    waits: tuple[str, ...] = ()
    """The ids of the questions that wait in this state."""
    outputs: tuple[tuple[str, bool], ...] = ()
    """(text, accepted) of each result so far: Agent Framework keeps no outputs in its own."""

    @property
    def state(self) -> int:
        """The number of the entry that holds the state."""
        return self.number if self.data else self.of


@dataclass(frozen=True)
class Saved:
    """A saved state in words: after which step, when, and what waits in it."""

    number: int
    superstep: int
    at: datetime
    step: str
    waits: tuple[str, ...]
    """The titles of the questions."""
    preview: str
    """The first words of what they are about."""
