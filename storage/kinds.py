"""What kinds of documents there are, and what each is called: its kind, its id and its partition. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from orchestration.model import (
    Absence,
    Approval,
    Checkpoint,
    Event,
    Failure,
    Load,
    Memory,
    Place,
    Posting,
    Profile,
    Run,
    RunKey,
)

RUN = "run"
"""Id and kind of the document that every write to a run replaces."""

PLACE, NOTICES, LOAD = "place", "notices", "load"
PROFILE, ABSENCE, ADDRESS = "profile", "absence", "address"
MEMORY = "memory"
WORKERS = RunKey("-", "workers")
"""The partition of the workers, which belong to no tenant."""

LONGEST_ID = 200


@dataclass(frozen=True)
class Text:
    """A long text of a run, apart from its other records because it is seldom read."""

    name: str
    text: str


@dataclass(frozen=True)
class Worker:
    """A process that says it is alive."""

    worker: str
    until: datetime


@dataclass(frozen=True)
class Blob:
    """A large content, named by its digest. Its bytes are the document's data."""

    digest: str


@dataclass(frozen=True)
class Seat:
    """Somebody whom a question names and who has not answered. By it the question is found for them."""

    approval: str
    person: str


@dataclass(frozen=True)
class Notices:
    """The conversations of a tenant that get failure notices."""

    conversations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Address:
    """Whom Teams calls by an address."""

    address: str
    person: str


@dataclass(frozen=True)
class NoteText:
    """The text of a note that an agent keeps. Its bytes are the document's data."""

    note: str


_KINDS: dict[type, str] = {
    Run: RUN,
    Approval: "approval",
    Failure: "failure",
    Posting: "posting",
    Event: "event",
    Checkpoint: "checkpoint",
    Place: "place",
    Text: "text",
    Worker: "worker",
    Notices: "notices",
    Blob: "blob",
    Seat: "seat",
    Profile: PROFILE,
    Absence: ABSENCE,
    Load: LOAD,
    Address: ADDRESS,
    Memory: MEMORY,
    NoteText: "note",
}


def kind_of(record_type: type) -> str:
    """Return the kind of document that holds such records."""
    return _KINDS[record_type]


def id_of(record_type: type, name: str) -> str:
    """Return the id of the document of a record. Any name will do: Agent Framework names the questions."""
    return f"{_KINDS[record_type]}-{_safe(name)}"


def further_id(approval: str, number: int) -> str:
    """Return the id of one more document of a question, for one more conversation."""
    return f"{id_of(Approval, approval)}=at{number}"  # no escape begins with =a


def event_id(number: int) -> str:
    """Return the id of the document of an event."""
    return f"e{number:06d}"


def checkpoint_id(number: int) -> str:
    """Return the id of the document of a checkpoint."""
    return f"c{number:06d}"


def notices_key(tenant: str) -> RunKey:
    """Return the partition of a tenant's notices."""
    return RunKey(tenant, NOTICES)


def place_key(tenant: str, conversation: str) -> RunKey:
    """Return the partition of a conversation: not a run's, and of a length that Cosmos DB takes."""
    digest = hashlib.blake2b(_bytes(conversation), digest_size=16).hexdigest()
    return RunKey(tenant, f"place-{digest}")


def person_key(tenant: str, person: str) -> RunKey:
    """Return the partition of what is known of a person."""
    digest = hashlib.blake2b(_bytes(person), digest_size=16).hexdigest()
    return RunKey(tenant, f"person-{digest}")


def address_key(tenant: str, address: str) -> RunKey:
    """Return the partition of an address in Teams."""
    digest = hashlib.blake2b(_bytes(address), digest_size=16).hexdigest()
    return RunKey(tenant, f"address-{digest}")


def memory_key(tenant: str, agent: str) -> RunKey:
    """Return the partition of what an agent remembers in a tenant."""
    digest = hashlib.blake2b(_bytes(agent), digest_size=16).hexdigest()
    return RunKey(tenant, f"memory-{digest}")


def load_key(tenant: str, name: str) -> RunKey:
    """Return the partition of what is taken of a limit."""
    digest = hashlib.blake2b(_bytes(name), digest_size=16).hexdigest()
    return RunKey(tenant, f"load-{digest}")


def _safe(name: str) -> str:
    """Escape to letters, digits and a few signs: not all may stand in an id. No two names become the same."""
    escaped = quote(_bytes(name), safe="").replace("%", "=")
    if len(escaped) <= LONGEST_ID:
        return escaped
    return "=h" + hashlib.blake2b(_bytes(name), digest_size=32).hexdigest()  # no escape begins with =h


def _bytes(name: str) -> bytes:
    return name.encode(errors="surrogatepass")
