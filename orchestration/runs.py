"""What people do with runs: start, cancel, retry, resume. Each is recorded before anything happens."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from orchestration import succession
from orchestration.book import Book, life, showing
from orchestration.catalog import Catalog
from orchestration.clock import Clock, run_id
from orchestration.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from orchestration.model import RUN_CARD, Approval, Checkpoint, Run, RunKey, RunStatus, Saved, short_id
from orchestration.ports import Dispatcher, RunStore
from orchestration.register import Asker, Register, going_on
from orchestration.rules import may_act
from orchestration.states import repeating

INPUT_LIMIT = 20_000
"""Characters of a run's input."""
TITLE_LIMIT = 120
RETRYABLE = frozenset({RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.REJECTED})


class Runs:
    """What people can do. Every refusal is a SignoffError with a sentence, and changes nothing."""

    def __init__(
        self,
        *,
        store: RunStore,
        register: Register,
        dispatcher: Dispatcher,
        catalog: Catalog,
        clock: Clock,
        model: str,
        approvers: Collection[str] = (),
        administrators: Collection[str] = (),
    ) -> None:
        self._store, self._register, self._dispatcher = store, register, dispatcher
        self._catalog, self._clock = catalog, clock
        self._model, self._approvers = model, tuple(sorted(approvers))
        self._administrators = frozenset(administrators)

    # ---- starting -----------------------------------------------------------------------

    async def start(
        self, workflow: str, text: str, asker: Asker, *, source: str, at: datetime, trial: bool = False
    ) -> Run:
        """Start a run. The same source (a message, say) of the same day always means the same run.

        With `trial` it is called a test run, and if the workflow is harmless, its questions go to the asker
        alone: of one that does something outside nobody can approve by trying it.
        """
        definition = self._catalog.named(workflow)
        text = text.strip()
        if not text:
            raise InvalidInputError(f"Please say what it is about, for example: {definition.line}")
        if len(text) > INPUT_LIMIT:
            raise InvalidInputError(
                f"The text has {len(text):,} characters; {INPUT_LIMIT:,} is the most a run can take. "
                "Please shorten it."
            )
        run = self._new(definition.name, text, asker, source=source, at=at)
        if trial:
            title = _title(f"Test run: {text}")
            run = replace(run, title=title, trial=definition.harmless)
        return await self._open(run, text)

    def _new(self, workflow: str, text: str, asker: Asker, *, source: str, at: datetime) -> Run:
        definition, now = self._catalog.named(workflow), self._clock()
        return Run(
            tenant=asker.person.tenant,
            id=run_id(at, asker.person.tenant, source),
            source=source,
            workflow=definition.name,
            workflow_version=definition.version,
            workflow_title=definition.title,
            title=_title(text),
            steps=definition.steps,
            requester=asker.person,
            conversation=asker.conversation,
            started=now,
            changed=now,
            model=self._model,
            approvers=self._approvers,
            zone=asker.zone,
        )

    async def _open(self, run: Run, text: str) -> Run:
        try:
            await self._store.write(None, life.opened(run, text, run.started))
        except ConflictError:
            book = await self._store.read(run.key)
            if book is None or book.run.source != run.source:  # 40 bits of a hash can be the same by chance
                return await self._open(replace(run, id=run_id(run.started, run.id, run.source)), text)
            run = book.run  # delivered twice
        await self._dispatcher.submit(run.key)
        return run

    # ---- changing -----------------------------------------------------------------------

    async def show(self, name: str, asker: Asker, *, source: str) -> Run:
        """Post the card of a run again, with the question it waits for if that belongs here."""
        run = await self._register.seen(name, asker)
        while True:
            book = await self._store.read(run.key)
            if book is None:
                raise NotFoundError("This run does not exist any more.")
            try:
                await self._store.write(book, self._shown(book, asker, source))
            except ConflictError:
                continue
            await self._dispatcher.submit(run.key)
            return book.run

    def _shown(self, book: Book, asker: Asker, source: str) -> Book:
        now, mark = self._clock(), run_id(self._clock(), source)[-8:]
        after = showing.shown_again(book, RUN_CARD, asker.conversation, mark, now)
        for approval in book.pending:
            if asker.conversation in approval.places:
                below = now + timedelta(microseconds=1)  # so that its buttons are next to where one types
                after = showing.shown_again(after, approval.id, asker.conversation, mark, below)
        return after

    async def saved(self, name: str, asker: Asker) -> tuple[Run, Sequence[Saved]]:
        """Return a run and its saved states, the newest first: what one can start again from."""
        run = await self._register.seen(name, asker)
        log, approvals = await self._store.log(run.key), await self._store.approvals(run.key)
        again, asked = repeating(log, approvals), {approval.id: approval for approval in approvals}
        entries = [entry for entry in log if entry.data and entry.number not in again]
        return run, [_saved(run, entry, asked) for entry in reversed(entries)]

    async def cancel(self, name: str, asker: Asker) -> Run:
        """Stop a run and withdraw its questions."""
        key = await self._meant(name, asker, "", going_on, "cancel")
        return await self._change(key, asker, "cancel", self._cancelled)

    async def _cancelled(self, book: Book, asker: Asker) -> Run:
        if book.run.status is RunStatus.CANCELLED:
            return book.run
        if book.run.over and book.run.status is not RunStatus.FAILED:
            raise InvalidInputError(f"Run {book.run.short_id} has already ended: {book.run.status}.")
        after = await self._store.write(book, life.cancelled(book, asker.person, self._clock()))
        return after.run

    async def resume(self, name: str, asker: Asker, *, failure: str = "") -> Run:
        """Let a failed run go on from what was saved last.

        From a card: `name` is the whole id, and `failure` is that of the card. If the run does not stand at
        it any more, nothing changes.
        """
        key = await self._meant(name, asker, failure, _has_failed, "resume")
        return await self._change(key, asker, "resume", self._resumed, failure)

    async def _resumed(self, book: Book, asker: Asker) -> Run:
        run = book.run
        if run.status is not RunStatus.FAILED:
            raise InvalidInputError(
                f"Run {run.short_id} is {run.status}; only a run that failed can be resumed."
            )
        if not any(failure.open and failure.resumable for failure in book.failures.values()):
            raise InvalidInputError(
                f"Run {run.short_id} cannot go on from where it stopped. Type “retry {run.short_id}”."
            )
        after = await self._store.write(book, life.resumed(book, asker.person, self._clock()))
        return after.run

    async def retry(self, name: str, asker: Asker, *, failure: str = "", checkpoint: int = 0) -> Run:
        """Start a new run with the same input, once: asking again gives the same new run.

        With `checkpoint` it starts from that state of the old run, in place of the beginning.
        From a card: `name` is the whole id, and `failure` is that of the card. If the run does not stand at
        it any more, nothing changes.
        """
        key = await self._meant(name, asker, failure, _can_be_retried, "retry")
        if checkpoint:
            await self._require_state(key, checkpoint)
        return await self._change(key, asker, "retry", partial(self._retried, origin=checkpoint), failure)

    async def _require_state(self, key: RunKey, checkpoint: int) -> None:
        found = await self._store.checkpoint(key, checkpoint)
        if found is None or not found.data:
            raise InvalidInputError(
                f"This run has no saved state {checkpoint}. "
                f"Type “checkpoints {short_id(key.run)}” for a list."
            )
        again = repeating(await self._store.log(key), await self._store.approvals(key))
        if before := again.get(checkpoint):
            raise InvalidInputError(
                f"From state {checkpoint} what was approved would be done a second time. Type “retry "
                f"{short_id(key.run)} from {before}”: people are asked again there."
            )

    async def _retried(self, book: Book, asker: Asker, origin: int) -> Run:
        old = book.run
        if old.successor and origin != old.successor_origin:
            raise InvalidInputError(
                f"Run {old.short_id} was retried already, as run {short_id(old.successor)}. Retry that one."
            )
        if old.status not in RETRYABLE and not (origin and old.over):
            raise InvalidInputError(
                f"Run {old.short_id} is {old.status}; only one that failed or was stopped can be retried."
            )
        now = self._clock()
        if not old.successor:
            name = await succession.free_id(self._store, old)
            old = (await self._store.write(book, life.retried(book, asker.person, now, name, origin))).run
        new = await succession.opened(self._store, old, now)
        if new is None:
            raise ConflictError
        if new.over:
            more = f" Type “retry {new.short_id}” for one more." if new.status in RETRYABLE else ""
            raise InvalidInputError(
                f"Run {old.short_id} was retried as run {new.short_id}, which is {new.status}.{more}"
            )
        await self._dispatcher.submit(new.key)
        return new

    async def _meant(
        self, name: str, asker: Asker, failure: str, fits: Callable[[Run], bool], verb: str
    ) -> RunKey:
        if failure:  # a click on a card, which names its run; whoever has the card has seen the run
            return RunKey(asker.person.tenant, name)
        run = (
            await self._register.named(name, asker) if name else await self._register.only(asker, fits, verb)
        )
        return run.key

    async def _change(
        self,
        key: RunKey,
        asker: Asker,
        verb: str,
        change: Callable[[Book, Asker], Awaitable[Run]],
        failure: str = "",
    ) -> Run:
        while True:
            book = await self._store.read(key)
            if book is None:
                raise NotFoundError("This run does not exist any more.")
            if not may_act(book.run, asker.person, asker.conversation, self._administrators):
                raise NotAllowedError(_refusal(book.run, verb))
            if failure and failure not in book.failures:
                return book.run  # a card of an earlier failure; its answer shows what became of that
            try:
                run = await change(book, asker)
            except ConflictError:
                continue  # somebody wrote first: look again
            await self._dispatcher.submit(key)
            return run


def _saved(run: Run, entry: Checkpoint, asked: Mapping[str, Approval]) -> Saved:
    waiting = [asked[name] for name in entry.waits if name in asked]
    return Saved(
        number=entry.number,
        superstep=entry.superstep,
        at=entry.at,
        step=next((step.title for step in run.steps if step.id == entry.step), entry.step),
        waits=tuple(approval.title for approval in waiting),
        preview=_title(" ".join(approval.text for approval in waiting)),
    )


def _title(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= TITLE_LIMIT else words[: TITLE_LIMIT - 1].rstrip() + "…"


def _refusal(run: Run, verb: str) -> str:
    who = "an approver" if run.approvers else "somebody in its conversation"
    return f"Only {run.requester.name}, who started run {run.short_id}, or {who} can {verb} it."


def _has_failed(run: Run) -> bool:
    return run.status is RunStatus.FAILED


def _can_be_retried(run: Run) -> bool:
    return run.status in RETRYABLE and not run.successor
