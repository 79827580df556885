"""Where the rows of a picture stand, and the room between them for lines that run across."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cards.pictures.layers import Edge, Layers, is_step

WIDTHS = {1: 200.0, 2: 136.0, 3: 92.0}
"""The width of a step, by how many stand side by side."""
MARGIN, BETWEEN, LANE, GAP, TRACK = 14.0, 10.0, 14.0, 28.0, 9.0
BESIDE = 18.0
"""How far a line that passes a row begins from the middle of its step."""

Span = tuple[float, float]
Track = tuple[str, str]
"""What a line across is for, one of _ORDER, and of which step or waypoint."""
_ORDER = ("exit", "to", "from", "entry")


@dataclass(frozen=True)
class Grid:
    """Rows of steps and waypoints. `tall` has the heights of the steps."""

    layers: Layers
    tall: Mapping[str, float]

    @cached_property
    def row(self) -> Mapping[str, int]:
        """The number of the row in which something stands."""
        return {name: number for number, row in enumerate(self.layers.rows) for name in row}

    @cached_property
    def across(self) -> Mapping[str, Span]:
        """Left and right of everything."""
        spans = {name: span for row in self.layers.rows for name, span in _row_across(row).items()}
        least = min(left for left, _ in spans.values())
        return {
            name: (left - least + MARGIN, right - least + MARGIN) for name, (left, right) in spans.items()
        }

    def middle(self, name: str) -> float:
        return sum(self.across[name]) / 2

    def start(self, hop: Edge) -> float:
        """A line to a waypoint begins beside the middle: else it would seem to lead to the step below."""
        source, target = hop
        middle, end = self.middle(source), self.middle(target)
        if is_step(target) or not is_step(source):
            return middle
        return middle + (BESIDE if end > middle else -BESIDE)

    @cached_property
    def lanes(self) -> Mapping[str, float]:
        """Where the lines run that lead back up, by where they lead: one for each."""
        right = max(right for _, right in self.across.values())
        targets = dict.fromkeys(target for _, target in self.layers.back)
        return {target: right + LANE * (number + 1) for number, target in enumerate(targets)}

    @property
    def width(self) -> float:
        return max([*(right for _, right in self.across.values()), *self.lanes.values()]) + MARGIN

    def outermost(self, name: str) -> bool:
        """Whether nothing stands between a step and the lanes."""
        return [step for step in self.layers.rows[self.row[name]] if is_step(step)][-1] == name

    # ---- from top to bottom -----------------------------------------------------------------

    @cached_property
    def tracks(self) -> Sequence[Sequence[Track]]:
        """The lines across above each row, and below the last one."""
        found = [dict[Track, None]() for _ in range(len(self.layers.rows) + 1)]
        for source, _ in self.layers.back:
            if not self.outermost(source):
                found[self.row[source] + 1][("exit", source)] = None
        for hop in self.layers.hops:
            if self.start(hop) != self.middle(hop[1]):
                found[self.row[hop[1]]][self.track_of(hop)] = None
        for _, target in self.layers.back:
            if not self.outermost(target):
                found[self.row[target]][("entry", target)] = None
        # Lines that come together run above those that split: so the two do not cross.
        return [sorted(tracks, key=lambda track: _ORDER.index(track[0])) for tracks in found]

    def track_of(self, hop: Edge) -> Track:
        """Return the line across that a hop takes: of its source, or of a target where more come together."""
        sources, targets = self._ends
        return ("to", hop[1]) if targets[hop[1]] > sources[hop[0]] else ("from", hop[0])

    @cached_property
    def _ends(self) -> tuple[Counter[str], Counter[str]]:
        return Counter(a for a, _ in self.layers.hops), Counter(b for _, b in self.layers.hops)

    @cached_property
    def down(self) -> Sequence[Span]:
        """Top and bottom of each row."""
        spans, at = list[Span](), 0.0
        for number, row in enumerate(self.layers.rows):
            top = at + self._gap(number)
            at = top + max(self.tall[name] for name in row if is_step(name))
            spans.append((top, at))
        return spans

    @property
    def height(self) -> float:
        return self.down[-1][1] + self._gap(len(self.layers.rows))

    def _gap(self, number: int) -> float:
        tracks = len(self.tracks[number])
        inner = 0 < number < len(self.layers.rows)
        return GAP + TRACK * max(tracks - 1, 0) if inner else MARGIN + TRACK * tracks

    def track(self, number: int, track: Track) -> float:
        """Return how far down a line across is, among those above row `number`."""
        above = self.down[number - 1][1] if number else 0.0
        return above + GAP / 2 - 2 + TRACK * self.tracks[number].index(track)


def _row_across(row: Sequence[str]) -> dict[str, Span]:
    """Return left and right of each, with the steps and what is between them around 0."""
    steps = [index for index, name in enumerate(row) if is_step(name)]
    width, spans, at = WIDTHS[min(len(steps), len(WIDTHS))], dict[str, Span](), 0.0
    for name in row:
        size = width if is_step(name) else LANE
        spans[name] = (at, at + size)
        at += size + BETWEEN
    middle = (spans[row[steps[0]]][0] + spans[row[steps[-1]]][1]) / 2
    return {name: (left - middle, right - middle) for name, (left, right) in spans.items()}
