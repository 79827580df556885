"""The graph of a workflow as people see it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """One step, in words for people."""

    id: str
    title: str
    asks: bool = False
    """Whether the step asks people and waits for them."""


@dataclass(frozen=True)
class Graph:
    """Steps, the first one first, and what comes after what. It may have cycles."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    """(from, to), by the ids of the steps."""

    def after(self, node: str) -> tuple[str, ...]:
        """Return the ids of the steps that may come right after one."""
        return tuple(target for source, target in self.edges if source == node)
