"""What a backend provides: documents in partitions. What they hold is the business of storage.records."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from orchestration.model import RunKey
from storage.changes import Change
from storage.documents import Document


class Find(StrEnum):
    """What can be found without an id. Each backend has one query for each."""

    DUE = "due"
    CLAIMED_BY = "claimed by"
    ENDED = "ended"
    RUNS_OF = "runs of"
    RUNS_IN = "runs in"
    RUNS_NAMED = "runs named"
    RUNS_SINCE = "runs since"
    COMPLETED = "completed"
    WAITING_IN = "waiting in"
    WAITING_FOR = "waiting for"
    ANSWERED_BY = "answered by"
    PEOPLE_NAMED = "people named"
    MEMORIES_OVER = "memories over"


class Shelf(Protocol):
    """Keeps documents in partitions. Every method may raise StoreUnavailableError."""

    async def open(self) -> None:
        """Make ready. Raises SignoffError with a sentence when it cannot."""
        ...

    async def ready(self) -> bool: ...

    async def close(self) -> None: ...

    async def get(self, key: RunKey, document_id: str) -> Document | None: ...

    async def several(self, key: RunKey, ids: Sequence[str]) -> Sequence[Document]:
        """Return those documents of a partition that are there, in any order."""
        ...

    async def live(self, key: RunKey) -> Sequence[Document]:
        """Return the live documents of a partition."""
        ...

    async def all_of(self, key: RunKey, kind: str) -> Sequence[Document]:
        """Return the documents of a kind in a partition, in any order."""
        ...

    async def newest(self, key: RunKey, kind: str) -> Document | None:
        """Return the document of a kind that has the highest number in a partition."""
        ...

    async def find(
        self, what: Find, tenant: str, value: str, limit: int, above: str = ""
    ) -> Sequence[Document]:
        """Return documents by what they are found by, in the order that the port promises.

        `above` is the lower end where `value` is the upper end of what is looked for.
        """
        ...

    async def commit(self, change: Change) -> None:
        """Write all of it, if the stored head has the version before; version 1 must not exist yet.

        Without a head the condition is only that nothing new exists already.
        Raises ConflictError when the condition fails, and never because of this very write.
        """
        ...

    async def put(self, document: Document) -> None:
        """Write one document, whatever was there."""
        ...

    async def keep(self, documents: Sequence[Document]) -> None:
        """Write documents that no write depends on, whatever was there."""
        ...

    async def clear(self, head: Document) -> None:
        """Delete everything in the partition of a head that still has this version, else ConflictError."""
        ...

    async def drop(self, key: RunKey, document_id: str) -> None: ...
