"""The live records of one run, and every change that can happen to them. Pure: no I/O, no clock.

A change returns a new Book; the store writes the difference in one transactional batch. There is no other way
to change a run, so a card without its checkpoint, or a decision without its consequence, cannot be written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestration.model import (
    RESULT_CARD,
    RUN_CARD,
    SIGNOFF,
    Approval,
    Checkpoint,
    Decision,
    Event,
    Failure,
    Person,
    Posting,
    Remedy,
    Run,
    RunStatus,
    Usage,
    Verdict,
)

SLACK, MOST_SLACK = timedelta(seconds=2), timedelta(seconds=10)
"""Cards that wait are due later than they are tried again, so that not each try need be written.

Whoever shows them comes back by itself; only after its death they are late by as much.
"""
LIFE = timedelta(days=365)
"""No run goes on for longer: its records may vanish some time after that."""
BACKSTOP = timedelta(minutes=10)
"""A run at work is found by its worker's name; if ever that fails, somebody looks at it after this time."""

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
        if self.run.over:
            return False
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

    # ---- the life of a run ----------------------------------------------------------------

    @staticmethod
    def opened(run: Run, text: str, at: datetime) -> "Book":
        """A new run: queued, its card wanted where it was started."""
        card = Posting(id=f"{RUN_CARD}-1", about=RUN_CARD, conversation=run.conversation, at=at)
        book = Book(run=replace(run, due=at), postings={card.id: card}, texts={"input": text})
        return book._told(at, "started", run.requester, detail=run.retry_of)

    def claimed(self, worker: str, at: datetime) -> "Book":
        """One more attempt to advance, owned by `worker`."""
        return self.fenced(at)._with_run(
            at,
            status=RunStatus.RUNNING,
            worker=worker,
            epoch=self.run.epoch + 1,
            attempts=self.run.attempts + 1,
            again=None,
            trouble="",
            due=self._no_later_than(at + BACKSTOP),
        )

    def progressed(
        self,
        checkpoint: Checkpoint,
        graph: str,
        asked: Iterable[Approval],
        waits: frozenset[str],
    ) -> "Book":
        """A superstep ended: its checkpoint, the questions it asks, and the answers it has taken in.

        `waits` are the ids of all questions that the checkpoint still waits for.
        """
        at = checkpoint.at
        book = replace(self, run=replace(self.run.reached(checkpoint), graph=graph), checkpoint=checkpoint)
        for approval in self.approvals.values():
            if approval.id not in waits:
                book = book._taken_in(approval, at)
        for approval in asked:
            if approval.id not in self.approvals:
                book = book._asked(approval)
        return book

    def _taken_in(self, approval: Approval, at: datetime) -> "Book":
        if approval.pending:  # the workflow no longer asks
            return (
                self._with(approval.cancelled(at))
                ._stale(approval.id)
                ._told(at, "withdrawn", about=approval.id)
            )
        return self._with(replace(approval, delivered=True))

    def _asked(self, approval: Approval) -> "Book":
        where = approval.conversation
        card = Posting(f"{approval.id}-card-1", about=approval.id, conversation=where, at=approval.asked)
        book = self._with(approval)._with(card)._told(approval.asked, "asked", about=approval.id)
        return replace(book, run=replace(book.run, due=book._no_later_than(book.run.due)))

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
            worked=run.worked,
            superstep=run.superstep,
        )
        return replace(self, run=run.reached(entry), checkpoint=entry)

    def rested(self, at: datetime) -> "Book":
        """The attempt ended with open questions: the run waits. Its cards are due now."""
        return self._with_run(at, status=RunStatus.WAITING, worker="", due=at)

    def postponed(self, reason: str, until: datetime, at: datetime) -> "Book":
        """The step failed in a way that may pass: it is tried again."""
        book = self.fenced(at)._with_run(
            at,
            status=RunStatus.TRYING_AGAIN,
            worker="",
            tries=self.run.tries + 1,
            again=until,
            trouble=reason,
            due=self._no_later_than(until),
        )
        return book._told(at, "trying again", detail=reason)

    def sidestepped(self, step: str, reason: str, at: datetime) -> "Book":
        """The step failed for good: its fallback works in its place, from the same checkpoint."""
        book = self.fenced(at)._with_run(
            at,
            status=RunStatus.QUEUED,
            worker="",
            diverted=(*self.run.diverted, step),
            graph="",
            tries=0,
            attempts=0,
            due=at,
        )
        return book._told(at, "fell back", about=step, detail=reason)

    def completed(self, text: str, *, accepted: bool, at: datetime) -> "Book":
        """The workflow ended with a result."""
        status = RunStatus.COMPLETED if accepted else RunStatus.REJECTED
        card = Posting(id=f"{RESULT_CARD}-1", about=RESULT_CARD, conversation=self.run.conversation, at=at)
        book = self._ended(status, at)._told(at, status.value)
        book = replace(book, texts={**book.texts, "result": text})
        return book._with(card) if accepted else book

    def failed(self, failure: Failure, notices: Iterable[str], stack: str) -> "Book":
        """The attempt failed: the failure and its cards, here and in the channels that get notices."""
        at = failure.at
        book = self._with_run(at, failures=self.run.failures + 1)._ended(RunStatus.FAILED, at)
        book = book._with(failure)._told(at, "failed", about=failure.id, detail=failure.reason)
        for number, conversation in enumerate(dict.fromkeys([self.run.conversation, *notices]), 1):
            book = book._with(
                Posting(id=f"{failure.id}-card-{number}", about=failure.id, conversation=conversation, at=at)
            )
        return replace(book, texts={**book.texts, f"{failure.id}-stack": stack})

    def cancelled(self, by: Person, at: datetime) -> "Book":
        """A person stops the run: every open question closes with it."""
        book = self._ended(RunStatus.CANCELLED, at)._remedied(Remedy.CANCELLED, by, at)
        return book._told(at, "cancelled", by)

    def resumed(self, by: Person, at: datetime) -> "Book":
        """A failed run goes on from its last checkpoint."""
        away = at - (self.run.ended or at)
        book = self._with_run(at, status=RunStatus.QUEUED, ended=None, tries=0, worked=0.0, due=at)
        for approval in self.pending:
            book = book._with(approval.later(away))._stale(approval.id)
        return book._remedied(Remedy.RESUMED, by, at)._told(at, "resumed", by)

    def retried(self, by: Person, at: datetime, successor: str, origin: int = 0) -> "Book":
        """A new run is to be started with the same input; whoever advances this one makes sure of it.

        With `origin` it starts from the state of that checkpoint, in place of the beginning.
        """
        book = self._with_run(at, due=at, successor=successor, successor_origin=origin, retried_by=by)
        book = book._remedied(Remedy.RETRIED, by, at, successor)
        return book._stale(RUN_CARD)._told(at, "retried", by, detail=successor)

    def decided(self, approval: Approval, decision: Decision) -> "Book":
        """A person answered: recorded, audited, every card of the question stale, and the run due."""
        book = self._with(approval.decided(decision))._stale(approval.id)
        book = book._with_run(decision.at, due=decision.at)
        return book._told(
            decision.at, f"decided: {decision.verdict}", decision.by, approval.id, decision.comment
        )

    def expired(self, approval: Approval, at: datetime) -> "Book":
        """Nobody answered in time: what was said at the start counts as the answer."""
        verdict = Verdict(approval.on_expiry)
        clock = Person(self.run.tenant, "", SIGNOFF)
        decision = Decision(verdict, "Nobody answered in time.", clock, at, f"expiry|{approval.id}")
        book = self._with(approval.expired(decision, at))._stale(approval.id)._with_run(at, due=at)
        return book._told(at, f"timed out: {verdict}", about=approval.id)

    def ran_out(self, approval: Approval, failure: Failure, notices: Iterable[str]) -> "Book":
        """Nobody answered in time, and the run cannot go on without an answer."""
        book = self._with(approval.expired(None, failure.at))
        return book._told(failure.at, "timed out", about=approval.id).failed(failure, notices, "")

    def reminded(self, approval: Approval, at: datetime) -> "Book":
        """Ask once more, below what was said since; the older card makes way."""
        book = self._with(replace(approval, remind=None, reminded=at))
        places = sorted({card.conversation for card in self._cards_of(approval.id)})
        for number, where in enumerate(places, 1):
            book = book.shown_again(approval.id, where, f"reminder-{number}", at)
        return book._told(at, "reminded", about=approval.id)

    def _cards_of(self, about: str) -> list[Posting]:
        return [card for card in self.postings.values() if card.about == about and not card.retired]

    def outlived(self, at: datetime) -> "Book":
        """Nobody wanted it for a year."""
        return self._ended(RunStatus.CANCELLED, at)._told(at, "cancelled", detail="a year has passed")

    def shown_again(self, about: str, conversation: str, source: str, at: datetime) -> "Book":
        """A new card about a record, where somebody asked for it; an older one there makes way for it.

        The same source gets one card.
        """
        older = [card for card in self._cards_of(about) if card.conversation == conversation]
        instead = any(card.instead for card in older)
        card = Posting(f"{about}-card-{source}", about, conversation, at, instead=instead)
        if card.id in self.postings:
            return self
        book = self._with_run(at, due=at)
        for each in older:
            book = book._with(each.retire())
        return book._with(card)

    def using(self, usage: Usage, worked: float) -> "Book":
        """The models were asked for it, and its steps have worked for so many seconds in all."""
        return replace(self, run=replace(self.run, usage=self.run.usage + usage, worked=worked))

    def sending(self, posting: Posting, worker: str, at: datetime) -> "Book":
        """A worker is about to post this card. Whoever finds it so later cannot know what came of it."""
        return self._with(replace(posting, sender=worker, attempts=posting.attempts + 1, tried=at))

    def withheld(self, posting: Posting) -> "Book":
        """It surely did not get there: it can be posted, or updated, at any time."""
        begun = 0 if posting.activity else 1
        return self.presented(replace(posting, sender="", attempts=posting.attempts - begun))

    def presented(self, posting: Posting) -> "Book":
        """What came of showing a card."""
        current = self.postings.get(posting.id)
        if (
            current is None
        ):  # another worker has shown it, settled it, and perhaps been overwritten by this card
            return self._with(posting.stale())
        return self._with(replace(posting, wanted=current.wanted, retired=current.retired))  # may have grown

    def moved(self, posting: Posting, chats: Mapping[str, str], at: datetime) -> "Book":
        """A card cannot be shown where it belongs: it goes to the chats of these people, once to each.

        `posting` says what the trouble is; `chats` are named by whose they are.
        """
        current, book = self.postings.get(posting.id), self.presented(posting)
        if current is None or current.trouble:  # another worker was told the same, and has done it
            return book
        for person, where in chats.items():
            book = book._shown_instead(posting.about, person, where, at)
        return book

    def _shown_instead(self, about: str, person: str, where: str, at: datetime) -> "Book":
        card = Posting(f"{about}-card-for-{person}", about=about, conversation=where, at=at, instead=True)
        if card.id in self.postings or any(other.conversation == where for other in self._cards_of(about)):
            return self
        approval = self.approvals.get(about)
        return (self._with(approval.also_in(where)) if approval else self)._with(card)

    def rested_until(self, retry: datetime | None, now: datetime) -> "Book":
        """Cards are due at `retry` if some are still to be shown; a run that has work stays due as it is."""
        if self.has_work:
            return self
        if not self.unsettled:
            return replace(self, run=replace(self.run, due=self.next_timer))
        again = retry or self.run.changed
        slack = _slack(again - now)
        if self.run.due and again <= self.run.due <= again + slack:
            return self  # near enough: whoever shows the cards comes back by itself unless it dies
        due = self._no_later_than(again + slack if retry else again)
        return replace(self, run=replace(self.run, due=due))

    def _no_later_than(self, at: datetime | None) -> datetime | None:
        """That time, or when something happens by itself, if that is earlier."""
        return min((each for each in (at, self.next_timer) if each), default=None)

    # ---- the parts of a change --------------------------------------------------------------

    def _ended(self, status: RunStatus, at: datetime) -> "Book":
        book = self.fenced(at) if self.run.worker else self
        book = book._with_run(at, status=status, worker="", epoch=self.run.epoch + 1, ended=at, due=at)
        for approval in self.pending:
            if status is not RunStatus.FAILED:  # a failed run can be resumed, and then asks again
                book = book._with(approval.cancelled(at))
            book = book._stale(approval.id)
        return book._stale(RUN_CARD)

    def _remedied(self, remedy: Remedy, by: Person, at: datetime, successor: str = "") -> "Book":
        book = self
        for failure in self.failures.values():
            if failure.open:
                done = replace(failure, remedy=remedy, remedied_by=by, remedied_at=at, successor=successor)
                book = book._with(done)._stale(failure.id)
        return book

    def _with_run(self, at: datetime, **changes: object) -> "Book":
        changed = replace(self.run, changed=at, **changes)  # pyright: ignore[reportArgumentType] - names are ours
        book = replace(self, run=changed)
        return book._stale(RUN_CARD) if changed.status is not self.run.status else book

    def _with(self, record: Approval | Failure | Posting) -> "Book":
        match record:
            case Approval():
                return replace(self, approvals={**self.approvals, record.id: record})
            case Failure():
                return replace(self, failures={**self.failures, record.id: record})
            case Posting():
                return replace(self, postings={**self.postings, record.id: record})

    def _stale(self, about: str) -> "Book":
        stale = {card.id: card.stale() for card in self.postings.values() if card.about == about}
        return replace(self, postings={**self.postings, **stale})

    def _told(
        self, at: datetime, what: str, by: Person | None = None, about: str = "", detail: str = ""
    ) -> "Book":
        number = self.run.events + 1
        event = Event(number=number, at=at, what=what, by=by, about=about, detail=detail)
        return replace(self, run=replace(self.run, events=number), news=(*self.news, event))


def _slack(wait: timedelta) -> timedelta:
    """Half the wait: what must wait for long because Teams takes no more may be late by more as well."""
    return min(max(SLACK, wait / 2), MOST_SLACK)
