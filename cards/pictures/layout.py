"""Where everything stands on the picture of a graph. Pure; lengths are those of a phone's screen at 1 : 1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cards.pictures.grid import WIDTHS, Grid
from cards.pictures.layers import Edge, is_step, layered
from orchestration.model import Graph, Node

NARROW = 300.0
"""The least width of a picture."""
PADDING, LINE, ICON = 7.0, 16.0, 18.0
NARROW_ROOM = 90.0
"""Up to this width a step has no room for a sign beside its title."""
_ASIDE = 8.0
"""How far an arrow back is from the middle of a step's side."""

Point = tuple[float, float]
Wrap = Callable[[str, float], Sequence[str]]
"""(text, width) to lines that fit."""


@dataclass(frozen=True)
class Box:
    """A step: where it stands, and its title in lines."""

    left: float
    top: float
    right: float
    bottom: float
    lines: tuple[str, ...]
    asks: bool


@dataclass(frozen=True)
class Line:
    """A line with corners. Some end with an arrow head; one that leads back is dashed."""

    points: tuple[Point, ...]
    head: bool
    back: bool = False


@dataclass(frozen=True)
class Layout:
    """A picture as numbers."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def laid_out(graph: Graph, wrap: Wrap) -> Layout:
    """Return where everything stands. The graph has a step at least."""
    layers = layered(graph)
    steps = {node.id: node for node in graph.nodes}
    lines = {
        name: _wrapped(steps[name], sum(map(is_step, row)), wrap)
        for row in layers.rows
        for name in row
        if is_step(name)
    }
    grid = Grid(layers, {name: 2 * PADDING + LINE * len(words) for name, words in lines.items()})
    boxes = tuple(_box(grid, steps[name], words) for name, words in lines.items())
    ways = (*(_forward(grid, hop) for hop in layers.hops), *_backward(grid))
    return Layout(
        max(grid.width, NARROW), grid.height, *_centred(boxes, ways, max(NARROW - grid.width, 0) / 2)
    )


def _wrapped(node: Node, beside: int, wrap: Wrap) -> tuple[str, ...]:
    room = WIDTHS[min(beside, len(WIDTHS))] - 2 * PADDING
    return tuple(wrap(node.title, room - ICON if node.asks and room > NARROW_ROOM else room))


def _box(grid: Grid, node: Node, lines: tuple[str, ...]) -> Box:
    left, right = grid.across[node.id]
    top, bottom = _sides(grid, node.id)
    return Box(left, top, right, bottom, lines, node.asks)


def _sides(grid: Grid, name: str) -> tuple[float, float]:
    """Top and bottom; a step stands in the middle of its row, a waypoint takes all of it."""
    top, bottom = grid.down[grid.row[name]]
    spare = (bottom - top - grid.tall[name]) / 2 if is_step(name) else 0.0
    return top + spare, bottom - spare


# ---- lines ----------------------------------------------------------------------------------------


def _forward(grid: Grid, hop: Edge) -> Line:
    source, target = hop
    start, end = grid.start(hop), grid.middle(target)
    top, bottom = _sides(grid, source)[1], _sides(grid, target)[0]
    through = [] if is_step(target) else [(end, _sides(grid, target)[1])]
    if start == end:
        return Line(((start, top), (end, bottom), *through), head=is_step(target))
    across = grid.track(grid.row[target], grid.track_of(hop))
    return Line(((start, top), (start, across), (end, across), (end, bottom), *through), head=is_step(target))


def _backward(grid: Grid) -> list[Line]:
    """Lines that lead to the same step share its lane: the lowest takes it, the others end there."""
    lines = list[Line]()
    for target, lane in grid.lanes.items():
        outs = [_out(grid, source, lane) for source, to in grid.layers.back if to == target]
        lowest = max(outs, key=lambda points: points[-1][1])
        lines += [Line(tuple(points), head=False, back=True) for points in outs if points is not lowest]
        lines.append(Line((*lowest, *_in(grid, target, lane)), head=True, back=True))
    return lines


def _out(grid: Grid, source: str, lane: float) -> list[Point]:
    """From the right side of a step to its lane, or from below it where others stand between."""
    top, bottom = _sides(grid, source)
    if grid.outermost(source):
        side = (top + bottom) / 2 + _ASIDE
        return [(grid.across[source][1], side), (lane, side)]
    across, start = grid.track(grid.row[source] + 1, ("exit", source)), grid.middle(source) + _ASIDE
    return [(start, bottom), (start, across), (lane, across)]


def _in(grid: Grid, target: str, lane: float) -> list[Point]:
    top, bottom = _sides(grid, target)
    if grid.outermost(target):
        side = (top + bottom) / 2 - _ASIDE
        return [(lane, side), (grid.across[target][1], side)]
    across, end = grid.track(grid.row[target], ("entry", target)), grid.middle(target) + _ASIDE
    return [(lane, across), (end, across), (end, top)]


def _centred(
    boxes: Sequence[Box], lines: Sequence[Line], by: float
) -> tuple[tuple[Box, ...], tuple[Line, ...]]:
    return (
        tuple(Box(b.left + by, b.top, b.right + by, b.bottom, b.lines, b.asks) for b in boxes),
        tuple(Line(tuple((x + by, y) for x, y in line.points), line.head, line.back) for line in lines),
    )
