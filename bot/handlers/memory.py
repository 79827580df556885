"""What agents remember, in chat: for administrators, who see how much it is and can delete it."""

from collections.abc import Collection, Sequence

import cards.memory
from bot.activities import Inbound
from bot.commands import ForgetMemory, ShowMemory
from bot.handlers.replies import Said
from orchestration.errors import NotAllowedError, NotFoundError
from orchestration.memory import Remembering
from orchestration.wording import quoted


class Memory:
    """Parses, calls, replies. Never shows what the notes say."""

    def __init__(
        self,
        *,
        remembering: Remembering,
        agents: Sequence[str],
        administrators: Collection[str],
        everybody_administers: bool,
    ) -> None:
        self._remembering, self._agents = remembering, agents
        self._administrators, self._open = administrators, everybody_administers

    async def answer(self, command: ShowMemory | ForgetMemory, inbound: Inbound) -> Said:
        """Do what the command says, in the tenant of whoever says it. Raises SignoffError with a sentence."""
        self._check_may(inbound)
        tenant = inbound.person.tenant
        match command:
            case ShowMemory():
                memories = await self._remembering.standing(tenant, self._agents)
                return Said(card=cards.memory.card(memories, self._remembering.limits))
            case ForgetMemory(name):
                agent = self._known(name)
                notes = await self._remembering.clear(tenant, agent)
                return Said(f"{agent} has forgotten everything: {cards.memory.counted(notes)}.")

    def _known(self, name: str) -> str:
        for agent in self._agents:
            if agent.casefold() == name.casefold():
                return agent
        known = f"Known: {', '.join(self._agents)}." if self._agents else "No agent remembers anything."
        raise NotFoundError(f"There is no agent called {quoted(name)} that remembers. {known}")

    def _check_may(self, inbound: Inbound) -> None:
        if not self._administrators and not self._open:
            raise NotAllowedError(
                "Nobody can look after what agents remember until SIGNOFF_ADMINISTRATORS names who may."
            )
        if self._administrators and inbound.person.id not in self._administrators:
            raise NotAllowedError("Only an administrator of this bot can look after what agents remember.")
