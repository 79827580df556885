"""What people ask about workflows before there is a run: which there are, what one does, its example."""

import asyncio
from collections.abc import Collection, Sequence

import cards.workflows
from bot.activities import Inbound
from bot.commands import ListWorkflows, ShowWorkflow, TryWorkflow
from bot.handlers.replies import Said
from bot.views import Views
from bot.wire import Json
from cards import actions
from cards.pictures import picture
from cards.workflows import Entry
from orchestration.catalog import Catalog
from orchestration.groups import PREFIX
from orchestration.messages import REQUESTER
from orchestration.model import Run
from orchestration.register import Asker
from orchestration.runs import Runs
from orchestration.workflows.definition import Definition


class Workflows:
    """Parses, calls, answers with a card. `problems` say what is wrong with packages, for administrators."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        runs: Runs,
        views: Views,
        approvers: Collection[str],
        administrators: Collection[str],
        everybody_administers: bool,
        problems: Sequence[str] = (),
    ) -> None:
        self._catalog, self._runs, self._views = catalog, runs, views
        self._approvers, self._problems = tuple(sorted(approvers)), tuple(problems)
        self._administrators, self._open = frozenset(administrators), everybody_administers

    async def answer(self, command: ListWorkflows | ShowWorkflow | TryWorkflow, inbound: Inbound) -> Said:
        """Do what a message asks for. Raises SignoffError with the reason."""
        match command:
            case ListWorkflows():
                return Said(card=self._listed(inbound.asker))
            case ShowWorkflow(name):
                return Said(card=await self._shown(name, inbound.asker))
            case TryWorkflow(name):
                await self._start(name, inbound, trial=True)
                return Said()

    async def clicked(self, payload: actions.OfCatalog, inbound: Inbound) -> Json:
        """Do what a button says; return the card in its place. Raises SignoffError with the reason."""
        match payload:
            case actions.ListWorkflows():
                return self._listed(inbound.asker)
            case actions.ShowWorkflow(name):
                return await self._shown(name, inbound.asker)
            case actions.StartExample(name, trial):
                run = await self._start(name, inbound, trial=trial)
                return await self._shown(name, inbound.asker, run)

    async def _start(self, name: str, inbound: Inbound, *, trial: bool) -> Run:
        definition = self._catalog.named(name)
        return await self._runs.start(
            name, definition.example, inbound.asker, source=inbound.source, at=inbound.at, trial=trial
        )

    def _listed(self, asker: Asker) -> Json:
        administers = self._open or asker.person.id in self._administrators
        return cards.workflows.listed(
            [_entry(definition) for definition in self._catalog], self._problems if administers else ()
        )

    async def _shown(self, name: str, asker: Asker, started: Run | None = None) -> Json:
        definition = self._catalog.named(name)
        graph, rule = self._catalog.graph(definition), self._catalog.asked(definition)
        people = [
            *(rule.approvers or self._approvers),
            *(each for level in rule.escalate_to for each in level),
        ]
        return cards.workflows.shown(
            _entry(definition),
            graph=graph,
            picture=await asyncio.to_thread(picture, graph),
            rule=rule,
            approvers=self._approvers,
            limits=definition.limits,
            view=await self._views.naming(
                asker, [each for each in people if not each.startswith(PREFIX) and each != REQUESTER]
            ),
            started=started,
        )


def _entry(definition: Definition) -> Entry:
    return Entry(definition.name, definition.title, definition.about, definition.example, definition.steps)
