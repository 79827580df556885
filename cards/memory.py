"""The card with what agents remember of earlier runs, in numbers. Never what the notes say."""

from collections.abc import Sequence

from cards.elements import Json, line, text_run
from cards.elements import card as whole_card
from cards.phrases import NAME, heading, note
from cards.text import brief, sentences, span
from orchestration.model import Memory, MemoryLimits

MOST = 20
"""Agents on the card; the rest is counted."""
KB, MB = 1024, 1024 * 1024
TITLE = "What agents remember"


def card(memories: Sequence[Memory], limits: MemoryLimits) -> Json:
    """How many notes each agent has, how large they are, and what became of others."""
    rows = [part for memory in memories[:MOST] for part in _agent(memory)]
    beyond = [note(f"and {len(memories) - MOST} more agents")] if len(memories) > MOST else []
    body = [
        heading(TITLE),
        note(_rule(memories[0].agent, limits) if memories else "No agent keeps notes."),
        *rows,
        *beyond,
    ]
    return whole_card(body, f"{TITLE}: {counted(sum(len(memory.notes) for memory in memories))}")


def counted(notes: int) -> str:
    """Return for example "1 note"."""
    return f"{notes} note" if notes == 1 else f"{notes} notes"


def _rule(agent: str, limits: MemoryLimits) -> str:
    most = f"Each agent keeps at most {counted(limits.notes)} and {limits.size / MB:g} MB"
    return f"{most}, each note for {span(limits.life)}. “forget memory of {brief(agent, NAME)}” deletes them."


def _agent(memory: Memory) -> list[Json]:
    have = f"{counted(len(memory.notes))}, {_size(memory.size)}" if memory.notes else "no notes"
    used = f"Recalled {_times(memory.hits)}" if memory.hits else ""
    over = f"Too old: {memory.expired}" if memory.expired else ""
    evicted = f"Made room for others: {memory.evicted}" if memory.evicted else ""
    title = line(text_run(brief(memory.agent, NAME), bold=True), f": {have}", spacing="Medium")
    more = sentences(used, over, evicted)
    return [title, note(more)] if more else [title]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _size(size: int) -> str:
    if size < KB:
        return f"{size} bytes"
    return f"{size / KB:.0f} KB" if size < MB else f"{size / MB:.1f} MB"
