"""When each step of a workflow began and ended. Steps are given a watch; whoever measures reads it."""

import time
from itertools import pairwise


class Watch:
    """Seconds of the machine's monotonic clock, which all processes share."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.ended: list[float] = []

    def begin(self) -> None:
        self.began.append(time.monotonic())

    def end(self) -> None:
        self.ended.append(time.monotonic())

    @property
    def gaps(self) -> list[float]:
        """From the end of each step to the start of the next: the superstep's own work, and its save."""
        return [begin - end for end, (_, begin) in zip(self.ended, pairwise(self.began), strict=False)]
