"""Signoff's records in one container of Azure Cosmos DB for NoSQL."""

from azure.cosmos.aio import CosmosClient

from storage.cosmos.container import CONTAINER
from storage.cosmos.shelf import CosmosShelf
from storage.records import RecordStore

__all__ = ["CONTAINER", "CosmosStore"]

DEADLINE = 10.0


class CosmosStore(RecordStore):
    """Implements orchestration.ports.Store. The client is the store's from now on, and closed with it.

    With `create`, database and container are made when they are missing, as the emulator needs it.
    `deadline` is how many seconds an operation may take, with all its repetitions.
    """

    def __init__(
        self, client: CosmosClient, database: str, *, create: bool, deadline: float = DEADLINE
    ) -> None:
        super().__init__(CosmosShelf(client, database, create=create, deadline=deadline))
