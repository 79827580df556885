"""One run as people live it: they start it, answer each question against each other, and click again."""

import asyncio
import contextlib
import itertools
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from orchestration.model import Verdict
from tests.durability.weather import Chat, UnreliableConnector
from tests.fakes import teams
from tests.fakes.connector import Json
from tests.fakes.signoff import buttons, clicked, text_of
from tests.fakes.teams import ALICE, BOB, Person

PATIENCE = aiohttp.ClientTimeout(total=4)
"""Shorter than a replica may be frozen: what it then does with what it was sent comes second."""
DOUBLED, WRITTEN = 0.2, 0.3
"""How often something is delivered twice at once, and how often an answer is written in place of clicked."""
TITLES = {
    Verdict.APPROVE: "Approve",
    Verdict.REQUEST_CHANGES: "Request changes",
    Verdict.REJECT: "Reject",
}
AGAIN = 0.3


@dataclass(frozen=True)
class Ballot:
    """What somebody answered to which question."""

    approval: str
    verdict: Verdict
    comment: str
    by: Person

    @property
    def said(self) -> tuple[Verdict, str, str]:
        return self.verdict, self.comment, self.by.entra_id


class Channel:
    """Delivers to a replica at random; to the other one as well, when there is no answer or by mistake."""

    def __init__(self, http: aiohttp.ClientSession, ports: Iterable[int], teams_url: str) -> None:
        self._http, self._ports, self._teams = http, list(ports), teams_url

    async def deliver(self, activity: Json, dice: random.Random) -> Json:
        body = activity | {"serviceUrl": self._teams}
        ports = dice.sample(self._ports, len(self._ports))
        if dice.random() < DOUBLED:
            answers = await asyncio.gather(*(self._post(port, body) for port in ports))
            for answer in filter(None, answers):
                return answer
        for port in itertools.cycle(ports):
            if (answer := await self._post(port, body)) is not None:
                return answer
            await asyncio.sleep(0.1)
        raise AssertionError

    async def _post(self, port: int, body: Json) -> Json | None:
        """Return the answer, or None when there was none: what the bot did is not known then."""
        url = f"http://127.0.0.1:{port}/api/messages"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with self._http.post(url, json=body, timeout=PATIENCE) as response:
                return await response.json() if response.status == 200 else None
        return None


class Errand:
    """A run of release notes in a group chat. Alice wants one change and then to publish; Bob does not."""

    def __init__(
        self, number: int, channel: Channel, connector: UnreliableConnector, dice: random.Random
    ) -> None:
        self.mark = f"errand-{number}"
        self._channel, self._dice = channel, dice
        # Each in a tenant of its own: Teams takes 50 messages a second from a bot in one.
        self.tenant = str(uuid.uuid5(uuid.NAMESPACE_URL, self.mark))
        self.where = teams.group(f"19:{self.mark}@thread.v2") | {"tenantId": self.tenant}
        self.chat: Chat = connector.chats[self.where["id"]]
        self.ballots: dict[str, Ballot] = {}
        """By the source under which they can be counted."""
        self._answered: set[str] = set()

    async def told(self) -> None:
        """From the first word to the end."""
        words = f"run release-notes {self.mark}: Faster search. Dark mode."
        await self._deliver(teams.message(words, where=self.where, timestamp=_now()))
        while not self._over:
            if question := self._open_question():
                await self._answer(*question)
            else:
                await self.chat.news()

    @property
    def standing(self) -> str:
        """Where it stands, as far as people see."""
        seen = [text_of(card)[:100] for card in self.chat.cards.values()]
        return f"{self.mark} stands still: {seen}"

    @property
    def _over(self) -> bool:
        seen = [text_of(card) for card in self.chat.cards.values()]
        return any("✓ Completed" in text or "✗ Rejected" in text for text in seen)

    def _open_question(self) -> tuple[str, Json] | None:
        """The id of a question that nobody here has answered yet, and its card."""
        for card in self.chat.cards.values():
            if action := buttons(card).get("Approve"):
                approval = action["data"]["approval"]
                if approval not in self._answered:
                    return approval, card
        return None

    # ---- answering ----------------------------------------------------------------------

    async def _answer(self, approval: str, card: Json) -> None:
        """Two people at the same instant, who do not want the same."""
        self._answered.add(approval)
        alice, bob = self._wishes(approval, int(approval.rpartition("-")[2]))
        write = self._dice.random() < WRITTEN
        await asyncio.gather(
            self._write(card, alice) if write else self._click(card, alice), self._click(card, bob)
        )

    def _wishes(self, approval: str, revision: int) -> tuple[Ballot, Ballot]:
        def wish(by: Person, *verdicts: Verdict) -> Ballot:
            verdict = self._dice.choice(verdicts)
            comment = f"mention {by.name.split()[0]} at {revision}"
            return Ballot(approval, verdict, "" if verdict is Verdict.APPROVE else comment, by)

        if revision == 1:
            alice = wish(ALICE, Verdict.REQUEST_CHANGES)
            return alice, wish(BOB, Verdict.REQUEST_CHANGES, Verdict.REQUEST_CHANGES, Verdict.APPROVE)
        against = Verdict.REQUEST_CHANGES if revision < 4 else Verdict.REJECT
        return wish(ALICE, Verdict.APPROVE), wish(BOB, against)

    async def _write(self, card: Json, ballot: Ballot) -> None:
        words = ballot.comment or "approve"
        asked = teams.message(words, by=ballot.by, where=self.where, timestamp=_now())
        if ballot.verdict is Verdict.APPROVE:
            await self._cast(ballot, asked)
            return
        await self._deliver(asked)  # what it was read as may be lost on the way: then the card is clicked
        read = self._read_back(ballot)
        await (self._confirm(read, ballot) if read else self._click(card, ballot))

    def _read_back(self, ballot: Ballot) -> Json | None:
        """Return the card that says what the words of somebody were read as."""
        title = f"{ballot.by.name}, I read this as"
        found = [card for card in self.chat.cards.values() if title in text_of(card)]
        return next((card for card in found if _asks_about(card) == ballot.approval), None)

    async def _confirm(self, card: Json, ballot: Ballot) -> None:
        activity = clicked(card, "Confirm", {"comment": ballot.comment}, by=ballot.by, where=self.where)
        await self._cast(ballot, activity | {"timestamp": _now()})

    async def _click(self, card: Json, ballot: Ballot) -> None:
        """Click until the answer is a card that asks nothing any more."""
        while True:
            inputs = {"comment": ballot.comment}
            activity = clicked(card, TITLES[ballot.verdict], inputs, by=ballot.by, where=self.where)
            answer = await self._cast(ballot, activity | {"timestamp": _now()})
            if is_closed(answer):
                return
            await asyncio.sleep(AGAIN)

    async def _cast(self, ballot: Ballot, activity: Json) -> Json:
        self.ballots[f"{self.where['id']}|{activity['id']}"] = ballot
        return await self._deliver(activity)

    async def _deliver(self, activity: Json) -> Json:
        return await self._channel.deliver(activity, self._dice)

    async def healed(self, card: Json) -> Json:
        """Click on a card that should not ask any more; return the body of the answer."""
        late = clicked(card, "Request changes", {"comment": "late"}, by=BOB, where=self.where)
        return await self._deliver(late)


def _asks_about(card: Json) -> str:
    action = next(iter(buttons(card).values()))
    return str(action["data"].get("approval", ""))


def is_closed(answer: Json) -> bool:
    """Whether the answer to a click is a card without a question."""
    return str(answer.get("type")).endswith("card.adaptive") and "Approve" not in buttons(answer["value"])


def _now() -> str:
    return datetime.now(UTC).isoformat()
