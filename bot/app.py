"""The composition root: store, model, credentials and all that uses them, made here once and in order."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.request import getproxies

import aiohttp
from aiohttp import web
from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos.aio import CosmosClient
from azure.identity.aio import DefaultAzureCredential

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
from bot.roster import Roster
from bot.sample import serving
from bot.sdk import BotFramework, Connector, Transport
from bot.settings import App, ServiceAddress, Settings
from bot.turns import Turns
from bot.uploads import Uploads
from bot.views import Views
from orchestration.absences import Absences
from orchestration.agents.assembly import assigned
from orchestration.agents.models import Model, choose
from orchestration.agents.services import Service, Services
from orchestration.approvals import Approvals
from orchestration.backlog import Backlog, Unhurried
from orchestration.book import LIFE
from orchestration.catalog import WORKFLOWS, Catalog
from orchestration.checkpoints.keyring import Keyring
from orchestration.clock import Clock, system_clock
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
from orchestration.register import Register
from orchestration.retention import Retention
from orchestration.runner import Runner
from orchestration.runs import Runs
from orchestration.workflows.definition import Definition, Means
from storage.cosmos import CosmosStore
from storage.sqlite import SqliteStore

log = logging.getLogger(__name__)

MARGIN = timedelta(days=30)
"""Nothing of a run expires by itself before the run must have been deleted."""
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
        http = await stack.enter_async_context(aiohttp.ClientSession())
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
        runner = Runner(
            worker=worker,
            store=unhurried,
            workers=store,
            places=store,
            catalog=catalog,
            clock=clock,
            keyring=keyring,
            whom=Whom(ConfiguredGroups(policy.groups), policy.calendar),
            changed=presenter.soon,
            prices=prices,
            budgets=budgets,
        )
        dispatcher = EmbeddedDispatcher(
            worker=worker,
            finder=store,
            workers=store,
            clock=clock,
            advance=runner.advance,
            show=presenter.soon,
            pace=pace,
        )
        register = Register(store=store, finder=store, places=store, administrators=settings.administrators)
        runs = Runs(
            store=store,
            register=register,
            dispatcher=dispatcher,
            catalog=catalog,
            clock=clock,
            model=model.name,
            approvers=settings.approvers,
            administrators=settings.administrators,
        )
        approvals = Approvals(
            store=store,
            people=store,
            dispatcher=dispatcher,
            clock=clock,
            administrators=settings.administrators,
            calendar=policy.calendar,
        )
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
        await dispatcher.start()
        retention.start()
        stack.push_async_callback(files.close, FILES)
        stack.push_async_callback(_stopped, endpoint, dispatcher, presenter)
        stack.push_async_callback(retention.stop)
        stack.push_async_callback(passing.close)
        web_application = web.Application()
        web_application.add_routes([*endpoint.routes(), *(downloads.routes() if downloads else ())])
        yield web_application


async def _stopped(endpoint: Endpoint, dispatcher: EmbeddedDispatcher, presenter: CardPresenter) -> None:
    await asyncio.gather(endpoint.close(TURNS), dispatcher.stop())
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(presenter.close(), CARDS)
    await dispatcher.leave()  # last: until then nobody takes over what still runs here


def downloads_of(settings: Settings, address: str, exports: Exports, clock: Clock) -> Downloads | None:
    """Return the links to files; None outside of local mode, where everybody could follow one."""
    return Downloads(address, make=exports.file, clock=clock) if address and settings.app is None else None


def means_of(settings: Settings, model: Model, services: Services | None = None) -> Means:
    """Return what workflows are built with; without services those that need one say so when they run."""
    return Means(
        client=model.client,
        services=services or Services(),
        clients=model.clients,
        max_revisions=settings.max_revisions,
        remind_after=settings.remind_after,
        expire_after=settings.expire_after,
    )


async def services_of(
    settings: Settings, http: aiohttp.ClientSession, stack: AsyncExitStack, refunds: Path | None = None
) -> Services:
    """Return the systems that are configured; in local mode sample ones if there are none at all."""
    tickets, customers = settings.tickets, settings.customers
    if settings.app is None and not (tickets or customers):
        tickets = customers = ServiceAddress(await stack.enter_async_context(serving(refunds)))
    return Services(
        tickets=Service("ticket service", http, tickets.url, key=tickets.key) if tickets else None,
        customers=Service("customer service", http, customers.url, key=customers.key) if customers else None,
    )


def store_of(settings: Settings, database: Path) -> Store:
    """Return the store that the settings ask for, not open yet: Cosmos DB, or else the SQLite file."""
    cosmos = settings.cosmos
    if cosmos is None:
        return SqliteStore(database)
    credential = cosmos.key or DefaultAzureCredential(
        managed_identity_client_id=settings.azure_client_id or None
    )
    # With a look for proxies it reads ~/.netrc from disk at every call; most machines have neither.
    transport = AioHttpTransport(use_env_settings=bool(getproxies()))
    client = CosmosClient(cosmos.endpoint, credential, transport=transport)
    return CosmosStore(
        client, cosmos.database, create=bool(cosmos.key), time_to_live=LIFE + settings.keep + MARGIN
    )


def model_of(
    settings: Settings,
    environ: Mapping[str, str],
    stack: AsyncExitStack,
    store: Store,
    clock: Clock = system_clock,
) -> Model:
    """Return the model that the environment asks for, or the models of the file that it names.

    The store need not be open yet, and must be closed later than the stack ends the model. Raises
    SignoffError when a model is half configured.
    """

    def credential() -> DefaultAzureCredential:
        made = DefaultAzureCredential(managed_identity_client_id=settings.azure_client_id or None)
        stack.push_async_callback(made.close)
        return made

    if settings.models.instances:
        model = assigned(settings.models, environ, azure_credential=credential, loads=store, clock=clock)
    else:
        model = choose(environ, azure_credential=credential)
    stack.push_async_callback(model.aclose)
    return model


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
