"""Finds runs for people: by name, by what fits, by a card. What they may not see is not there for them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestration.book import Book
from orchestration.errors import InvalidInputError, NotFoundError
from orchestration.model import Person, Run, RunKey
from orchestration.ports import Places, RunFinder, RunStore
from orchestration.rules import may_see, same_place
from orchestration.statistics import MOST_COUNTED, Scope
from orchestration.wording import quoted

LISTED = 10
"""Runs in a list."""
SEARCHED = 50
"""Newest runs among which the only one that fits is looked for."""


@dataclass(frozen=True)
class Asker:
    """Who asks, and where."""

    person: Person
    conversation: str
    personal: bool = False
    """In the chat with the bot alone, where one may name runs of other conversations by what they are."""
    zone: str = ""
    """IANA name of the person's time zone; empty: not known."""


class Register:
    """Looks runs up. Every refusal is a SignoffError with a sentence."""

    def __init__(
        self, *, store: RunStore, finder: RunFinder, places: Places, administrators: Collection[str] = ()
    ) -> None:
        self._store, self._finder, self._places = store, finder, places
        self._administrators = frozenset(administrators)

    async def listed(self, asker: Asker) -> Sequence[Run]:
        """Return the newest runs: one's own in a personal chat, else those started in this conversation."""
        person = asker.person
        if asker.personal:
            return await self._finder.runs_of(person.tenant, person.id, LISTED)
        return await self._finder.runs_in(person.tenant, asker.conversation, LISTED)

    async def of_late(self, asker: Asker, since: datetime) -> tuple[Scope, Sequence[Run]]:
        """Return whose runs are counted, and those started since then: the newest MOST_COUNTED, and one more.

        In a personal chat they are one's own, or all of the tenant's for administrators; elsewhere those of
        the conversation.
        """
        person, most = asker.person, MOST_COUNTED + 1
        if not asker.personal:
            scope, found = Scope.HERE, await self._finder.runs_in(person.tenant, asker.conversation, most)
        elif person.id in self._administrators:
            scope, found = Scope.ALL, await self._finder.runs_since(person.tenant, since, most)
        else:
            scope, found = Scope.OWN, await self._finder.runs_of(person.tenant, person.id, most)
        return scope, [run for run in found if run.started >= since]

    async def seen(self, name: str, asker: Asker) -> Run:
        """Return the run with this name, or the only one that is going on. Raises NotFoundError."""
        if name:
            return await self.named(name, asker)
        return await self.only(asker, going_on, "status", or_newest=True)

    async def on_card(self, name: str, about: str, asker: Asker) -> Run:
        """Return the run that a card is about, for those who can see the card. Raises NotFoundError."""
        book = await self._store.read(RunKey(asker.person.tenant, name))
        if book and (self._may_see(book.run, asker) or await self._is_notice(book, about, asker)):
            return book.run
        raise NotFoundError("This card is about a run that you cannot see here.")

    async def _is_notice(self, book: Book, about: str, asker: Asker) -> bool:
        channels = await self._places.notice_places(asker.person.tenant)
        here = any(same_place(channel, asker.conversation) for channel in channels)
        return here and await self._store.failure(book.run.key, about) is not None

    def _may_see(self, run: Run, asker: Asker) -> bool:
        return may_see(run, asker.person, asker.conversation, self._administrators)

    async def named(self, name: str, asker: Asker) -> Run:
        """Return the run with this short or long id. Raises NotFoundError or InvalidInputError."""
        tenant = asker.person.tenant
        if name.startswith("run-"):
            book = await self._store.read(RunKey(tenant, name))
            found = [book.run] if book else []
        else:
            found = list(await self._finder.runs_named(tenant, name.lower()))
        visible = [run for run in found if self._may_see(run, asker)]
        if not visible:
            raise NotFoundError(
                f"There is no run {quoted(name)} that you can see here. Type “runs” for a list."
            )
        if len(visible) > 1:
            raise InvalidInputError(
                f"More than one run is called {quoted(name)}: {_choices(visible)}. Use the long id."
            )
        return visible[0]

    async def only(
        self, asker: Asker, fits: Callable[[Run], bool], verb: str, *, or_newest: bool = False
    ) -> Run:
        """Return the one run that fits. Raises InvalidInputError with the choices, or NotFoundError."""
        person = asker.person
        here = await self._finder.runs_in(person.tenant, asker.conversation, SEARCHED)
        # Elsewhere the others would read what one does in private, and a word could stop it.
        own = await self._finder.runs_of(person.tenant, person.id, SEARCHED) if asker.personal else ()
        known = {run.id: run for run in (*here, *own) if self._may_see(run, asker)}
        fitting = [run for run in known.values() if fits(run)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            choices = (
                f"Which run? Say for example “{verb} {fitting[0].short_id}”. There are: {_choices(fitting)}."
            )
            raise InvalidInputError(choices)
        if or_newest and known:
            return max(known.values(), key=lambda run: run.started)
        raise NotFoundError(
            f"There is no run here to {verb}." if not or_newest else "There are no runs here yet."
        )


def going_on(run: Run) -> bool:
    """Whether the run has not ended."""
    return not run.over


def _choices(runs: Sequence[Run]) -> str:
    shown = [f"{run.short_id} {quoted(run.title)}" for run in runs[:5]]
    return ", ".join(shown) + (", …" if len(runs) > len(shown) else "")
