"""A click that is about a question: the answer is its card, or what was asked for."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime

import cards.approval
import cards.asked
import cards.handover
import cards.inbox
from bot.activities import Inbound
from bot.colleagues import Colleagues
from bot.readings import needs_card, option_of
from bot.views import Views
from bot.wire import Json
from cards.actions import (
    Confirm,
    Decide,
    DecideChosen,
    DecideMany,
    HandOver,
    Item,
    OfQuestion,
    Remind,
    ShowEdit,
    ShowHandOver,
    ShowInbox,
    ShowMine,
    Withdraw,
)
from cards.view import View
from orchestration.approvals import Approvals, Ballot, Outcome
from orchestration.errors import InvalidInputError, NotAllowedError, NotFoundError, SignoffError
from orchestration.inbox import Inbox
from orchestration.messages import REPLY, TOOL
from orchestration.model import Approval, Person, RunKey, Verdict
from orchestration.ports import Places, RunStore
from orchestration.register import Asker
from orchestration.rules import glance


class Questions:
    """Parses, calls, answers with a card for the one who clicked. The presenter shows it to all others."""

    def __init__(
        self,
        *,
        approvals: Approvals,
        inbox: Inbox,
        views: Views,
        store: RunStore,
        places: Places,
        colleagues: Colleagues,
    ) -> None:
        self._approvals, self._inbox, self._views = approvals, inbox, views
        self._store, self._places, self._colleagues = store, places, colleagues

    async def changed(self, payload: OfQuestion, inbound: Inbound) -> Json:
        """Do what the button says. Raises SignoffError with a sentence; then nothing has changed."""
        match payload:
            case Decide():
                return await self._decide(payload, inbound)
            case DecideChosen():
                return await self._decide_chosen(payload, inbound)
            case Confirm():
                if payload.by != inbound.person.id:
                    raise NotAllowedError("Only the one who wrote it can confirm it. Nothing was changed.")
                return await self._decide_by_words(payload, inbound)
            case DecideMany(verdict, _, ticked):
                return await self._decide_many(verdict, ticked, inbound)
            case HandOver():
                return await self._hand_over(payload, inbound)
            case Withdraw(run, approval):
                outcome = await self._approvals.withdraw(_key(inbound, run), approval, inbound.person)
            case Remind(run, approval):
                outcome = await self._approvals.remind(_key(inbound, run), approval, inbound.person)
        return await self._card(outcome, inbound)

    async def shown(self, payload: ShowMine, inbound: Inbound) -> Json:
        """Return the question as it is for the one who asks."""
        outcome, view = await self._mine(payload.run, payload.approval, inbound)
        match payload:
            case ShowHandOver() if view.hand_over:
                return cards.handover.card_of(outcome.approval, outcome.run, view)
            case ShowEdit() if view.decide and outcome.approval.pending:
                return cards.approval.editing(outcome.approval, outcome.run, view)
            case _:
                return cards.approval.card(outcome.approval, outcome.run, view)

    async def inbox(self, payload: ShowInbox, asker: Asker) -> Json:
        """Return a page of what waits for somebody."""
        before = datetime.fromisoformat(payload.before) if payload.before else None
        found, more = await self._inbox.page(asker, before)
        books = await asyncio.gather(*(self._store.read(approval.key) for approval in found))
        entries = [
            cards.inbox.Waiting(approval, book.run)
            for approval, book in zip(found, books, strict=True)
            if book
        ]
        return cards.inbox.page(entries, more=more, first=before is None, zone=asker.zone)

    # ---- deciding -----------------------------------------------------------------------

    async def _decide(self, payload: Decide, inbound: Inbound) -> Json:
        values = await self._values(payload, inbound) if payload.edits else ""
        ballot = Ballot(
            key=_key(inbound, payload.run),
            approval=payload.approval,
            verdict=payload.verdict,
            comment=payload.comment,
            by=inbound.person,
            conversation=inbound.conversation,
            source=inbound.source,
            option=payload.option,
            values=values,
            seen=payload.seen,
        )
        return await self._card(await self._approvals.decide(ballot), inbound)

    async def _values(self, payload: Decide, inbound: Inbound) -> str:
        """Return what somebody put into the form of a question, as JSON."""
        approval = await self._store.approval(_key(inbound, payload.run), payload.approval)
        if approval is None or not approval.schema:
            raise InvalidInputError("The values of this question cannot be changed.")
        return json.dumps(cards.asked.filled_in(approval, payload.inputs))

    async def _decide_chosen(self, payload: DecideChosen, inbound: Inbound) -> Json:
        """Read the words for the question that was chosen: the card that asked did not know which it is."""
        approval = await self._named(payload.run, payload.approval, inbound)
        option = option_of(approval, payload.comment)
        if approval.pending and (sentence := _unclear(approval, payload.verdict, option)):
            raise InvalidInputError(sentence)
        verdict, comment = (Verdict.APPROVE, "") if option else (payload.verdict, payload.comment)
        read = Confirm(payload.run, payload.approval, verdict, "", comment, option)
        return await self._decide_by_words(read, inbound)

    async def _named(self, run: str, name: str, inbound: Inbound) -> Approval:
        approval = await self._store.approval(_key(inbound, run), name)
        if approval is None:
            raise NotFoundError("This question does not exist, or not for you.")
        return approval

    async def _decide_by_words(self, payload: Confirm, inbound: Inbound) -> Json:
        key = _key(inbound, payload.run)
        approval = await self._named(payload.run, payload.approval, inbound)
        ballot = Ballot(
            key=key,
            approval=payload.approval,
            verdict=Verdict.APPROVE if approval.kind == REPLY else payload.verdict,
            comment=payload.comment,
            by=inbound.person,
            conversation=inbound.conversation,
            source=inbound.source,
            option=payload.option,
            seen=payload.seen or ("" if approval.edited else glance(approval)),
        )
        return await self._card(await self._approvals.decide(ballot), inbound)

    async def _decide_many(self, verdict: Verdict, ticked: Sequence[Item], inbound: Inbound) -> Json:
        ballots = [
            Ballot(
                key=_key(inbound, run),
                approval=approval,
                verdict=verdict,
                comment="",
                by=inbound.person,
                conversation=inbound.conversation,
                source=f"{inbound.source}|{run}|{approval}",
                seen=seen,
            )
            for run, approval, seen in ticked
        ]
        done = await self._inbox.decide(ballots)
        return cards.inbox.results([await self._result(ballot, what) for ballot, what in done])

    async def _result(self, ballot: Ballot, what: Outcome | str) -> cards.inbox.Result:
        if isinstance(what, str):
            title = await self._title(ballot)
            return cards.inbox.Result(title, ballot.key.run, what, done=False)
        sentence = cards.inbox.came_of_it(what.approval, counted=what.counted)
        return cards.inbox.Result(what.approval.title, ballot.key.run, sentence, done=what.counted)

    async def _title(self, ballot: Ballot) -> str:
        """Return what a question is called, for those who may see it."""
        try:
            found, _ = await self._approvals.standing(
                ballot.key, ballot.approval, ballot.by, ballot.conversation
            )
        except SignoffError:
            return "A question"
        return found.approval.title

    # ---- people -------------------------------------------------------------------------

    async def _hand_over(self, payload: HandOver, inbound: Inbound) -> Json:
        key = _key(inbound, payload.run)
        place = await self._places.place(inbound.person.tenant, inbound.conversation)
        to = await self._colleagues.called(Person(inbound.person.tenant, payload.to, ""), place)
        outcome = await self._approvals.hand_over(key, payload.approval, to, inbound.person, payload.of)
        return await self._card(outcome, inbound)

    async def _card(self, outcome: Outcome, inbound: Inbound) -> Json:
        approval: Approval = outcome.approval
        if not approval.pending:
            view = await self._views.everybody(approval, outcome.run)
            return cards.approval.card(approval, outcome.run, view)
        outcome, view = await self._mine(approval.run, approval.id, inbound)
        return cards.approval.card(outcome.approval, outcome.run, view)

    async def _mine(self, run: str, approval: str, inbound: Inbound) -> tuple[Outcome, View]:
        outcome, rights = await self._approvals.standing(
            _key(inbound, run), approval, inbound.person, inbound.conversation
        )
        view = await self._views.of(inbound.asker, outcome.approval, outcome.run, rights)
        return outcome, view


def _unclear(approval: Approval, verdict: Verdict, option: str) -> str:
    if approval.kind == TOOL and verdict is Verdict.REQUEST_CHANGES:
        return "Please approve or reject this, or change its values: on its card."
    return needs_card(approval, verdict, option)


def _key(inbound: Inbound, run: str) -> RunKey:
    return RunKey(inbound.person.tenant, run)
