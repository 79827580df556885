"""The container: its definition, which infra/cosmos.bicep has too, and opening it or saying why not."""

import asyncio
from typing import Any

from azure.core.exceptions import AzureError
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient

from orchestration.errors import SignoffError
from storage.cosmos.calls import status_of

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
        ],
        "excludedPaths": [{"path": "/*"}, {"path": '/"_etag"/?'}],
    },
}


async def opened(client: CosmosClient, database: str, *, create: bool, deadline: float) -> ContainerProxy:
    """Return the container, reached once. Raises SignoffError with one sentence when that is impossible."""
    try:
        async with asyncio.timeout(deadline):
            await client.__aenter__()
            return await (_created(client, database) if create else _existing(client, database))
    except TimeoutError:
        raise SignoffError(f"Cosmos DB did not answer within {deadline:g} seconds.") from None
    except AzureError as error:
        raise SignoffError(_sentence(error, database)) from error


async def _existing(client: CosmosClient, database: str) -> ContainerProxy:
    container = client.get_database_client(database).get_container_client(CONTAINER["id"])
    await container.read()
    return container


async def _created(client: CosmosClient, database: str) -> ContainerProxy:
    home = await client.create_database_if_not_exists(database)
    container = await home.create_container_if_not_exists(
        CONTAINER["id"],
        PartitionKey(CONTAINER["partitionKey"]["paths"], kind="MultiHash"),
        indexing_policy=CONTAINER["indexingPolicy"],
        default_ttl=CONTAINER["defaultTtl"],
    )
    await container.read()
    return container


def _sentence(error: AzureError, database: str) -> str:
    match status_of(error):
        case 401 | 403:
            return f"Cosmos DB does not let this identity use the database {database}: give it a data role."
        case 404:
            return (
                f"Cosmos DB has no container {CONTAINER['id']} in a database {database}: deploy infra/ first."
            )
        case status:
            return (
                f"Cosmos DB cannot be used (status {status})." if status else "Cosmos DB cannot be reached."
            )
