"""Who people are, and where records live."""

from dataclasses import dataclass
from typing import NamedTuple


class RunKey(NamedTuple):
    """Where all records of a run live: the partition."""

    tenant: str
    run: str


@dataclass(frozen=True)
class Person:
    """Somebody in a tenant. `id` is the Entra object id; the name is for reading, never to decide by."""

    tenant: str
    id: str
    name: str


SIGNOFF = "Signoff"
"""The name under which the program itself decides, when a time has passed."""
