"""A click on a card: its data names something, the record says what that is, the answer is its card."""

import cards.approval
import cards.asked
import cards.failure
import cards.pages
import cards.result
import cards.run
import cards.usage
from bot.activities import Inbound
from bot.handlers.away import Away
from bot.handlers.questions import Questions
from bot.handlers.replies import Said
from bot.handlers.workflows import Workflows
from bot.passing import Passing
from bot.views import Views
from bot.wire import Json
from cards.actions import (
    Confirm,
    Decide,
    DecideChosen,
    DecideMany,
    EndAbsence,
    HandOver,
    ListWorkflows,
    Payload,
    Remind,
    ResumeRun,
    RetryRun,
    SetAway,
    ShowCard,
    ShowInbox,
    ShowMine,
    ShowPage,
    ShowWorkflow,
    StartExample,
    StopRun,
    Withdraw,
    submitted,
    unpack,
)
from orchestration.clock import Clock
from orchestration.errors import InvalidInputError, NotFoundError, SignoffError
from orchestration.forecast import Forecast
from orchestration.model import RESULT_CARD, RUN_CARD, Run
from orchestration.ports import RunStore
from orchestration.register import Asker, Register
from orchestration.runs import Runs

CARD, MESSAGE = "application/vnd.microsoft.card.adaptive", "application/vnd.microsoft.activity.message"
CANNOT_SHOW = "Your Teams app cannot show this here. Type “inbox” or “status”, or use another Teams app."


class Clicks:
    """Parses, calls, answers with a card for the one who clicked. The presenter shows it to all others."""

    def __init__(
        self,
        *,
        questions: Questions,
        runs: Runs,
        register: Register,
        views: Views,
        passing: Passing,
        away: Away,
        workflows: Workflows,
        forecast: Forecast,
        store: RunStore,
        clock: Clock,
    ) -> None:
        self._questions, self._runs, self._register = questions, runs, register
        self._passing, self._away, self._workflows = passing, away, workflows
        self._views, self._forecast, self._store, self._clock = views, forecast, store, clock

    async def handle(self, value: object, inbound: Inbound) -> Json:
        """Return the body of the answer to a card's invoke. A refusal is a message to the person."""
        try:
            card = await self._do(unpack(value), inbound)
        except SignoffError as refusal:
            return {"statusCode": 200, "type": MESSAGE, "value": str(refusal)}
        return {"statusCode": 200, "type": CARD, "value": card}

    async def by_message(self, value: object, inbound: Inbound) -> Said:
        """Do what a button says whose click came as a message, and return what to say about it.

        No answer can carry a card then. What changes is shown by the presenter; the rest is said here.
        """
        try:
            payload = submitted(value)
            if isinstance(payload, ShowCard | ShowInbox | ShowMine | ShowPage):
                return Said(CANNOT_SHOW)
            card = await self._do(payload, inbound)
        except SignoffError as refusal:
            return Said(str(refusal))
        says = DecideMany | SetAway | EndAbsence | ShowWorkflow | ListWorkflows
        return Said(card=card) if isinstance(payload, says) else Said()

    async def _do(self, payload: Payload, inbound: Inbound) -> Json:
        asker = inbound.asker
        match payload:
            case Decide() | DecideChosen() | DecideMany() | Confirm() | HandOver() | Withdraw() | Remind():
                card = await self._questions.changed(payload, inbound)
                if isinstance(payload, Confirm | DecideChosen):
                    self._passing.used(inbound.conversation, inbound.card, card)
                return card
            case SetAway() | EndAbsence():
                return await self._away.clicked(payload, inbound)
            case StartExample() | ShowWorkflow() | ListWorkflows():
                return await self._workflows.clicked(payload, inbound)
            case ShowMine():
                return await self._questions.shown(payload, inbound)
            case ShowInbox():
                return await self._questions.inbox(payload, asker)
            case StopRun() | RetryRun() | ResumeRun():
                return await self._change(payload, asker)
            case ShowPage(run, name, page):
                return await self._page(run, name, page, asker)
            case ShowCard(run, about):
                return await self._about(run, about, asker)

    async def _change(self, payload: StopRun | RetryRun | ResumeRun, asker: Asker) -> Json:
        match payload:
            case StopRun(run):
                return cards.run.card(await self._runs.cancel(run, asker), self._clock())
            case RetryRun(run, failure):
                await self._runs.retry(run, asker, failure=failure)
                return await self._about(run, failure, asker)
            case ResumeRun(run, failure):
                await self._runs.resume(run, asker, failure=failure)
                return await self._about(run, failure, asker)

    async def _about(self, name: str, about: str, asker: Asker) -> Json:
        run = await self._register.on_card(name, about, asker)
        if about == RUN_CARD:
            return cards.run.card(run, self._clock(), await self._forecast.left(run))
        if about == RESULT_CARD:
            return cards.result.card(run, await self._text(run, "result"))
        if approval := await self._store.approval(run.key, about):
            return cards.approval.card(approval, run, await self._views.everybody(approval, run))
        if failure := await self._store.failure(run.key, about):
            return cards.failure.card(failure, run)
        raise NotFoundError("This card is about something that does not exist any more.")

    async def _page(self, name: str, what: str, page: int, asker: Asker) -> Json:
        run = await self._register.on_card(name, what, asker)
        if what == cards.usage.USAGE:
            return cards.usage.card(run)
        title, text = await self._whole(run, what)
        return cards.pages.page(run, what, title, text, page)

    async def _whole(self, run: Run, what: str) -> tuple[str, str]:
        if what in {RESULT_CARD, "input"}:
            return run.workflow_title, await self._text(run, what)
        if approval := await self._store.approval(run.key, what):
            return approval.title, cards.asked.asked_text(approval)
        if failure := await self._store.failure(run.key, what):
            return f"Why it failed: {failure.step_title}", failure.reason
        raise NotFoundError("This text does not exist any more.")

    async def _text(self, run: Run, name: str) -> str:
        text = await self._store.text(run.key, name)
        if text is None:
            raise InvalidInputError("This text is not there yet.")
        return text
