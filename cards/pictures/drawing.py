"""Draws a layout as a PNG with few colours: light, so that it reads well on light and on dark cards."""

from functools import cache
from io import BytesIO
from math import dist

from PIL import Image, ImageColor, ImageDraw, ImageFont

from cards.pictures.layout import ICON, LINE, NARROW_ROOM, PADDING, Box, Layout, Line, Point
from cards.pictures.strokes import bent, dashes, shortened
from cards.text import brief

SIZE, SMALL = 13.0, 11.0
"""Of letters."""
FINER = 2
"""Everything is drawn this much larger, then made smaller: so lines have smooth edges."""
LEGEND = "Dashed: back to an earlier step"
PEOPLE = "May ask people"

PAPER, EDGE, INK, WAY, BACK = "#ffffff", "#d1d1d1", "#242424", "#7a7a7a", "#5b5fc7"
STEP, STEP_EDGE, ASKS, ASKS_EDGE = "#f0f0fb", "#9299d9", "#fff4ce", "#c8961a"
_SHADES = ((INK, 0.65), (INK, 0.35), (WAY, 0.5), (BACK, 0.5), (STEP_EDGE, 0.5), (ASKS_EDGE, 0.5))
"""For smooth edges: a colour, and how much of it is on the paper."""
_RADIUS, _HEAD = 7.0, 6.5
_FOOT, _LINES, _TITLE = 22.0, 3, 120


@cache
def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):  # a build of Pillow without the font library
        raise OSError("this Pillow has no scalable font")
    return font


@cache
def _palette() -> Image.Image:
    """Sixteen colours, so that a pixel takes half a byte."""
    plain = [
        ImageColor.getrgb(name) for name in (PAPER, EDGE, INK, WAY, BACK, STEP, STEP_EDGE, ASKS, ASKS_EDGE)
    ]
    shades = [
        tuple(round(255 - (255 - part) * much) for part in ImageColor.getrgb(name)) for name, much in _SHADES
    ]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in (*plain, *shades) for part in colour])
    return palette


def wrapped(text: str, width: float) -> list[str]:
    """Return the text in a few lines of this width, and what has no room as an ellipsis."""
    lines = [""]
    for word in brief(text, _TITLE).split():
        longer = f"{lines[-1]} {word}".strip()
        if _long(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [
        _cut(line, width)
        for line in (lines if len(lines) <= _LINES else [*lines[: _LINES - 1], f"{lines[_LINES - 1]}…"])
    ]


def _cut(line: str, width: float) -> str:
    while _long(line) > width and len(line) > 1:
        line = f"{line.rstrip('…')[:-1]}…"
    return line


def _long(text: str) -> float:
    return _font(SIZE * 4).getlength(text) / 4


def drawn(layout: Layout, scale: float) -> bytes:
    """Return the picture as PNG, `scale` pixels for each unit of the layout."""
    return _Sheet(layout, scale).png()


class _Sheet:
    """A picture in the making."""

    def __init__(self, layout: Layout, scale: float) -> None:
        self._layout, self._scale = layout, scale * FINER
        foot = _FOOT if self._legend else 0.0
        self._size = (round(layout.width * scale), round((layout.height + foot) * scale))
        self._image = Image.new("RGB", (self._size[0] * FINER, self._size[1] * FINER), PAPER)
        self._draw = ImageDraw.Draw(self._image)

    @property
    def _legend(self) -> bool:
        return any(box.asks for box in self._layout.boxes) or any(line.back for line in self._layout.lines)

    def png(self) -> bytes:
        for line in self._layout.lines:
            self._line(line)
        for box in self._layout.boxes:
            self._box(box)
        self._foot()
        self._frame()
        small = self._image.reduce(FINER)
        small = small.quantize(palette=_palette(), dither=Image.Dither.NONE)
        file = BytesIO()
        small.save(file, "PNG", optimize=True)
        return file.getvalue()

    # ---- parts ----------------------------------------------------------------------------

    def _at(self, *lengths: float) -> list[float]:
        return [length * self._scale for length in lengths]

    def _pen(self, width: float) -> int:
        return max(1, round(width * self._scale))

    def _frame(self) -> None:
        right, bottom = self._image.width - 1, self._image.height - 1
        self._draw.rectangle((0, 0, right, bottom), outline=EDGE, width=self._pen(1))

    def _box(self, box: Box) -> None:
        fill, outline = (ASKS, ASKS_EDGE) if box.asks else (STEP, STEP_EDGE)
        corners = self._at(box.left, box.top, box.right, box.bottom)
        self._draw.rounded_rectangle(corners, _RADIUS * self._scale, fill, outline, self._pen(1.2))
        badge = box.right - box.left - 2 * PADDING <= NARROW_ROOM
        aside = ICON if box.asks and not badge else 0.0
        middle = (box.left + box.right + aside) / 2
        top = (box.top + box.bottom - LINE * len(box.lines)) / 2
        for number, text in enumerate(box.lines):
            self._text(text, (middle, top + LINE * (number + 0.5)), SIZE, anchor="mm")
        if box.asks and badge:
            self._draw.ellipse(
                self._at(box.left - 5, box.top - 8, box.left + 13, box.top + 10), ASKS, ASKS_EDGE
            )
            self._person(box.left + 4, box.top + 1)
        elif box.asks:
            widest = max(map(_long, box.lines), default=0.0)
            self._person(middle - widest / 2 - ICON / 2 - 2, (box.top + box.bottom) / 2)

    def _text(self, text: str, at: Point, size: float, *, anchor: str, fill: str = INK) -> None:
        x, y = self._at(*at)
        self._draw.text((x, y), text, fill, _font(size * self._scale), anchor=anchor)

    def _person(self, x: float, y: float) -> None:
        self._draw.ellipse(self._at(x - 3, y - 6.5, x + 3, y - 0.5), ASKS_EDGE)
        self._draw.pieslice(self._at(x - 5.5, y + 0.5, x + 5.5, y + 11.5), 180, 360, ASKS_EDGE)

    def _foot(self) -> None:
        y, x = self._layout.height + _FOOT / 2 - 4, 14.0
        if any(box.asks for box in self._layout.boxes):
            self._person(x + 6, y)
            self._text(PEOPLE, (x + 16, y), SMALL, anchor="lm", fill=WAY)
            x += 30 + _font(SMALL * 4).getlength(PEOPLE) / 4
        if any(line.back for line in self._layout.lines):
            self._text(LEGEND, (x, y), SMALL, anchor="lm", fill=BACK)

    # ---- lines ----------------------------------------------------------------------------

    def _line(self, line: Line) -> None:
        colour, points = (BACK if line.back else WAY), bent(line.points)
        if line.head:
            points = shortened(points, _HEAD * 0.6)
        for part in dashes(points) if line.back else [points]:
            flat = [tuple(self._at(*point)) for point in part]
            self._draw.line(flat, colour, self._pen(1.4), joint="curve")
        if line.head:
            self._head(line.points[-2], line.points[-1], colour)

    def _head(self, before: Point, end: Point, colour: str) -> None:
        length = dist(before, end) or 1.0
        along = ((end[0] - before[0]) / length, (end[1] - before[1]) / length)
        base = (end[0] - along[0] * _HEAD, end[1] - along[1] * _HEAD)
        side = (-along[1] * _HEAD * 0.55, along[0] * _HEAD * 0.55)
        corners = (end, (base[0] + side[0], base[1] + side[1]), (base[0] - side[0], base[1] - side[1]))
        self._draw.polygon([tuple(self._at(*corner)) for corner in corners], colour)
