"""Evidence of a run: its records as lines, chained by their hashes and sealed. Pure: no I/O, no clock."""

from orchestration.evidence.chain import MOST_BYTES, MOST_LINE_BYTES, chained
from orchestration.evidence.checking import Broken, Verified, verify
from orchestration.evidence.facts import Records, facts, header

__all__ = [
    "MOST_BYTES",
    "MOST_LINE_BYTES",
    "Broken",
    "Records",
    "Verified",
    "chained",
    "facts",
    "header",
    "verify",
]
