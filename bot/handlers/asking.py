"""Commands about the questions of a run: remind, withdraw, reassign."""

from bot.activities import Inbound
from bot.colleagues import Colleagues
from bot.commands import Reassign, RemindOf, WithdrawRun
from orchestration.approvals import Approvals
from orchestration.errors import NotFoundError
from orchestration.model import Approval, Place, Run, RunStatus
from orchestration.ports import RunStore
from orchestration.register import Asker, Register
from orchestration.wording import quoted


class Asking:
    """Does what a command says with the open questions of a run. Every refusal is a SignoffError."""

    def __init__(
        self, *, approvals: Approvals, register: Register, store: RunStore, colleagues: Colleagues
    ) -> None:
        self._approvals, self._register = approvals, register
        self._store, self._colleagues = store, colleagues

    async def do(self, command: RemindOf | WithdrawRun | Reassign, inbound: Inbound, place: Place) -> str:
        """Return in a sentence what was done."""
        asker = inbound.asker
        verb = {RemindOf: "remind", WithdrawRun: "withdraw", Reassign: "reassign"}[type(command)]
        run, questions = await self._open_questions(command.run, asker, verb)
        match command:
            case RemindOf():
                for approval in questions:
                    await self._approvals.remind(run.key, approval.id, asker.person)
                return f"Asked once more: {_titles(questions)}."
            case WithdrawRun():
                await self._approvals.withdraw(run.key, questions[0].id, asker.person)
                return f"Withdrawn: {_titles(questions)}. Run {run.short_id} ends here."
            case Reassign(_, of, to):
                person = await self._colleagues.meant(to, inbound, place)
                giver = (await self._colleagues.meant(of, inbound, place)).id if of else ""
                for approval in questions:
                    await self._approvals.hand_over(run.key, approval.id, person, asker.person, giver)
                return f"{person.name} is asked now: {_titles(questions)}."

    async def _open_questions(self, name: str, asker: Asker, verb: str) -> tuple[Run, list[Approval]]:
        run = (
            await self._register.named(name, asker)
            if name
            else await self._register.only(asker, _waits, verb)
        )
        book = await self._store.read(run.key)
        if book is None or not book.pending or book.run.over:
            raise NotFoundError(f"Run {run.short_id} asks nothing at the moment.")
        return run, book.pending


def _waits(run: Run) -> bool:
    return run.status is RunStatus.WAITING


def _titles(questions: list[Approval]) -> str:
    return ", ".join(quoted(approval.title) for approval in questions)
