"""The records of a run as documents, one for each, and back. Pure: what is the same for every store.

A document is an envelope (where it lies, what it is, what it is found by) around a record. Nothing is left
out silently: a document that cannot be read is an error.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from orchestration.errors import SignoffError
from orchestration.model import Approval, Checkpoint, Event, Failure, Place, Posting, Run, RunKey
from storage.values import Json, plain, stamp, typed

FORMAT = 1
"""Grows when an older program could no longer read what is written."""

RUN = "run"
"""Id and kind of the document that every write to a run replaces."""

LONGEST_ID = 200

T = TypeVar("T")

_KINDS: dict[type, str] = {
    Run: RUN,
    Approval: "approval",
    Failure: "failure",
    Posting: "posting",
    Event: "event",
    Checkpoint: "checkpoint",
    Place: "place",
}


@dataclass(frozen=True)
class Document:
    """One record and its envelope. `key` is the partition: a run, or a name in the place of a run's id."""

    key: RunKey
    id: str
    kind: str
    record: Json
    live: bool = False
    index: Mapping[str, str] = field(default_factory=dict[str, str])
    """What it is found by: due, requester, conversation, source, started, short, worker, status."""
    version: int = 0
    """Counts the writes to its partition, in the one document that stands for it; 0 in all others."""
    data: bytes = b""
    v: int = FORMAT


def kind_of(record_type: type) -> str:
    """Return the kind of document that holds such records."""
    return _KINDS[record_type]


def id_of(record_type: type, name: str) -> str:
    """Return the id of the document of a record. Any name will do: Agent Framework chooses those of questions."""
    return f"{_KINDS[record_type]}-{_safe(name)}"


def event_id(number: int) -> str:
    return f"e{number:06d}"


def checkpoint_id(number: int) -> str:
    return f"c{number:06d}"


def text_id(name: str) -> str:
    return f"text-{_safe(name)}"


def place_key(tenant: str, conversation: str) -> RunKey:
    """Return the partition of a conversation: not a run's, and of a length that Cosmos DB takes."""
    digest = hashlib.blake2b(_bytes(conversation), digest_size=16).hexdigest()
    return RunKey(tenant, f"place-{digest}")


def _safe(name: str) -> str:
    """Escape to what an id may hold (no / \\ ? #); no two names become the same id."""
    escaped = quote(_bytes(name), safe="").replace("%", "=")
    if len(escaped) <= LONGEST_ID:
        return escaped
    return "=h" + hashlib.blake2b(_bytes(name), digest_size=32).hexdigest()  # no escape begins with =h


def _bytes(name: str) -> bytes:
    return name.encode(errors="surrogatepass")


# ---- records become documents ------------------------------------------------------------------


def of_run(run: Run) -> Document:
    index = {
        "due": _stamp(run.due),
        "requester": run.requester.id,
        "conversation": run.conversation,
        "started": stamp(run.started),
        "short": run.short_id,
        "worker": run.worker,
    }
    return Document(run.key, RUN, RUN, plain(run), live=True, index=_present(index), version=run.version)


def of_record(key: RunKey, record: Approval | Failure | Posting, *, live: bool) -> Document:
    """Return the document of one of the run's records; `live` is what its book says of it."""
    index = _present(_approval_index(record)) if isinstance(record, Approval) else {}
    document_id = id_of(type(record), record.id)
    return Document(key, document_id, kind_of(type(record)), plain(record), live=live, index=index)


def _approval_index(approval: Approval) -> dict[str, str]:
    return {
        "conversation": approval.conversation,
        "started": stamp(approval.asked),  # what finders sort by
        "status": approval.status.value,
        "source": approval.decision.source if approval.decision else "",
    }


def of_event(key: RunKey, event: Event) -> Document:
    return Document(key, event_id(event.number), kind_of(Event), plain(event))


def of_checkpoint(key: RunKey, checkpoint: Checkpoint) -> Document:
    record = plain(checkpoint)
    data = record.pop("data")
    return Document(key, checkpoint_id(checkpoint.number), kind_of(Checkpoint), record, data=data)


def of_text(key: RunKey, name: str, text: str) -> Document:
    return Document(key, text_id(name), "text", {"name": name, "text": text})


def of_place(place: Place) -> Document:
    return Document(place_key(place.tenant, place.conversation), "place", kind_of(Place), plain(place))


def _stamp(at: datetime | None) -> str:
    return stamp(at) if at else ""


def _present(index: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in index.items() if value}


# ---- documents become records ------------------------------------------------------------------


def read(record_type: type[T], document: Document) -> T:
    """Return the record in a document. Raises SignoffError when it cannot be read."""
    if document.v > FORMAT:
        raise unreadable(document.key, document.id, "a newer version of Signoff wrote it")
    held = {**document.record, "data": document.data} if document.data else document.record
    try:
        return typed(record_type, held)
    except (TypeError, ValueError) as error:
        raise unreadable(document.key, document.id, str(error)) from error


def unreadable(key: RunKey, document_id: str, why: str) -> SignoffError:
    """Return the error for a document that is there, but makes no sense."""
    return SignoffError(f"The stored record {document_id} of {key.run} cannot be read: {why}.")
