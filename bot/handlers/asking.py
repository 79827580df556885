"""Commands about the questions of a run: remind, withdraw, reassign."""

from bot.commands import Reassign, RemindOf, WithdrawRun
from orchestration.approvals import Approvals
from orchestration.errors import InvalidInputError, NotFoundError
from orchestration.model import Approval, Person, Run, RunStatus
from orchestration.ports import People, RunStore
from orchestration.register import Asker, Register
from orchestration.wording import quoted


class Asking:
    """Does what a command says with the open questions of a run. Every refusal is a SignoffError."""

    def __init__(self, *, approvals: Approvals, register: Register, store: RunStore, people: People) -> None:
        self._approvals, self._register, self._store, self._people = approvals, register, store, people

    async def do(self, command: RemindOf | WithdrawRun | Reassign, asker: Asker) -> str:
        """Return in a sentence what was done."""
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
                person = await self._named(to, asker)
                giver = (await self._named(of, asker)).id if of else ""
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

    async def _named(self, words: str, asker: Asker) -> Person:
        found = await self._people.named(asker.person.tenant, words.removeprefix("@"))
        if not found:
            raise NotFoundError(
                f"I do not know anybody called {quoted(words)}. They have to write to me once, or use "
                "“Hand over” on the card of the question."
            )
        if len(found) > 1:
            names = ", ".join(profile.person.name for profile in found)
            raise InvalidInputError(f"Several people fit {quoted(words)}: {names}. Write the whole name.")
        return found[0].person


def _waits(run: Run) -> bool:
    return run.status is RunStatus.WAITING


def _titles(questions: list[Approval]) -> str:
    return ", ".join(quoted(approval.title) for approval in questions)
