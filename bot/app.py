"""The composition root: the core, the way to Teams and all between them, made here once and in order."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.auth import OPENID_METADATA, AllowList, LocalAuthentication, SigningKeys, TokenAuthentication
from bot.calling import Calling
from bot.colleagues import Colleagues
from bot.credentials import BotToken, credential_for
from bot.downloads import Downloads
from bot.endpoint import Endpoint
from bot.handlers.asking import Asking
from bot.handlers.away import Away
from bot.handlers.clicks import Clicks
from bot.handlers.files import Files
from bot.handlers.memory import Memory
from bot.handlers.messages import Messages
from bot.handlers.questions import Questions
from bot.handlers.replies import Replies
from bot.handlers.workflows import Workflows
from bot.messenger import Messenger
from bot.passing import Passing
from bot.patience import USUAL as USUAL_PATIENCE
from bot.patience import Patience
from bot.presenter import CardPresenter
from bot.resources import means_of, services_of
from bot.roster import Roster
from bot.sdk import BotFramework, Connector, Transport
from bot.settings import App, Settings
from bot.turns import Turns
from bot.uploads import Uploads
from bot.views import Views
from orchestration.absences import Absences
from orchestration.agents.models import Model
from orchestration.backlog import Backlog, Unhurried
from orchestration.catalog import WORKFLOWS, Catalog
from orchestration.checkpoints.keyring import Keyring
from orchestration.clock import Clock, system_clock
from orchestration.core import Engine, Surroundings, core_on
from orchestration.dispatch.embedded import EmbeddedDispatcher
from orchestration.dispatch.pace import USUAL as USUAL_PACE
from orchestration.dispatch.pace import Pace
from orchestration.errors import SignoffError
from orchestration.exports import Exports
from orchestration.forecast import Forecast
from orchestration.groups import ConfiguredGroups
from orchestration.inbox import Inbox
from orchestration.memory import Remembering
from orchestration.ports import Store
from orchestration.prices import NO_BUDGETS, NO_PRICES, Budgets, Prices
from orchestration.questions import Whom
from orchestration.retention import Retention
from orchestration.workflows.definition import Definition

log = logging.getLogger(__name__)

FIRST_TOKEN = 30.0
"""Seconds to wait for the bot's first token before it listens."""
TURNS, CARDS, FILES = 8.0, 8.0, 5.0
"""Seconds for turns, then cards, then files to come to an end when the bot stops. infra/ allows 30 in all."""


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    store: Store,
    model: Model,
    keyring: Keyring,
    clock: Clock = system_clock,
    definitions: tuple[Definition, ...] = WORKFLOWS,
    problems: Sequence[str] = (),
    openid_metadata: str = OPENID_METADATA,
    pace: Pace = USUAL_PACE,
    patience: Patience = USUAL_PATIENCE,
    address: str = "",
    prices: Prices = NO_PRICES,
    budgets: Budgets = NO_BUDGETS,
    refunds: Path | None = None,
) -> AsyncGenerator[web.Application]:
    """Yield the web application of a bot that is at work, and stop it in order afterwards.

    The store is open already and stays the caller's. `address` is where people on this machine reach the
    bot: in local mode it gives them links to files. `problems` say which workflows were left out, and why.
    `refunds` is the file for those of the sample systems, which stand in for real ones in local mode; None:
    they are forgotten when the bot stops.
    """
    worker = f"worker-{secrets.token_hex(8)}"
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        allowed = AllowList(
            hosts=settings.service_hosts, tenants=settings.tenants, local=settings.app is None
        )
        token = await _token(settings.app, stack)
        framework = BotFramework(
            await _authentication(settings.app, http, openid_metadata, stack),
            Transport(http, allows=allowed.allows, token=token.current if token else None),
        )
        connector = Connector(framework)
        messenger = Messenger(connector)
        policy = settings.policy
        remembering = Remembering(store, clock, settings.memory)
        services = await services_of(settings, http, stack, refunds)
        means = means_of(settings, model, services)
        catalog = Catalog(means, definitions, policy.rules, remembering)
        roster = Roster(connector, clock)
        views, forecast = Views(store, clock), Forecast(finder=store, clock=clock)
        unhurried = Unhurried(store, Backlog())
        presenter = CardPresenter(
            worker=worker,
            store=unhurried,
            places=store,
            workers=store,
            views=views,
            calling=Calling(store, store, roster),
            messenger=messenger,
            forecast=forecast,
            clock=clock,
            patience=patience,
        )
        around = Surroundings(
            worker=worker,
            clock=clock,
            keyring=keyring,
            whom=Whom(ConfiguredGroups(policy.groups), policy.calendar),
            model=model.name,
            approvers=settings.approvers,
            administrators=settings.administrators,
            prices=prices,
            budgets=budgets,
        )
        core = core_on(
            store,
            catalog,
            around,
            changed=presenter.soon,
            show=presenter.soon,
            background=unhurried,
            engine=partial(EmbeddedDispatcher, pace=pace),
        )
        runs, register, approvals = core.runs, core.register, core.approvals
        inbox = Inbox(finder=store, people=store, approvals=approvals, clock=clock)
        colleagues = Colleagues(store, roster)
        questions = Questions(
            approvals=approvals,
            inbox=inbox,
            views=views,
            store=store,
            places=store,
            colleagues=colleagues,
        )
        exports = Exports(
            store=store,
            register=register,
            clock=clock,
            keyring=keyring,
            administrators=settings.administrators,
        )
        downloads = downloads_of(settings, address, exports, clock)
        files = Files(
            exports=exports,
            messenger=messenger,
            uploads=Uploads(http, local=settings.app is None),
            downloads=downloads,
        )
        passing = Passing(messenger)
        away = Away(absences=Absences(store, clock), colleagues=colleagues, clock=clock)
        workflows = Workflows(
            catalog=catalog,
            runs=runs,
            views=views,
            approvers=settings.approvers,
            administrators=settings.administrators,
            everybody_administers=settings.app is None,
            problems=problems,
        )
        memory = Memory(
            remembering=remembering,
            agents=catalog.remembering,
            administrators=settings.administrators,
            everybody_administers=settings.app is None,
        )
        messages = Messages(
            runs=runs,
            register=register,
            replies=Replies(finder=store, approvals=approvals, inbox=inbox),
            questions=questions,
            asking=Asking(approvals=approvals, register=register, store=store, colleagues=colleagues),
            away=away,
            memory=memory,
            files=files,
            workflows=workflows,
            catalog=catalog,
            places=store,
            messenger=messenger,
            passing=passing,
            clock=clock,
            administrators=settings.administrators,
            everybody_administers=settings.app is None,
            demo=model.provider == "demo",
        )
        clicks = Clicks(
            questions=questions,
            passing=passing,
            away=away,
            workflows=workflows,
            runs=runs,
            register=register,
            views=views,
            forecast=forecast,
            store=store,
            clock=clock,
        )
        turns = Turns(places=store, people=store, messages=messages, clicks=clicks, files=files, clock=clock)

        async def ready() -> bool:
            return (token is None or token.ready) and await store.ready()

        endpoint = Endpoint(framework=framework, allowed=allowed, turn=turns.take, ready=ready)
        retention = Retention(
            store=store, finder=store, clock=clock, keep=settings.keep, also=remembering.sweep
        )
        await core.dispatcher.start()
        retention.start()
        stack.push_async_callback(files.close, FILES)
        stack.push_async_callback(_stopped, endpoint, core.dispatcher, presenter)
        stack.push_async_callback(retention.stop)
        stack.push_async_callback(passing.close)
        web_application = web.Application()
        web_application.add_routes([*endpoint.routes(), *(downloads.routes() if downloads else ())])
        yield web_application


async def _stopped(endpoint: Endpoint, dispatcher: Engine, presenter: CardPresenter) -> None:
    await asyncio.gather(endpoint.close(TURNS), dispatcher.stop())
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(presenter.close(), CARDS)
    await dispatcher.leave()  # last: until then nobody takes over what still runs here


def downloads_of(settings: Settings, address: str, exports: Exports, clock: Clock) -> Downloads | None:
    """Return the links to files; None outside of local mode, where everybody could follow one."""
    return Downloads(address, make=exports.file, clock=clock) if address and settings.app is None else None


async def _token(app: App | None, stack: AsyncExitStack) -> BotToken | None:
    if app is None:
        return None
    token = await stack.enter_async_context(BotToken(credential_for(app)))
    if not await token.wait(FIRST_TOKEN):
        raise SignoffError(
            f"Entra gave no token for the bot within {FIRST_TOKEN:g} seconds. "
            "Check MicrosoftAppId, MicrosoftAppTenantId and the credential; the log has the kind of error."
        )
    return token


async def _authentication(
    app: App | None, http: aiohttp.ClientSession, openid_metadata: str, stack: AsyncExitStack
) -> TokenAuthentication | LocalAuthentication:
    if app is None:
        return LocalAuthentication()
    keys = SigningKeys(openid_metadata, http)
    stack.push_async_callback(keys.close)
    return TokenAuthentication(app.id, keys)
