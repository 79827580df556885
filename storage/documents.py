"""The records of a run as documents, one for each, and back. Pure: what is the same for every store.

A document is an envelope (where it lies, what it is, what it is found by) around a record. Nothing is left
out silently: a document that cannot be read is an error.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from orchestration.errors import SignoffError
from orchestration.model import Approval, Checkpoint, Event, Failure, Place, Posting, Run, RunKey, RunStatus
from storage.kinds import (
    NOTICES,
    PLACE,
    RUN,
    WORKERS,
    Blob,
    Notices,
    Seat,
    Text,
    Worker,
    checkpoint_id,
    event_id,
    further_id,
    id_of,
    kind_of,
    notices_key,
    person_key,
    place_key,
)
from storage.values import Json, plain, stamp, typed

FORMAT = 1
"""Grows when an older program could no longer read what is written."""

INDEXED = (
    *("due", "ended", "requester", "conversation", "source"),
    *("started", "short", "worker", "number", "approver", "completed", "name", "status"),
)
"""What documents are found by. The container's index policy has the same names, but for the last."""

T = TypeVar("T")


@dataclass(frozen=True)
class Document:
    """One record and its envelope. `key` is the partition: a run, or a name in the place of a run's id."""

    key: RunKey
    id: str
    kind: str
    record: Json
    live: bool = False
    index: Mapping[str, str] = field(default_factory=dict[str, str])
    """Those of INDEXED that it has."""
    version: int = 0
    """Counts the writes to its partition, in the one document that stands for it; 0 in all others."""
    data: bytes = b""
    seconds: int = 0
    """How long it lives from this write, where the backend lets go of things by itself; 0: for ever."""
    v: int = FORMAT


# ---- records become documents ------------------------------------------------------------------


def of_run(run: Run) -> Document:
    """Return the document that stands for the whole partition of the run."""
    index = {
        "due": _stamp(run.due),
        "ended": _stamp(run.ended),
        "requester": run.requester.id,
        "conversation": run.conversation,
        "started": stamp(run.started),
        "short": run.short_id,
        "worker": run.worker,
        "completed": completed_value(run.workflow, run.ended) if _is_completed(run) else "",
    }
    return Document(run.key, RUN, RUN, plain(run), live=True, index=_present(index), version=run.version)


def completed_value(workflow: str, ended: datetime | None = None) -> str:
    """Return what a completed run is found by; without a time, what is greater than all of the workflow's."""
    return f"{workflow}|{stamp(ended) if ended else '~'}"


def _is_completed(run: Run) -> bool:
    return run.status is RunStatus.COMPLETED and run.ended is not None


def of_record(key: RunKey, record: Approval | Failure | Posting, *, live: bool) -> Document:
    """Return the document of one of the run's records; `live` is what its book says of it."""
    index = _present(_approval_index(record)) if isinstance(record, Approval) else {}
    document_id = id_of(type(record), record.id)
    return Document(key, document_id, kind_of(type(record)), plain(record), live=live, index=index)


def of_question_elsewhere(key: RunKey, approval: Approval, *, live: bool) -> Iterable[Document]:
    """Yield a document for each further conversation of a question, so that it is found there as well."""
    for number, where in enumerate(approval.elsewhere, 1):
        index = _present({**_approval_index(approval), "conversation": where})
        document_id = further_id(approval.id, number)
        yield Document(key, document_id, kind_of(Approval), plain(approval), live=live, index=index)


def of_seats(approval: Approval, people: Collection[str]) -> Iterable[Document]:
    """Yield a document for each of these people; those who need not answer are found by nothing any more."""
    waiting = frozenset(approval.waits_for)
    for person in people:
        seat = Seat(approval.id, person)
        index = {"approver": seat_value(person, approval.asked)} if person in waiting else {}
        document_id = id_of(Seat, f"{approval.id}|{person}")
        yield Document(approval.key, document_id, kind_of(Seat), plain(seat), index=index)


def seat_value(person: str, asked: datetime | None = None) -> str:
    """Return what a seat is found by; without a time, what is greater than all of the person's."""
    return f"{person}|{stamp(asked) if asked else '~'}"


def _approval_index(approval: Approval) -> dict[str, str]:
    return {
        "conversation": approval.conversation,
        "started": stamp(approval.asked),  # what finders sort by
        "status": approval.status.value,
    }


def of_event(key: RunKey, event: Event) -> Document:
    """Return the document of one line of the audit trail."""
    index = _present({"source": event.source, "started": stamp(event.at)} if event.source else {})
    return Document(key, event_id(event.number), kind_of(Event), plain(event), index=index)


def of_checkpoint(key: RunKey, checkpoint: Checkpoint) -> Document:
    """Return the document of a checkpoint. Its data stays bytes."""
    record = plain(checkpoint)
    data = record.pop("data")
    index = {"number": f"{checkpoint.number:06d}"}
    return Document(
        key, checkpoint_id(checkpoint.number), kind_of(Checkpoint), record, index=index, data=data
    )


def of_blob(key: RunKey, digest: str, data: bytes) -> Document:
    """Return the document of a large content."""
    return Document(key, id_of(Blob, digest), kind_of(Blob), plain(Blob(digest)), data=data)


def of_text(key: RunKey, name: str, text: str) -> Document:
    """Return the document of a long text."""
    return Document(key, id_of(Text, name), kind_of(Text), plain(Text(name, text)))


def of_place(place: Place) -> Document:
    """Return the document of a conversation."""
    return Document(place_key(place.tenant, place.conversation), PLACE, kind_of(Place), plain(place))


def of_personal_place(place: Place) -> Document:
    """Return the document by which a personal chat is found when only the person is known."""
    return Document(person_key(place.tenant, place.person), PLACE, kind_of(Place), plain(place))


def of_worker(worker: Worker) -> Document:
    """Return the document of a process."""
    index = {"worker": worker.worker}
    return Document(WORKERS, id_of(Worker, worker.worker), kind_of(Worker), plain(worker), index=index)


def of_notices(tenant: str, notices: Notices, version: int) -> Document:
    """Return the document of a tenant's notices."""
    return Document(notices_key(tenant), NOTICES, kind_of(Notices), plain(notices), version=version)


def _stamp(at: datetime | None) -> str:
    return stamp(at) if at else ""


def _present(index: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in index.items() if value}


# ---- documents become records ------------------------------------------------------------------


def read(record_type: type[T], document: Document) -> T:
    """Return the record in a document. Raises SignoffError when it cannot be read."""
    if document.v > FORMAT:
        raise unreadable(document.key, document.id, "a newer version of Signoff wrote it")
    try:
        return typed(record_type, {**document.record, "data": document.data})
    except (TypeError, ValueError) as error:
        raise unreadable(document.key, document.id, str(error)) from error


def unreadable(key: RunKey, document_id: str, why: str) -> SignoffError:
    """Return the error for a document that is there, but makes no sense."""
    return SignoffError(f"The stored record {document_id} of {key.run} cannot be read: {why}.")
