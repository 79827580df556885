"""Lines as points: with round corners, shortened, in dashes. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from math import dist

from cards.pictures.layout import Point

_BEND, _DASH, _SPACE = 6.0, 5.0, 4.0


def bent(points: Sequence[Point]) -> list[Point]:
    """Return the line with round corners."""
    line = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _toward(corner, before), _toward(corner, after)
        steps = [step / 6 for step in range(7)]
        line += [
            (
                (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * corner[0] + t**2 * end[0],
                (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * corner[1] + t**2 * end[1],
            )
            for t in steps
        ]
    return [*line, points[-1]]


def _toward(corner: Point, other: Point) -> Point:
    length = dist(corner, other)
    part = min(_BEND, length / 2) / length if length else 0.0
    return (corner[0] + (other[0] - corner[0]) * part, corner[1] + (other[1] - corner[1]) * part)


def shortened(points: Sequence[Point], by: float) -> list[Point]:
    """Return the line without its last bit: the head of an arrow ends in a point."""
    before, end = points[-2], points[-1]
    length = dist(before, end) or 1.0
    part = max(0.0, 1 - by / length)
    return [*points[:-1], (before[0] + (end[0] - before[0]) * part, before[1] + (end[1] - before[1]) * part)]


def dashes(points: Sequence[Point]) -> list[list[Point]]:
    """Return the pieces of a dashed line."""
    parts, part, left, ink = list[list[Point]](), [points[0]], _DASH, True
    for start, end in pairwise(points):
        length, at = dist(start, end), 0.0
        while length - at > left:
            at += left
            here = (
                start[0] + (end[0] - start[0]) * at / length,
                start[1] + (end[1] - start[1]) * at / length,
            )
            if ink:
                parts.append([*part, here])
            ink, part, left = not ink, [here], (_SPACE if ink else _DASH)
        left -= length - at
        part = [*part, end]
    return [*parts, part] if ink else parts
