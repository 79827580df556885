"""Figures of a benchmark: rows that compare ours with a peer of the same run, and their table. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

HEADINGS = ("What", "Signoff", "Peer", "Signoff / peer", "The peer, and remarks")


@dataclass(frozen=True)
class Row:
    """One figure of ours beside the same figure of a peer."""

    what: str
    ours: float
    peer: float
    unit: str
    note: str

    @staticmethod
    def of(what: str, both: Iterable[float], unit: str, note: str) -> "Row":
        """A row from ours and the peer's, in this order."""
        ours, peer = both
        return Row(what, ours, peer, unit, note)

    @property
    def cells(self) -> tuple[str, ...]:
        return (
            self.what,
            f"{shown(self.ours)} {self.unit}",
            f"{shown(self.peer)} {self.unit}",
            ratio(self.ours, self.peer),
            self.note,
        )


def shown(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(ours: float, peer: float) -> str:
    """How many times the peer's."""
    if not peer:
        return "-"
    return f"{ours / peer:.2f}" if ours / peer >= 0.1 else f"{ours / peer:.2g}"


def table(rows: Iterable[Row]) -> str:
    """The rows as a markdown table."""
    lines = [HEADINGS, ("---", "---:", "---:", "---:", "---"), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def quantile(values: Sequence[float], percent: int) -> float:
    """The value below which so many percent of the values lie, between its neighbours if need be."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]
