"""How Python itself is set, so that it holds up the event loop as little as it can."""

import gc
import sys

YOUNG, MIDDLE, OLD = 3_000, 10, 100
"""Objects more than before, until the young ones are looked through; and how often, until the older ones are.

Nearly all that the bot makes is gone without this search, and each search stops everything.
"""
SWITCH = 0.0005
"""Seconds that one thread may work while another waits for its turn. The store's thread needs a turn after
each statement, so the usual 5 ms make a commit wait long beside a busy loop."""


def prepare() -> None:
    """Set it for a process that serves: call this when everything is loaded."""
    gc.collect()
    gc.freeze()  # what is loaded by now stays: looking through it again and again stops the loop
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    sys.setswitchinterval(SWITCH)
