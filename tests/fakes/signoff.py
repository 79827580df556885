"""The whole bot at work in this process, between people who post activities and a recording connector."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.app import running
from bot.patience import USUAL, Patience
from bot.settings import Settings
from orchestration.agents import models
from orchestration.catalog import WORKFLOWS
from orchestration.clock import Clock, system_clock
from orchestration.model import RunKey
from orchestration.ports import Store
from orchestration.prices import NO_BUDGETS, NO_PRICES, Budgets, Prices
from tests.fakes import teams
from tests.fakes.connector import FakeConnector, Json
from tests.fakes.keyring import KEYRING
from tests.fakes.teams import ALICE, Person


@dataclass
class Signoff:
    """Talks to the bot as people in Teams would."""

    url: str
    http: aiohttp.ClientSession
    teams: FakeConnector
    store: Store

    # ---- acting -------------------------------------------------------------------------

    async def send(self, activity: Json, expected: int = 200) -> Any:
        body = activity | {"serviceUrl": self.teams.url}
        async with self.http.post(f"{self.url}/api/messages", json=body) as response:
            assert response.status == expected, await response.text()
            return await response.json()

    async def say(self, text: str, *, by: Person = ALICE, where: Json | None = None, **changes: Any) -> Json:
        activity = teams.message(text, by=by, where=where, **changes)
        await self.send(activity)
        return activity

    async def click(
        self,
        card: Json,
        title: str,
        inputs: Json | None = None,
        *,
        by: Person = ALICE,
        where: Json | None = None,
    ) -> Json:
        """Click the button with this title; return the body of the answer."""
        return await self.send(clicked(card, title, inputs, by=by, where=where))

    async def write(self, text: str, *, by: Person = ALICE, where: Json | None = None) -> Json:
        """Write an answer, and confirm what it was read as; return the body of the answer to that."""
        await self.say(text, by=by, where=where)
        card = await self.card(f"{by.name}, I read this as", where=where)
        return await self.click(card, "Confirm", {"comment": comment_on(card)}, by=by, where=where)

    # ---- looking ------------------------------------------------------------------------

    async def card(
        self, *words: str, where: Json | None = None, without: str = "", within: float = 10.0
    ) -> Json:
        """Wait for a card in a conversation that shows all these words now, and not that one."""
        conversation = (where or teams.personal())["id"]

        def find(connector: FakeConnector) -> Json | None:
            for card in reversed(connector.cards(conversation)):
                shown = text_of(card)
                if all(word in shown for word in words) and not (without and without in shown):
                    return card
            return None

        return await self._wait(find, within, f"a card with {words} in {conversation}")

    async def told(self, words: str, where: Json | None = None, within: float = 10.0) -> str:
        """Wait for a sentence of the bot."""
        conversation = (where or teams.personal())["id"]

        def find(connector: FakeConnector) -> str | None:
            return next((text for text in connector.texts(conversation) if words in text), None)

        return await self._wait(find, within, f"the sentence {words!r} in {conversation}")

    async def _wait(self, find: Callable[[FakeConnector], Any], within: float, what: str) -> Any:
        try:
            return await self.teams.wait(find, within)
        except TimeoutError:
            seen = [
                (sent.conversation, sent.text or text_of(sent.card or {})[:200]) for sent in self.teams.sent
            ]
            raise AssertionError(f"there was never {what}; seen: {seen[-12:]}") from None

    async def settled(self, key: RunKey, within: float = 15.0) -> None:
        """Wait until every card of a run shows what it should."""
        async with asyncio.timeout(within):
            while (book := await self.store.read(key)).unsettled or book.run.due != book.next_timer:
                await asyncio.sleep(0.02)

    async def quiet(self, seconds: float = 0.6) -> None:
        """Wait until nothing has been sent for a while."""
        seen = -1
        while seen != len(self.teams.sent):
            seen = len(self.teams.sent)
            await asyncio.sleep(seconds)


@asynccontextmanager
async def signoff(
    store: Store,
    *,
    connector: FakeConnector | None = None,
    definitions: Any = WORKFLOWS,
    client: Any = None,
    model: models.Model | None = None,
    patience: Patience = USUAL,
    clock: Clock = system_clock,
    prices: Prices = NO_PRICES,
    budgets: Budgets = NO_BUDGETS,
    problems: Sequence[str] = (),
    refunds: Path | None = None,
    **environ: str,
):
    """Run the bot in local mode on an open store."""
    model = model or models.choose({}, azure_credential=None)
    if client is not None:
        model = models.Model("test", "test", "a model for tests", client, model.aclose)
    own = connector or FakeConnector()
    settings = Settings.local(environ, workflows=[definition.name for definition in definitions])
    async with (
        aiohttp.ClientSession() as http,
        own if connector is None else _given(own),
        running(
            settings,
            store=store,
            model=model,
            keyring=KEYRING,
            definitions=tuple(definitions),
            problems=problems,
            patience=patience,
            clock=clock,
            prices=prices,
            budgets=budgets,
            refunds=refunds,
        ) as application,
        _served(application) as url,
    ):
        yield Signoff(url, http, own, store)
    await model.aclose()


@asynccontextmanager
async def _served(application: web.Application):
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _given(connector: FakeConnector):
    yield connector


def text_of(card: Json) -> str:
    """All that a card says, in order, without its fallback text."""
    parts = _texts({name: part for name, part in card.items() if name != "fallbackText"})
    return " ".join(" ".join(parts).split())


def _texts(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part[name] for name in ("text", "title", "label") if isinstance(part.get(name), str)]
        return own + [text for value in part.values() for text in _texts(value)]
    if isinstance(part, list):
        return [text for one in part for text in _texts(one)]
    return []


def buttons(card: Json) -> dict[str, Json]:
    """The buttons of a card by their titles."""
    found: dict[str, Json] = {}

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("type") == "Action.Execute":
                found[part["title"]] = part
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for one in part:
                walk(one)

    walk(card)
    return found


def comment_on(card: Json) -> str:
    """What stands in the comment of a card."""
    return next((part.get("value", "") for part in card["body"] if part.get("id") == "comment"), "")


def filled(form: Json, **values: str) -> dict[str, str]:
    """The inputs of a form as they are, but for these, by their labels."""
    inputs = [part for part in form["body"] if part["type"].startswith("Input.") and part["id"] != "comment"]
    assert {part["label"] for part in inputs} >= set(values), json.dumps(form)
    return {part["id"]: str(values.get(part["label"], part.get("value", ""))) for part in inputs}


def button(card: Json, title: str) -> Json:
    found = buttons(card)
    assert title in found, f"no button {title!r} among {sorted(found)}: {json.dumps(card)[:500]}"
    return found[title]


def clicked(
    card: Json,
    title: str,
    inputs: Json | None = None,
    *,
    by: Person = ALICE,
    where: Json | None = None,
    **changes: Any,
) -> Json:
    """The activity of a click on the button with this title."""
    action = button(card, title)
    data = {**action["data"], **(inputs or {})}
    activity = teams.click(data, by=by, where=where or teams.personal(), **changes)
    activity["value"]["action"]["verb"] = action["verb"]
    return activity
