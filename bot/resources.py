"""What the settings ask for outside of the program: store, models, and the systems that workflows use."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from urllib.request import getproxies

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos.aio import CosmosClient
from azure.identity.aio import DefaultAzureCredential

from bot.sample import serving
from bot.settings import ServiceAddress, Settings
from orchestration.agents.assembly import assigned
from orchestration.agents.models import Model, choose
from orchestration.agents.services import Service, Services
from orchestration.book import LIFE
from orchestration.clock import Clock, system_clock
from orchestration.ports import Store
from orchestration.workflows.definition import Means
from storage.cosmos import CosmosStore
from storage.sqlite import SqliteStore

MARGIN = timedelta(days=30)
"""Nothing of a run expires by itself before the run must have been deleted."""


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
