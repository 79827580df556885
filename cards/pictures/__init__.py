"""The graph of a workflow as a picture inside a card."""

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from cards.pictures.drawing import drawn, wrapped
from cards.pictures.layout import laid_out
from orchestration.model import Graph

MOST_BYTES = 12_000
"""Of a PNG. As text inside a card it is a third more, and the card may have 28,000 in all."""
MOST_STEPS = 24
_SCALES = (2.0, 1.6, 1.3, 1.0, 0.8)


@dataclass(frozen=True)
class Picture:
    """A picture as data URI, and how many pixels wide it should be shown at most."""

    data: str
    width: int


@lru_cache(maxsize=64)
def picture(graph: Graph) -> Picture | None:
    """Return the picture; None for a graph that has no room on a card.

    Drawing takes a moment: do it in a thread. The same graph is drawn once.
    """
    if not 0 < len(graph.nodes) <= MOST_STEPS:
        return None
    layout = laid_out(graph, wrapped)
    sizes = (drawn(layout, scale) for scale in _SCALES)
    small = next((png for png in sizes if len(png) <= MOST_BYTES), b"")
    data = f"data:image/png;base64,{b64encode(small).decode()}"
    return Picture(data, ceil(layout.width)) if small else None
