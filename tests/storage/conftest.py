"""The stores under test: SQLite, Cosmos DB as two imitations have it, and a real account if one is named."""

import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from azure.cosmos.aio import CosmosClient

from orchestration.ports import Store
from storage.cosmos import CosmosStore
from storage.sqlite import SqliteStore
from tests.emulator.servers import EMULATOR_KEY, running
from tests.storage.flat import flat_store

NewStore = Callable[[], Awaitable[Store]]

WITH_BATCHES = ["sqlite", "cosmos", *(["account"] if os.environ.get("COSMOS_TEST_ENDPOINT") else [])]
BACKENDS = [*WITH_BATCHES, "vercel"]


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """Address of an emulator of its own."""
    with running("minicosmos", "--auth", EMULATOR_KEY) as address:
        yield address


@pytest.fixture(params=BACKENDS)
async def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[NewStore]:
    """Opens one more store on the same data, as another replica does."""
    database, stores = f"test-{uuid.uuid4().hex[:8]}", list[Store]()
    account = None if request.param == "sqlite" else _account(request)

    def make() -> Store:
        if account is None:
            return SqliteStore(tmp_path / "runs.db")
        if request.param == "vercel":
            return flat_store(account[0], database)
        return CosmosStore(CosmosClient(*account), database, create=True)

    async def open_one() -> Store:
        store = make()
        stores.append(store)
        await store.open()
        return store

    yield open_one
    for store in stores:
        await store.close()
    if account:
        async with CosmosClient(*account) as client:
            await client.delete_database(database)


@pytest.fixture
async def store(new_store: NewStore) -> Store:
    return await new_store()


def _account(request: pytest.FixtureRequest) -> tuple[str, str]:
    if request.param == "account":
        return os.environ["COSMOS_TEST_ENDPOINT"], os.environ["COSMOS_TEST_KEY"]
    server = "vercel" if request.param == "vercel" else "emulator"
    return request.getfixturevalue(server), EMULATOR_KEY
