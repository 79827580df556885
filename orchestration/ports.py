"""What the core needs from outside, as protocols. Adapters live in `storage` and `bot`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from orchestration.book import Book
from orchestration.model import (
    Absence,
    Approval,
    Checkpoint,
    Event,
    Failure,
    Load,
    Memory,
    Note,
    Place,
    Profile,
    Run,
    RunKey,
)


class RunStore(Protocol):
    """The records of runs. All records of a run share one partition; a write is one batch, all or nothing.

    Every method may raise StoreUnavailableError.
    """

    async def read(self, key: RunKey) -> Book | None:
        """Return the live records of a run, or None if there is no such run."""
        ...

    async def write(self, before: Book | None, after: Book) -> Book:
        """Write what differs, if the run is still at the version of `before`; return the book as stored.

        When nothing but a checkpoint is new, the condition is only that nobody has written its number.
        Without `before` the run must not exist yet. Raises ConflictError when the condition fails. A write
        whose answer was lost is recognised as one's own.
        """
        ...

    async def approval(self, key: RunKey, approval_id: str) -> Approval | None:
        """Return a question of the run, live or closed."""
        ...

    async def approvals(self, key: RunKey) -> Sequence[Approval]:
        """Return all questions of the run, live and closed, oldest first."""
        ...

    async def failure(self, key: RunKey, failure_id: str) -> Failure | None:
        """Return a failure of the run, open or remedied."""
        ...

    async def text(self, key: RunKey, name: str) -> str | None:
        """Return one of the run's long texts: "input", "result", "failure-1-stack"."""
        ...

    async def checkpoint(self, key: RunKey, number: int) -> Checkpoint | None:
        """Return the checkpoint with this number."""
        ...

    async def checkpoints(self, key: RunKey, numbers: Collection[int]) -> Sequence[Checkpoint]:
        """Return those entries of the run's log that are there, oldest first."""
        ...

    async def log(self, key: RunKey) -> Sequence[Checkpoint]:
        """Return all entries of the run's log, oldest first."""
        ...

    async def keep(self, key: RunKey, blobs: Mapping[str, bytes]) -> None:
        """Keep large contents of the run, by their digests. What is there already is the same."""
        ...

    async def blobs(self, key: RunKey, digests: Collection[str]) -> Mapping[str, bytes]:
        """Return those contents that are there."""
        ...

    async def delete(self, run: Run) -> None:
        """Delete everything about a run. Raises ConflictError unless it is still as given."""
        ...

    async def newest(self, key: RunKey) -> Checkpoint | None:
        """Return the newest entry of the run's log, with or without a state."""
        ...

    async def history(self, key: RunKey) -> Sequence[Event]:
        """Return the audit trail of the run, oldest first."""
        ...


class RunFinder(Protocol):
    """Finding runs and questions without knowing their ids.

    Always within one tenant, but for `due` and `claimed_by`.
    """

    async def due(self, until: datetime, limit: int) -> Sequence[Run]:
        """Return runs of all tenants that somebody must look at by `until`, the longest overdue first."""
        ...

    async def claimed_by(self, worker: str, limit: int) -> Sequence[Run]:
        """Return runs of all tenants that a worker has claimed, the longest ago first."""
        ...

    async def ended(self, until: datetime, limit: int) -> Sequence[Run]:
        """Return runs of all tenants that ended by then, the longest ago first."""
        ...

    async def runs_of(self, tenant: str, requester: str, limit: int) -> Sequence[Run]:
        """Return the runs that a person started, newest first. `requester` is an Entra object id."""
        ...

    async def runs_in(self, tenant: str, conversation: str, limit: int) -> Sequence[Run]:
        """Return the runs started in a conversation, newest first."""
        ...

    async def runs_named(self, tenant: str, short_id: str) -> Sequence[Run]:
        """Return the runs whose id ends with the short id."""
        ...

    async def runs_since(self, tenant: str, since: datetime, limit: int) -> Sequence[Run]:
        """Return the runs of a tenant that were started from then on, newest first."""
        ...

    async def completed(self, tenant: str, workflow: str, limit: int) -> Sequence[Run]:
        """Return the runs of a workflow that were completed, the last one first.

        It costs the same however many other runs there are.
        """
        ...

    async def waiting_in(self, tenant: str, conversation: str, limit: int) -> Sequence[Approval]:
        """Return the open questions asked in a conversation, oldest first."""
        ...

    async def waiting_for(
        self, tenant: str, person: str, limit: int, before: datetime | None = None
    ) -> Sequence[Approval]:
        """Return the open questions that name a person who has not answered them, newest first.

        With `before`, those asked earlier. It costs the same however many wait for others.
        """
        ...

    async def answered_by(self, tenant: str, source: str) -> Approval | None:
        """Return the question that this click or message has answered."""
        ...


class Workers(Protocol):
    """Which processes are alive. One record for each process, however many runs it advances."""

    async def beat(self, worker: str, until: datetime) -> None:
        """Say that `worker` is alive until that time."""
        ...

    async def alive(self, now: datetime) -> frozenset[str]:
        """Return the workers that are alive."""
        ...

    async def dead(self, now: datetime) -> frozenset[str]:
        """Return the workers whose time has passed and that nobody has forgotten yet."""
        ...

    async def forget(self, worker: str) -> None:
        """Drop a worker that has left nothing behind."""
        ...


class Places(Protocol):
    """Conversations the bot can talk to, and which of them get failure notices."""

    async def remember(self, place: Place) -> None:
        """Keep how to reach a conversation; the newest word counts."""
        ...

    async def place(self, tenant: str, conversation: str) -> Place | None:
        """Return how to reach a conversation."""
        ...

    async def personal_place(self, tenant: str, person: str) -> Place | None:
        """Return the chat of a person with the bot, by Entra object id; the newest that was remembered."""
        ...

    async def notice_places(self, tenant: str) -> Sequence[str]:
        """Return the conversations of a tenant that get failure notices."""
        ...

    async def set_notices(self, tenant: str, conversation: str, *, wanted: bool) -> None:
        """Switch failure notices for a conversation on or off."""
        ...


class People(Protocol):
    """Who is who in a tenant, and who stands in for whom. People are named by their Entra object ids."""

    async def know(self, profile: Profile) -> None:
        """Keep what is known of a person. The newest word counts; what it leaves empty stays.

        Writes only when something is new.
        """
        ...

    async def profiles(self, tenant: str, people: Collection[str]) -> Mapping[str, Profile]:
        """Return what is known of these people, by their ids; nobody who is not known."""
        ...

    async def addressed(self, tenant: str, address: str) -> Profile | None:
        """Return whom Teams calls by this address."""
        ...

    async def named(self, tenant: str, words: str) -> Sequence[Profile]:
        """Return at most 10 people whose names are these words or begin with them, in the order of names.

        Capital letters and the width of spaces do not count. It costs the same however many people there are.
        """
        ...

    async def away(self, absence: Absence) -> None:
        """Keep that somebody is away, in place of what was kept of them before."""
        ...

    async def back(self, tenant: str, person: str) -> None:
        """Forget that somebody is away."""
        ...

    async def absence(self, tenant: str, person: str, now: datetime) -> Absence | None:
        """Return that somebody is away now, and who stands in."""
        ...

    async def represented(self, tenant: str, deputy: str, now: datetime) -> Sequence[str]:
        """Return the ids of those who are away now and have named this person to answer for them."""
        ...


class Memories(Protocol):
    """What agents remember. All of an agent in a tenant is one partition, whatever others remember."""

    async def memory(self, tenant: str, agent: str) -> Memory:
        """Return the memory of an agent, also what is over; an empty one of version 0 if there is none."""
        ...

    async def texts(self, memory: Memory, notes: Collection[Note]) -> Mapping[str, str]:
        """Return the texts of these notes by the ids of the notes; nothing for one that has just gone."""
        ...

    async def keep_memory(
        self, before: Memory, after: Memory, texts: Mapping[str, str], now: datetime
    ) -> None:
        """Write `after` with the texts of new notes, by their ids, and let go of those that it has no more.

        Raises ConflictError unless the memory is still at the version of `before`. It vanishes by itself,
        or is found by `memories_over`, when all its notes are over.
        """
        ...

    async def erase(self, memory: Memory) -> None:
        """Delete everything that an agent remembers. Raises ConflictError unless it is still as given."""
        ...

    async def memories_over(self, until: datetime, limit: int) -> Sequence[Memory]:
        """Return memories of all tenants in which everything was over by then."""
        ...


class Groups(Protocol):
    """Groups of approvers. From the configuration; a directory such as Entra can take its place."""

    async def members(self, tenant: str, group: str) -> Sequence[str]:
        """Return the Entra object ids of a group's members. Raises NotFoundError with a sentence."""
        ...


class Loads(Protocol):
    """What is taken of limits that hold over all workers. May raise StoreUnavailableError."""

    async def load(self, tenant: str, name: str) -> Load | None:
        """Return what is taken of the limit of this name; None: nothing ever was."""
        ...

    async def keep_load(self, load: Load) -> None:
        """Keep it, as the next version of what was read. Raises ConflictError when somebody wrote first."""
        ...


class Dispatcher(Protocol):
    """Somebody who looks after runs. Asking twice, or for nothing, does no harm."""

    async def submit(self, key: RunKey) -> None:
        """Somebody shall look at this run soon."""
        ...

    async def wake(self, at: datetime, key: RunKey) -> None:
        """Somebody shall look at this run at that time."""
        ...


class Store(RunStore, RunFinder, Workers, Places, People, Memories, Loads, Protocol):
    """All of it: what a storage backend provides."""

    async def open(self) -> None:
        """Make ready: connect, create what is missing. Raises SignoffError with a sentence when it cannot."""
        ...

    async def ready(self) -> bool:
        """Return whether the store answers now."""
        ...

    async def close(self) -> None:
        """Let go of connections and files."""
        ...
