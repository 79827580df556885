#!/usr/bin/env python3
"""Draw the two icons of the app package: a card with a check mark. Needs nothing but Python."""

import math
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

Colour = tuple[int, int, int]
Point = tuple[float, float]
Pixel = tuple[int, int, int, int]

TEAL: Colour = (15, 107, 107)
WHITE: Colour = (255, 255, 255)
CARD = (14 / 48, 12 / 48)  # half of its width and height; the picture is 1 by 1. Whole pixels in both sizes
CHECK: list[Point] = [(0.355, 0.51), (0.455, 0.61), (0.645, 0.40)]


def card(x: float, y: float, radius: float) -> float:
    """Distance from the edge of the card, negative inside."""
    across, down = abs(x - 0.5) - CARD[0] + radius, abs(y - 0.5) - CARD[1] + radius
    return math.hypot(max(across, 0), max(down, 0)) + min(max(across, down), 0) - radius


def check(x: float, y: float) -> float:
    """Distance from the middle of the line of the check mark."""
    return min(segment((x, y), start, end) for start, end in pairwise(CHECK))


def segment(point: Point, start: Point, end: Point) -> float:
    """Distance from a straight line between two points."""
    (px, py), (ax, ay), (bx, by) = point, start, end
    along = ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / math.dist(start, end) ** 2
    along = min(1.0, max(0.0, along))
    return math.dist(point, (ax + along * (bx - ax), ay + along * (by - ay)))


def colour(x: float, y: float, size: int) -> Pixel:
    """White card, teal check mark, teal ground."""
    white = ink(card(x, y, 0.06), size) * (1 - ink(check(x, y) - 0.036, size))
    red, green, blue = (round(g + (w - g) * white) for g, w in zip(TEAL, WHITE, strict=True))
    return red, green, blue, 255


def outline(x: float, y: float, size: int) -> Pixel:
    """White lines on nothing. The card is larger: this icon has no ground around it."""
    x, y = 0.5 + (x - 0.5) / 1.5, 0.5 + (y - 0.5) / 1.5
    edge, mark = abs(card(x, y, 0.07)) - 1 / 48, check(x, y) - 0.024
    return (*WHITE, round(255 * ink(min(edge, mark), size * 1.5)))


def ink(distance: float, size: float) -> float:
    """How much of a pixel is covered, from 0 to 1, so far from the edge of a shape."""
    return min(1.0, max(0.0, 0.5 - distance * size))


def png(size: int, paint: Callable[[float, float, int], Pixel]) -> bytes:
    """Return a square picture with transparency as a PNG file."""
    rows = b"".join(
        b"\0" + b"".join(bytes(paint((x + 0.5) / size, (y + 0.5) / size, size)) for x in range(size))
        for y in range(size)
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / "color.png").write_bytes(png(192, colour))
    (here / "outline.png").write_bytes(png(32, outline))
