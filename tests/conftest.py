"""Fixtures that many folders use: stores, open and empty."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.cosmos.aio import CosmosClient

from storage.cosmos import CosmosStore
from storage.sqlite import SqliteStore
from tests.emulator.minicosmos import MiniCosmos
from tests.emulator.servers import running_vercel


@pytest.fixture(autouse=True)
def no_task_dies_unseen(caplog: pytest.LogCaptureFixture):
    """An exception that nobody awaits is only logged by asyncio: here it fails the test."""
    yield
    gc.collect(1)  # the young ones: all of it for each test would take longer than the tests
    for phase in ("setup", "call"):
        lost = [record.getMessage() for record in caplog.get_records(phase) if record.name == "asyncio"]
        assert not [message for message in lost if "never retrieved" in message], lost


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


@pytest.fixture(scope="session")
def vercel() -> Iterator[str]:
    """Address of a Cosmos DB look-alike that is not ours."""
    with running_vercel() as address:
        yield address


@pytest.fixture(params=["sqlite", "cosmos"])
def any_store(request: pytest.FixtureRequest):
    """Each store in turn."""
    return request.getfixturevalue("store" if request.param == "sqlite" else "cosmos")
