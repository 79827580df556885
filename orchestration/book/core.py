"""The live records of one run. Pure: no I/O, no clock.

A change returns a new Book; the store writes the difference in one transactional batch. There is no other way
to change a run, so a card without its checkpoint, or a decision without its consequence, cannot be written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestration.limits import Spent
from orchestration.model import (
    RESULT_CARD,
    RUN_CARD,
    Approval,
    Checkpoint,
    Event,
    Failure,
    Person,
    Posting,
    Run,
    RunStatus,
    Shares,
    merged,
    used,
)

LIFE = timedelta(days=365)
"""No run goes on for longer: its records may vanish some time after that."""

Record = Run | Approval | Failure | Posting


@dataclass(frozen=True)
class Book:
    """What is live of a run; closed questions and settled cards are left out and can be read by id.

    `news`, `texts` and `checkpoint` are what the next write adds; a book that was just read has none.
    """

    run: Run
    approvals: Mapping[str, Approval] = field(default_factory=dict[str, Approval])
    failures: Mapping[str, Failure] = field(default_factory=dict[str, Failure])
    postings: Mapping[str, Posting] = field(default_factory=dict[str, Posting])
    news: tuple[Event, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    checkpoint: Checkpoint | None = None

    # ---- reading ------------------------------------------------------------------------

    @property
    def pending(self) -> list[Approval]:
        return [approval for approval in self.approvals.values() if approval.pending]

    @property
    def undelivered(self) -> list[Approval]:
        """Answered questions whose answer the workflow has not got yet."""
        return [approval for approval in self.approvals.values() if approval.undelivered]

    @property
    def next_number(self) -> int:
        """The number of the log that this change takes, or would take."""
        return self.checkpoint.number if self.checkpoint else self.run.sequence + 1

    @property
    def has_work(self) -> bool:
        """Whether somebody must advance the run."""
        if self.run.over or any(approval.grants for approval in self.pending):
            return False  # over its budget it does nothing, whatever else is answered, until people say so
        return self.run.status is not RunStatus.WAITING or bool(self.undelivered)

    @property
    def next_timer(self) -> datetime | None:
        """When something happens to the run by itself."""
        if self.run.over:
            return None
        return min([self.run.started + LIFE, *(at for each in self.pending for at in each.timers)])

    @property
    def unsettled(self) -> list[Posting]:
        return [posting for posting in self.postings.values() if not self.settled(posting)]

    def settled(self, posting: Posting) -> bool:
        """Whether the card shows its record as it is."""
        follows = posting.about == RUN_CARD and not posting.retired and not posting.trouble
        return posting.settled and not (follows and posting.step != self.run.step)

    def live(self, record: Record) -> bool:
        """Whether the record belongs to a book, or is history that is read by id only."""
        match record:
            case Run():
                return True
            case Approval():
                return record.pending or record.undelivered
            case Failure():
                return record.open
            case Posting():
                return not self.settled(record) or (not record.retired and self._may_change(record.about))

    def _may_change(self, about: str) -> bool:
        if about == RUN_CARD:
            return not self.run.over or any(failure.open for failure in self.failures.values())
        record = self.approvals.get(about) or self.failures.get(about)
        return record is not None and self.live(record)

    def needs_audience(self, posting: Posting) -> bool:
        """Whether people must see the card, elsewhere if it cannot be shown here, where it belongs."""
        approval, failure = self.approvals.get(posting.about), self.failures.get(posting.about)
        if posting.retired or posting.conversation != self._home(posting.about):
            return False
        if posting.about in {RUN_CARD, RESULT_CARD}:
            return True
        return (approval is not None and approval.pending) or (failure is not None and failure.open)

    def _home(self, about: str) -> str:
        approval = self.approvals.get(about)
        return approval.conversation if approval else self.run.conversation

    def cards_of(self, about: str) -> list[Posting]:
        return [card for card in self.postings.values() if card.about == about and not card.retired]

    def no_later_than(self, at: datetime | None) -> datetime | None:
        """That time, or when something happens by itself, if that is earlier."""
        return min((each for each in (at, self.next_timer) if each), default=None)

    # ---- the parts of a change --------------------------------------------------------------

    def fenced(self, at: datetime) -> "Book":
        """Take the next number of the log, so that whoever has the run now can save nothing more.

        A checkpoint that belongs to the same change takes it as well.
        """
        if self.checkpoint:
            return self
        run = self.run
        entry = Checkpoint(
            number=self.next_number,
            at=at,
            step=run.step,
            of=run.checkpoint,
            usage=run.usage,
            shares=run.shares,
            worked=run.worked,
            spent=run.spent,
            superstep=run.superstep,
        )
        return replace(self, run=run.reached(entry), checkpoint=entry)

    def using(self, shares: Shares, worked: float, spent: Spent) -> "Book":
        """The models were asked for it, and its steps have worked for so many seconds, in all and each."""
        usage, shares = self.run.usage + used(shares), merged(self.run.shares, shares)
        return replace(self, run=replace(self.run, usage=usage, shares=shares, worked=worked, spent=spent))

    def with_run(self, at: datetime, **changes: object) -> "Book":
        changed = replace(self.run, changed=at, **changes)  # pyright: ignore[reportArgumentType] - names are ours
        book = replace(self, run=changed)
        return book.stale(RUN_CARD) if changed.status is not self.run.status else book

    def having(self, record: Approval | Failure | Posting) -> "Book":
        match record:
            case Approval():
                return replace(self, approvals={**self.approvals, record.id: record})
            case Failure():
                return replace(self, failures={**self.failures, record.id: record})
            case Posting():
                return replace(self, postings={**self.postings, record.id: record})

    def stale(self, about: str) -> "Book":
        stale = {card.id: card.stale() for card in self.postings.values() if card.about == about}
        return replace(self, postings={**self.postings, **stale})

    def asking(self, approval: Approval, people: Iterable[str]) -> "Book":
        """Take in a question that names these people: they may see the run from now on."""
        asked = tuple(dict.fromkeys((*self.run.asked, *people)))
        return replace(self.having(approval), run=replace(self.run, asked=asked))

    def told(
        self,
        at: datetime,
        what: str,
        by: Person | None = None,
        *,
        about: str = "",
        detail: str = "",
        values: str = "",
        source: str = "",
    ) -> "Book":
        event = Event(self.run.events + 1, at, what, by, about, detail, values, source)
        return replace(self, run=replace(self.run, events=event.number), news=(*self.news, event))
