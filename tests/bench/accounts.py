"""Both sides on an account of Cosmos DB: Signoff's store, and the framework's own checkpoint storage."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from agent_framework_azure_cosmos import CosmosCheckpointStorage
from azure.cosmos.aio import CosmosClient

from orchestration.ports import Store
from storage.cosmos import CosmosStore

KEY = "eA=="
"""Any key will do for the emulator."""
DATABASE = "signoff"


@asynccontextmanager
async def store_at(address: str) -> AsyncGenerator[Store]:
    """Signoff's store with a client of its own, connected."""
    store = CosmosStore(CosmosClient(address, KEY), DATABASE, create=True)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def storage_at(address: str) -> AsyncGenerator[CosmosCheckpointStorage]:
    """The framework's storage with a client of its own, connected."""
    async with CosmosClient(address, KEY) as client:
        storage = CosmosCheckpointStorage(
            cosmos_client=client, database_name="framework", container_name="checkpoints"
        )
        await storage.list_checkpoint_ids(workflow_name="none")
        yield storage
