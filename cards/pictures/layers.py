"""Which step stands in which row, and in which order. Pure; nothing here knows about pixels.

A forward edge over several rows passes waypoints in those between. Edges of one source, or to one target,
share them, so that a wide fan is one line that splits.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from orchestration.model import Graph

MOST_IN_A_ROW = 3
"""More steps side by side would be too narrow to read on a phone."""
_WAY, _SWEEPS = "\0", 4

Edge = tuple[str, str]


@dataclass(frozen=True)
class Layers:
    """Rows from top to bottom, with steps and waypoints from left to right."""

    rows: tuple[tuple[str, ...], ...]
    hops: tuple[Edge, ...]
    """From each row to the next one."""
    back: tuple[Edge, ...]
    """Edges that lead up again, or to the same step."""


def is_step(name: str) -> bool:
    """Whether it is a step; else it is a waypoint."""
    return not name.startswith(_WAY)


def layered(graph: Graph) -> Layers:
    """Return the rows of a graph."""
    back = _back(graph)
    forward = [edge for edge in dict.fromkeys(graph.edges) if edge not in back]
    places = _places([node.id for node in graph.nodes], forward)
    hops = _hops(forward, places)
    rows = [list[str]() for _ in range(max(places.values(), default=-1) + 1)]
    for name, row in (places | {name: int(name.split(_WAY)[1]) for name in _ways(hops)}).items():
        rows[row].append(name)
    return Layers(_ordered(rows, hops), hops, tuple(sorted(back)))


def _back(graph: Graph) -> set[Edge]:
    """Return the edges that close a cycle when one follows the graph from its first step."""
    found, done, path = set[Edge](), set[str](), set[str]()

    def follow(node: str) -> None:
        path.add(node)
        for target in graph.after(node):
            if target in path:
                found.add((node, target))
            elif target not in done:
                follow(target)
        path.discard(node)
        done.add(node)

    for node in graph.nodes:
        if node.id not in done:
            follow(node.id)
    return found


def _places(nodes: Sequence[str], forward: Sequence[Edge]) -> dict[str, int]:
    """Return the row of each step: below all that come before it, where there is still room."""
    places, full, left = dict[str, int](), Counter[int](), list(nodes)
    while left:
        ready = [node for node in left if all(a in places for a, b in forward if b == node)]
        for node in ready:
            row = max((places[a] + 1 for a, b in forward if b == node), default=0)
            while full[row] >= MOST_IN_A_ROW:
                row += 1
            places[node] = row
            full[row] += 1
        left = [node for node in left if node not in places]
    return places


def _hops(forward: Sequence[Edge], places: Mapping[str, int]) -> tuple[Edge, ...]:
    long = Counter(a for a, b in forward if places[b] - places[a] > 1)
    hops = list[Edge]()
    for source, target in forward:
        shared = f"from{_WAY}{source}" if long[source] > 1 else f"to{_WAY}{target}"
        ways = [f"{_WAY}{row}{_WAY}{shared}" for row in range(places[source] + 1, places[target])]
        chain = [source, *ways, target]
        hops += pairwise(chain)
    return tuple(dict.fromkeys(hops))


def _ways(hops: Iterable[Edge]) -> list[str]:
    return list(dict.fromkeys(name for hop in hops for name in hop if not is_step(name)))


def _ordered(rows: list[list[str]], hops: Sequence[Edge]) -> tuple[tuple[str, ...], ...]:
    """Put each row into the order of its neighbours above, then below, so that few lines cross."""
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        numbers = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for number in numbers:
            beside = rows[number - 1] if down else rows[number + 1]
            links = [(b, a) if down else (a, b) for a, b in hops]
            rows[number] = _sorted(rows[number], beside, links)
    return tuple(tuple(row) for row in rows)


def _sorted(row: Sequence[str], beside: Sequence[str], links: Sequence[Edge]) -> list[str]:
    where = {name: (index + 0.5) / len(beside) for index, name in enumerate(beside)}

    def middle(entry: tuple[int, str]) -> float:
        index, name = entry
        near = [where[other] for own, other in links if own == name and other in where]
        return sum(near) / len(near) if near else (index + 0.5) / len(row)

    return [name for _, name in sorted(enumerate(row), key=middle)]
