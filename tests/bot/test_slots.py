"""Cards take turns at what the process does itself; nobody waits for what Teams does for others."""

import asyncio

import bot.roster
from bot.presenter import AT_ONCE
from orchestration.messages import Question, Rule
from tests.fakes import teams
from tests.fakes.connector import FakeConnector
from tests.fakes.signoff import signoff
from tests.fakes.teams import BOB
from tests.fakes.workflows import Work, asking, plain


class SlowRoster(FakeConnector):
    """Says who is in a conversation when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting, self.let_go = 0, asyncio.Event()

    async def _members(self, request):
        self.waiting += 1
        await self.let_go.wait()
        return await super()._members(request)


async def test_a_slow_roster_keeps_no_other_card_from_being_shown(store, monkeypatch):
    monkeypatch.setattr(bot.roster, "PATIENCE", 60.0)
    groups = [teams.group(f"19:group-{number}@thread.v2") for number in range(AT_ONCE)]
    question = Question("Go on?", "please", rule=Rule(approvers=(BOB.entra_id,)))
    workflows = [asking(question), plain(Work())]
    async with SlowRoster() as service, signoff(store, connector=service, definitions=workflows) as it:
        try:
            for where in groups:
                await it.say("run asking please", where=where)
            async with asyncio.timeout(10):
                while service.waiting < AT_ONCE:
                    await asyncio.sleep(0.02)
            await it.say("run plain hello")
            await it.card("Completed", within=7)  # the bot gives up on a silent service after ten
        finally:
            service.let_go.set()
        for where in groups:
            await it.card("Go on?", "Approve", where=where)
