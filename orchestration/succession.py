"""Retrying: the one new run that has the input of an old one. Safe to ask for again at any time."""

from datetime import datetime

from orchestration.book import life
from orchestration.clock import run_id
from orchestration.errors import ConflictError
from orchestration.model import Run, RunKey
from orchestration.ports import RunStore


async def free_id(store: RunStore, run: Run) -> str:
    """Return the id for the successor of a run: the same each time, and nobody else's."""
    name = run_id(run.started, run.tenant, _source(run))
    while (book := await store.read(RunKey(run.tenant, name))) and book.run.source != _source(run):
        name = run_id(run.started, name, _source(run))  # 40 bits of a hash can be the same by chance
    return name


async def opened(store: RunStore, run: Run, at: datetime) -> Run | None:
    """Return the successor that the run names, after making sure that it exists."""
    if not run.successor or run.retried_by is None:
        return None
    key = RunKey(run.tenant, run.successor)
    if (book := await store.read(key)) is not None:
        return book.run
    text = await store.text(run.key, "input") or ""
    new = run.repeated(
        id=run.successor, source=_source(run), by=run.retried_by, at=at, origin=run.successor_origin
    )
    try:
        return (await store.write(None, life.opened(new, text, at))).run
    except ConflictError:  # somebody else did at this very moment
        book = await store.read(key)
        return book.run if book else None


def _source(run: Run) -> str:
    return f"retry|{run.id}"
