"""A message to the bot: a command, or a reply to a question."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import cards.actions
import cards.lists
import cards.stats
from bot.activities import Inbound
from bot.commands import (
    CancelRun,
    ComeBack,
    Command,
    ExportRun,
    ForgetMemory,
    Help,
    Leave,
    ListCheckpoints,
    ListRuns,
    ListWorkflows,
    Notify,
    Reassign,
    RemindOf,
    Reply,
    ResumeRun,
    RetryRun,
    ShowAbsence,
    ShowInbox,
    ShowMemory,
    ShowRun,
    ShowStats,
    ShowWorkflow,
    Start,
    TryWorkflow,
    WithdrawRun,
    parse,
    parse_in_talk,
)
from bot.handlers.asking import Asking
from bot.handlers.away import Away
from bot.handlers.files import Files
from bot.handlers.memory import Memory
from bot.handlers.questions import Questions
from bot.handlers.replies import Replies, Said
from bot.handlers.workflows import Workflows
from bot.messenger import Messenger, Sent
from bot.passing import Passing
from bot.wire import Json
from orchestration.catalog import Catalog
from orchestration.clock import Clock
from orchestration.errors import InvalidInputError, NotAllowedError, SignoffError
from orchestration.model import Place, Run
from orchestration.ports import Places
from orchestration.register import Asker, Register
from orchestration.rules import base
from orchestration.runs import Runs
from orchestration.statistics import SPAN, Figures, Scope, figures

COMMANDS = (
    (
        "workflows",
        "what can be started; “show release-notes” explains one, “try release-notes” is a test run",
    ),
    ("approve, reject: <why>, or what should change", "answers the question that waits here"),
    ("inbox", "everything that waits for you"),
    ("runs", "the newest runs"),
    ("stats", "how the runs of the last 30 days went, and how long answers took"),
    ("status", "how a run stands; add its id if there are several"),
    ("cancel", "stop a run"),
    ("retry", "start a failed run again with the same input"),
    ("checkpoints", "list what is saved of a run; “retry ab12cd34 from 3” starts again from there"),
    ("resume", "let a failed run go on from what was saved"),
    ("remind", "ask once more what a run waits for; “withdraw” takes it back"),
    ("reassign ab12cd34 to @Ben", "let somebody else decide"),
    ("export", "save everything that was asked and decided in a run as a file"),
    ("notify here", "post failure notices in this conversation; “notify off” ends it"),
    ("memory", "what agents remember of earlier runs; for administrators"),
    ("away until friday, deputy @Ben", "somebody else can answer for you; “back” ends it"),
)


class Messages:
    """Parses, calls, replies. Cards of runs are not sent from here: they follow from the records."""

    def __init__(
        self,
        *,
        runs: Runs,
        register: Register,
        replies: Replies,
        questions: Questions,
        asking: Asking,
        away: Away,
        memory: Memory,
        files: Files,
        workflows: Workflows,
        catalog: Catalog,
        places: Places,
        messenger: Messenger,
        passing: Passing,
        clock: Clock,
        administrators: frozenset[str],
        everybody_administers: bool,
        demo: bool,
    ) -> None:
        self._runs, self._register, self._replies = runs, register, replies
        self._questions, self._asking, self._away = questions, asking, away
        self._files, self._workflows, self._passing = files, workflows, passing
        self._memory = memory
        self._catalog, self._places, self._messenger, self._clock = catalog, places, messenger, clock
        self._administrators, self._open, self._demo = administrators, everybody_administers, demo

    async def handle(self, inbound: Inbound, place: Place) -> None:
        """Do what the message asks for, and say what came of it if no card does."""
        try:
            said = await self._do(await self._meant(inbound), inbound, place)
        except SignoffError as refusal:
            said = Said(str(refusal))
        await self.tell(said, place)

    async def _meant(self, inbound: Inbound) -> Command:
        """Return the command. To whom an agent talks, what merely looks like one is an answer."""
        names = {definition.name for definition in self._catalog}
        command, strict = parse(inbound.text, names), parse_in_talk(inbound.text, names)
        return strict if command != strict and await self._replies.talks(inbound) else command

    async def tell(self, said: Said, place: Place) -> None:
        """Say something back, if there is something to say."""
        if said.card or said.sentence:
            outcome = await self._messenger.reply(place, sentence=said.sentence, card=said.card)
            if said.passing and isinstance(outcome, Sent):
                self._passing.posted(place, outcome.activity)

    async def welcome(self, place: Place) -> None:
        """Say hello to somebody who has just installed the app."""
        await self._messenger.reply(place, card=self._guide(cards.lists.welcome))

    async def _do(self, command: Command, inbound: Inbound, place: Place) -> Said:
        asker = inbound.asker
        match command:
            case Help() | ListRuns() | ShowStats() | ListCheckpoints() | ShowInbox():
                return Said(card=await self._list(command, asker))
            case Start() | ListWorkflows() | ShowWorkflow() | TryWorkflow():
                return await self._of_workflows(command, inbound, asker)
            case ShowRun(run):
                await self._runs.show(run, asker, source=inbound.source)
                return Said()
            case ExportRun(run):
                return await self._files.offer(run, inbound, place)
            case Notify(wanted):
                return await self._notify(inbound, place, wanted=wanted)
            case RemindOf() | WithdrawRun() | Reassign():
                return Said(await self._asking.do(command, inbound, place))
            case Leave() | ComeBack() | ShowAbsence() | ShowMemory() | ForgetMemory():
                return await self._handed_on(command, inbound, place)
            case Reply():
                return await self._replies.answer(command, inbound)
            case CancelRun() | RetryRun() | ResumeRun():
                return await self._change(command, asker)

    async def _handed_on(
        self,
        command: Leave | ComeBack | ShowAbsence | ShowMemory | ForgetMemory,
        inbound: Inbound,
        place: Place,
    ) -> Said:
        match command:
            case ShowMemory() | ForgetMemory():
                return await self._memory.answer(command, inbound)
            case Leave() | ComeBack() | ShowAbsence():
                return await self._away.answer(command, inbound, place)

    async def _list(
        self, command: Help | ListRuns | ShowStats | ListCheckpoints | ShowInbox, asker: Asker
    ) -> Json:
        match command:
            case Help():
                return self._guide(cards.lists.help)
            case ListRuns():
                return cards.lists.runs(await self._register.listed(asker), self._clock())
            case ShowStats():
                return cards.stats.card(*await self._figures(asker))
            case ListCheckpoints(name):
                return cards.lists.saved(*await self._runs.saved(name, asker))
            case ShowInbox():
                return await self._questions.inbox(cards.actions.ShowInbox(), asker)

    async def _figures(self, asker: Asker) -> tuple[Scope, Figures]:
        scope, runs = await self._register.of_late(asker, self._clock() - SPAN)
        return scope, figures(runs)

    async def _of_workflows(
        self, command: Start | ListWorkflows | ShowWorkflow | TryWorkflow, inbound: Inbound, asker: Asker
    ) -> Said:
        match command:
            case Start(workflow, text):
                return await self._start(workflow, text, inbound, asker)
            case _:
                return await self._workflows.answer(command, inbound)

    async def _start(self, workflow: str, text: str, inbound: Inbound, asker: Asker) -> Said:
        if not workflow:
            example = next(definition.line for definition in self._catalog)
            raise InvalidInputError(f"Type “workflows” for what can be run, then for example: {example}")
        await self._runs.start(workflow, text, asker, source=inbound.source, at=inbound.at)
        return Said()

    async def _change(self, command: CancelRun | RetryRun | ResumeRun, asker: Asker) -> Said:
        change: Callable[[str, Asker], Awaitable[Run]]
        match command:
            case CancelRun():
                change, done = self._runs.cancel, "Run {} is cancelled."
            case RetryRun(_, checkpoint):
                change, done = partial(self._runs.retry, checkpoint=checkpoint), "Started again as run {}."
            case ResumeRun():
                change, done = self._runs.resume, "Run {} goes on."
        run = await change(command.run, asker)
        return Said(done.format(run.short_id))

    async def _notify(self, inbound: Inbound, place: Place, *, wanted: bool) -> Said:
        self._check_may_notify(inbound, wanted=wanted)
        channel = whole_channel(place)
        await self._places.remember(channel)
        await self._places.set_notices(channel.tenant, channel.conversation, wanted=wanted)
        if wanted:
            return Said("Failure notices of all runs are posted here from now on. “notify off” ends that.")
        return Said("Failure notices are no longer posted here.")

    def _check_may_notify(self, inbound: Inbound, *, wanted: bool) -> None:
        """Notices show what all people's runs are about: where they go is for administrators to say."""
        if wanted and inbound.personal:
            raise InvalidInputError(
                "Failure notices go to a channel or a group chat: type “notify here” there."
            )
        if not self._administrators and not self._open:
            raise NotAllowedError(
                "Nobody can choose where failure notices go until SIGNOFF_ADMINISTRATORS names who may."
            )
        if self._administrators and inbound.person.id not in self._administrators:
            raise NotAllowedError("Only an administrator of this bot can choose where failure notices go.")

    def _guide(self, card: Callable[..., Json]) -> Json:
        known = [(definition.name, definition.title, definition.example) for definition in self._catalog]
        return card(known, demo=self._demo, commands=COMMANDS)


def whole_channel(place: Place) -> Place:
    """Return the channel that a thread is in: what is sent there is a new post, not a reply in the thread."""
    where, reference = base(place.conversation), json.loads(place.reference)
    reference["conversation"]["id"] = where
    return replace(place, conversation=where, reference=json.dumps(reference, sort_keys=True))
