"""Fixtures that many folders use: stores, open and empty."""

from pathlib import Path

import pytest
from azure.cosmos.aio import CosmosClient

from storage.cosmos import CosmosStore
from storage.sqlite import SqliteStore
from tests.emulator.minicosmos import MiniCosmos


@pytest.fixture
async def store(tmp_path: Path):
    """An empty SQLite store."""
    opened = SqliteStore(tmp_path / "signoff.db")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def cosmos():
    """An empty Cosmos DB store, over HTTP."""
    async with MiniCosmos() as server:
        opened = CosmosStore(CosmosClient(server.url, "eA=="), "signoff", create=True)
        await opened.open()
        yield opened
        await opened.close()


@pytest.fixture(params=["sqlite", "cosmos"])
def any_store(request: pytest.FixtureRequest):
    """Each store in turn."""
    return request.getfixturevalue("store" if request.param == "sqlite" else "cosmos")
