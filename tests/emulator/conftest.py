"""Fixtures: the emulator as a process of its own, a fault proxy before it, and containers.

With COSMOS_TEST_ENDPOINT and COSMOS_TEST_KEY set, the behaviour checks run against that account
instead. A database with a random name is created there and deleted at the end;
COSMOS_TEST_THROUGHPUT (for example 400) gives it shared throughput, leave it unset for serverless.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy

from tests.emulator.servers import EMULATOR_KEY, Faults, running

NewContainer = Callable[..., Awaitable[ContainerProxy]]

# The client and its containers are made once for the whole module; they and the tests share an event loop.
module_fixture = pytest_asyncio.fixture(scope="module", loop_scope="module")


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """Address of an emulator with authorization switched on."""
    with running("minicosmos", "--auth", EMULATOR_KEY) as address:
        yield address


@pytest.fixture(scope="session")
def account(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Address and key of the account under test: the one named in the environment, or the emulator."""
    if endpoint := os.environ.get("COSMOS_TEST_ENDPOINT"):
        return endpoint, os.environ["COSMOS_TEST_KEY"]
    return str(request.getfixturevalue("emulator")), EMULATOR_KEY


@module_fixture
async def client(account: tuple[str, str]) -> AsyncIterator[CosmosClient]:
    async with CosmosClient(*account) as opened:
        yield opened


@module_fixture
async def database(client: CosmosClient) -> AsyncIterator[DatabaseProxy]:
    name = f"test-{uuid.uuid4().hex[:8]}"
    throughput = int(os.environ.get("COSMOS_TEST_THROUGHPUT", "0")) or None
    yield await client.create_database(name, offer_throughput=throughput)
    await client.delete_database(name)


@pytest.fixture(scope="module")
def new_container(database: DatabaseProxy) -> NewContainer:
    """Creates a container by name and partition key, and fills it."""

    async def create(name: str, key: PartitionKey, *items: dict[str, Any], **options: Any) -> ContainerProxy:
        container = await database.create_container(name, key, **options)
        for item in items:
            await container.create_item(item)
        return container

    return create


@module_fixture
async def items(new_container: NewContainer) -> ContainerProxy:
    """Partition key /pk."""
    return await new_container("items", PartitionKey("/pk"))


@module_fixture
async def nested(new_container: NewContainer) -> ContainerProxy:
    """Partition key /meta/pk."""
    return await new_container("nested", PartitionKey("/meta/pk"))


@module_fixture
async def runs(new_container: NewContainer) -> ContainerProxy:
    """Hierarchical partition key /tenant, /run; item ``doc`` in the runs Ax, Ay, Bx and By."""
    filled = [
        {"id": "doc", "tenant": tenant, "run": name, "value": tenant + name}
        for tenant in "AB"
        for name in "xy"
    ]
    return await new_container("runs", PartitionKey(["/tenant", "/run"], kind="MultiHash"), *filled)


@module_fixture
async def catalogue(new_container: NewContainer) -> ContainerProxy:
    """Thirty items i00..i29 spread over the keys p0, p1 and p2."""
    filled = [
        {"id": f"i{n:02d}", "pk": f"p{n % 3}", "n": n, "name": f"name-{n:02d}", "tags": [f"t{n % 2}", "all"]}
        for n in range(30)
    ]
    return await new_container("catalogue", PartitionKey("/pk"), *filled)


@module_fixture
async def feed(new_container: NewContainer) -> ContainerProxy:
    """Items f0, f1 and f2 with the key p, for the change feed."""
    filled = [{"id": f"f{n}", "pk": "p"} for n in range(3)]
    return await new_container("feed", PartitionKey("/pk"), *filled)


@module_fixture
async def expiring(new_container: NewContainer) -> ContainerProxy:
    """A default ttl of one second, which has passed, and three items with different ttl."""
    filled: list[dict[str, Any]] = [
        {"id": "default", "pk": "p"},
        {"id": "never", "pk": "p", "ttl": -1},
        {"id": "later", "pk": "p", "ttl": 500},
    ]
    container = await new_container("expiring", PartitionKey("/pk"), *filled, default_ttl=1)
    await asyncio.sleep(2.3)
    return container


@pytest.fixture
def pk() -> str:
    """A partition of one's own."""
    return f"pk-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def faults(emulator: str) -> Iterator[Faults]:
    """A fault proxy with one container behind it, shared by all checks: each sets its own rules."""

    async def prepare() -> None:
        async with CosmosClient(emulator, EMULATOR_KEY) as client:
            database = await client.create_database("faults")
            await database.create_container("items", PartitionKey("/pk"))

    asyncio.run(prepare())
    with running("faultproxy", "--backend", emulator) as address:
        yield Faults(address, "faults/items")
