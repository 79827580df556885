"""Signoff's records in one container of Azure Cosmos DB for NoSQL."""

from datetime import timedelta

from azure.cosmos.aio import CosmosClient

from storage.cosmos.container import CONTAINER
from storage.cosmos.shelf import CosmosShelf
from storage.records import RecordStore

__all__ = ["CONTAINER", "CosmosStore"]

DEADLINE = 10.0


class CosmosStore(RecordStore):
    """Implements orchestration.ports.Store. The client is the store's from now on, and closed with it.

    With `create`, database and container are made when they are missing, as the emulator needs it.
    `deadline` is how many seconds an operation may take, with all its repetitions. What belongs to a run
    vanishes `time_to_live` after it was last written, in case nobody deletes it: longer than runs are kept.
    """

    def __init__(
        self,
        client: CosmosClient,
        database: str,
        *,
        create: bool,
        deadline: float = DEADLINE,
        time_to_live: timedelta = timedelta(days=500),
    ) -> None:
        seconds = int(time_to_live.total_seconds())
        super().__init__(
            CosmosShelf(client, database, create=create, deadline=deadline, time_to_live=seconds)
        )
