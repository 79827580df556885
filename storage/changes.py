"""The difference between two books as documents to write, and a book from documents. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from orchestration.book import Book
from orchestration.model import Approval, Failure, Posting, Run, RunKey
from storage import documents, kinds
from storage.documents import Document

R = TypeVar("R", Approval, Failure, Posting)


@dataclass(frozen=True)
class Change:
    """What one write does to a partition, all or nothing."""

    key: RunKey
    head: Document | None = None
    """The document whose version the write depends on. None: only on `new` not being there yet."""
    changed: tuple[Document, ...] = ()
    """Put in the place of what has the same id, if anything."""
    new: tuple[Document, ...] = ()
    """Must not exist yet."""
    gone: tuple[str, ...] = ()
    """Ids of what nobody refers to any more. A backend may leave them to their time to live."""


def between(before: Book | None, after: Book) -> Change:
    """Return what leads from one book to the other, together with what `after` adds."""
    if _only_progress(before, after):
        return Change(after.run.key, new=tuple(_new(after)))
    head = documents.of_run(replace(after.run, version=_version(before) + 1))
    return Change(after.run.key, head, tuple(_changed(before, after)), tuple(_new(after)))


def _only_progress(before: Book | None, after: Book) -> bool:
    """Whether the new checkpoint alone tells all that is different: most supersteps are such."""
    if before is None or after.checkpoint is None or after.news or after.texts:
        return False
    return after.run == before.run.reached(after.checkpoint) and not any(_changed(before, after))


def _version(book: Book | None) -> int:
    return book.run.version if book else 0


def _changed(before: Book | None, after: Book) -> Iterable[Document]:
    for record in _records(after):
        live = after.live(record)
        if before is None or not _has(before, record, live=live):
            yield documents.of_record(after.run.key, record, live=live)
            if isinstance(record, Approval):
                yield from documents.of_question_elsewhere(after.run.key, record, live=live)
                yield from documents.of_seats(record, _reseated(before, record))


def _reseated(before: Book | None, approval: Approval) -> list[str]:
    """Who is asked now and was not, or was asked and is not any more."""
    held = before.approvals.get(approval.id) if before else None
    was, waits = held.waits_for if held else (), approval.waits_for
    return [person for person in dict.fromkeys((*was, *waits)) if (person in was) is not (person in waits)]


def _has(book: Book, record: Approval | Failure | Posting, *, live: bool) -> bool:
    """Whether the book holds the same. A card's liveness changes with its question, not with itself."""
    match record:
        case Approval():
            held = book.approvals.get(record.id)
        case Failure():
            held = book.failures.get(record.id)
        case Posting():
            held = book.postings.get(record.id)
    return held is not None and (held is record or held == record) and book.live(held) is live


def _records(book: Book) -> Iterable[Approval | Failure | Posting]:
    yield from book.approvals.values()
    yield from book.failures.values()
    yield from book.postings.values()


def _new(book: Book) -> Iterable[Document]:
    key = book.run.key
    yield from (documents.of_event(key, event) for event in book.news)
    yield from (documents.of_text(key, name, text) for name, text in book.texts.items())
    if book.checkpoint:
        yield documents.of_checkpoint(key, book.checkpoint)


def stored(before: Book | None, after: Book, change: Change) -> Book:
    """Return the book as it is read after `after` was written over `before` by this change."""
    version = change.head.version if change.head else _version(before)
    return Book(
        run=replace(after.run, version=version),
        approvals=_live(after, after.approvals),
        failures=_live(after, after.failures),
        postings=_live(after, after.postings),
    )


def _live(book: Book, records: Mapping[str, R]) -> dict[str, R]:
    return _by_id(record for record in records.values() if book.live(record))


def _by_id(records: Iterable[R]) -> dict[str, R]:
    """Oldest first, whichever way they came."""
    return {record.id: record for record in sorted(records, key=_age)}


def _age(record: Approval | Failure | Posting) -> tuple[datetime, str]:
    return (record.asked if isinstance(record, Approval) else record.at), record.id


def book_of(run: Run, live: Iterable[Document]) -> Book:
    """Return the book of a run from its live documents; `run` is as far as the newest checkpoint says."""
    kept = tuple(live)
    return Book(
        run=run,
        approvals=_by_id(_read_all(Approval, kept)),
        failures=_by_id(_read_all(Failure, kept)),
        postings=_by_id(_read_all(Posting, kept)),
    )


def _read_all(kind: type[R], kept: Iterable[Document]) -> Iterable[R]:
    wanted = kinds.kind_of(kind)
    return (documents.read(kind, document) for document in kept if document.kind == wanted)
