"""The container: its definition, which infra/cosmos.bicep has too, and opening it or saying why not."""

import asyncio
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import AzureError
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient

from orchestration.errors import SignoffError
from storage.cosmos.calls import Calls, status_of

CONTAINER: dict[str, Any] = {
    "id": "signoff",
    "partitionKey": {"paths": ["/tenant", "/run"], "kind": "MultiHash", "version": 2},
    "defaultTtl": -1,
    "indexingPolicy": {
        "indexingMode": "consistent",
        "automatic": True,
        "includedPaths": [
            {"path": "/kind/?"},
            {"path": "/live/?"},
            {"path": "/due/?"},
            {"path": "/ended/?"},
            {"path": "/requester/?"},
            {"path": "/conversation/?"},
            {"path": "/source/?"},
            {"path": "/started/?"},
            {"path": "/short/?"},
            {"path": "/worker/?"},
            {"path": "/number/?"},
            {"path": "/approver/?"},
            {"path": "/completed/?"},
            {"path": "/name/?"},
        ],
        "excludedPaths": [{"path": "/*"}, {"path": '/"_etag"/?'}],
    },
}


async def opened(client: CosmosClient, database: str, *, create: bool, deadline: float) -> ContainerProxy:
    """Return the container, reached once. Raises SignoffError with one sentence when that is impossible."""
    # A silent attempt may take all the time: the first one fetches a token, which itself can take seconds.
    calls = Calls(deadline, attempts=1)
    try:
        async with asyncio.timeout(deadline):
            await calls.steadily(client.__aenter__)
            return await (_created if create else _existing)(client, database, calls)
    except TimeoutError:
        if isinstance(calls.trouble, AzureError):
            raise SignoffError(_sentence(calls.trouble, database)) from calls.trouble
        raise SignoffError(f"Cosmos DB did not answer within {deadline:g} seconds.") from None
    except AzureError as error:
        raise SignoffError(_sentence(error, database)) from error


async def _existing(client: CosmosClient, database: str, calls: Calls) -> ContainerProxy:
    container = client.get_database_client(database).get_container_client(CONTAINER["id"])
    await calls.steadily(container.read)
    return container


async def _created(client: CosmosClient, database: str, calls: Calls) -> ContainerProxy:
    """Create what is missing. Done twice, it finds what it made the first time."""
    home = await calls.steadily(lambda: client.create_database_if_not_exists(database))
    container = await calls.steadily(
        lambda: home.create_container_if_not_exists(
            CONTAINER["id"],
            PartitionKey(CONTAINER["partitionKey"]["paths"], kind="MultiHash"),
            indexing_policy=CONTAINER["indexingPolicy"],
            default_ttl=CONTAINER["defaultTtl"],
        )
    )
    await calls.steadily(container.read)
    return container


def _sentence(error: AzureError, database: str) -> str:
    match status_of(error):
        case 401 | 403:
            return f"Cosmos DB does not let this identity use the database {database}: give it a data role."
        case 404:
            return (
                f"Cosmos DB has no container {CONTAINER['id']} in a database {database}: deploy infra/ first."
            )
        case int(status) if status >= HTTPStatus.BAD_REQUEST:
            return f"Cosmos DB cannot be used (status {status})."
        case _:  # no answer, or half of one
            return "Cosmos DB cannot be reached."
