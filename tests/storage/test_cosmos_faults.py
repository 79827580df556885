"""The Cosmos store when requests fail: what is stored in the end, and what callers are told."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.cosmos.aio import CosmosClient

from orchestration.book import Book, life
from orchestration.errors import ConflictError, SignoffError, StoreUnavailableError
from orchestration.model import Absence, Event, Person, Place, Profile
from storage.cosmos import CosmosStore
from tests.emulator.servers import EMULATOR_KEY, Faults, running
from tests.storage.samples import JON, MIA, NOW, TENANT, a_checkpoint, later, opened

LOST = [{"reset": "after"}, {"reset": "mid"}, {"truncate": 20}]
SILENT = {"fault": {"hang_s": 30}}


@pytest.fixture(scope="module")
def proxy(emulator: str) -> Iterator[Faults]:
    with running("faultproxy", "--backend", emulator) as address:
        yield Faults(address, "unused/unused")


@pytest.fixture
def database() -> str:
    """Its own for each test."""
    return f"faults-{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def direct(emulator: str, database: str) -> AsyncIterator[CosmosStore]:
    """A store that no fault reaches: another replica, and what is really stored."""
    store = CosmosStore(CosmosClient(emulator, EMULATOR_KEY), database, create=True)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def store(direct: CosmosStore, proxy: Faults, database: str) -> AsyncIterator[CosmosStore]:
    """A store behind the proxy, with a short deadline, on what `direct` has created."""
    assert await direct.ready()
    await proxy.inject()
    store = CosmosStore(CosmosClient(proxy.address, EMULATOR_KEY), database, create=False, deadline=4)
    await store.open()
    yield store
    await proxy.inject()
    await store.close()


@pytest.fixture
async def hasty(store: CosmosStore, proxy: Faults, database: str) -> AsyncIterator[CosmosStore]:
    """The same with a deadline of one second."""
    assert await store.ready()
    hasty = CosmosStore(CosmosClient(proxy.address, EMULATOR_KEY), database, create=False, deadline=1)
    await hasty.open()
    yield hasty
    await proxy.inject()
    await hasty.close()


@asynccontextmanager
async def a_free_loop() -> AsyncIterator[None]:
    """Fails when the event loop stood still meanwhile."""
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)

    ticking = asyncio.create_task(tick())
    yield
    ticking.cancel()
    assert longest < 0.5


def stepped(book: Book) -> Book:
    """One superstep further, with a line in the audit trail."""
    number, event = book.next_number, Event(book.run.events + 1, NOW, "step")
    book = life.progressed(book, a_checkpoint(number), "graph", [], frozenset())
    return replace(book, run=replace(book.run, events=event.number), news=(event,))


async def check_stored_once(direct: CosmosStore, book: Book, *, version: int, events: int) -> None:
    assert book.run.version == version
    assert await direct.read(book.run.key) == book
    assert len(await direct.history(book.run.key)) == events


@pytest.mark.parametrize("fault", LOST, ids=str)
async def test_a_write_whose_answer_was_lost_succeeds_once(store, direct, proxy, fault):
    book = await store.write(None, opened())
    await proxy.inject({"op": "batch", "count": 1, "fault": fault})
    book = await store.write(book, stepped(book))
    await check_stored_once(direct, book, version=2, events=2)
    book = await store.write(book, stepped(book))
    await check_stored_once(direct, book, version=3, events=3)


@pytest.mark.parametrize("fault", LOST, ids=str)
async def test_a_new_run_whose_answer_was_lost_is_created_once(store, direct, proxy, fault):
    await proxy.inject({"op": "batch", "count": 1, "fault": fault})
    book = await store.write(None, opened())
    await check_stored_once(direct, book, version=1, events=1)


@pytest.mark.parametrize("fault", [*LOST, {"status": 449}, {"status": 503}], ids=str)
async def test_a_superstep_whose_answer_was_lost_is_saved_once(store, direct, proxy, fault):
    book = await store.write(None, opened())
    book = await store.write(book, life.claimed(book, "worker-1", NOW))
    await proxy.inject({"op": "create", "count": 1, "fault": fault})
    after = await store.write(book, life.progressed(book, a_checkpoint(2), "", [], frozenset()))
    assert (after.run.version, after.run.sequence) == (book.run.version, 2)
    assert await direct.read(book.run.key) == after
    with pytest.raises(ConflictError):
        await direct.write(book, life.progressed(book, a_checkpoint(2, b"other"), "", [], frozenset()))


async def test_a_lost_write_is_recognised_when_others_have_written_since(store, direct, proxy):
    book = await store.write(None, opened())
    await proxy.inject(
        {"op": "batch", "count": 1, "fault": {"reset": "after"}},
        {"op": "read", "count": 1, "fault": {"delay_ms": 600}},
    )
    writing = asyncio.create_task(store.write(book, stepped(book)))
    mine = await until_version(direct, book, 2)
    theirs = await direct.write(mine, life.claimed(mine, "other", NOW))
    assert (await writing).run.version == 2
    assert await direct.read(book.run.key) == theirs
    with pytest.raises(ConflictError):
        await store.write(mine, stepped(mine))


async def test_a_repeated_write_still_depends_on_the_version(store, direct, proxy):
    """azure-cosmos takes the etag out of the operations that it is given."""
    book = await store.write(None, opened())
    await proxy.inject(
        {"op": "batch", "count": 1, "fault": {"status": 449}},
        {"op": "read", "count": 1, "fault": {"delay_ms": 600}},
    )
    writing = asyncio.create_task(store.write(book, stepped(book)))
    await asyncio.sleep(0.2)
    theirs = await direct.write(book, life.claimed(book, "other", NOW))
    with pytest.raises(ConflictError):
        await writing
    assert await direct.read(book.run.key) == theirs


async def until_version(direct: CosmosStore, book: Book, version: int) -> Book:
    while True:
        read = await direct.read(book.run.key)
        if read and read.run.version == version:
            return read
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("status", [408, 410, 429, 449, 500, 503])
async def test_passing_trouble_is_outlasted(store, direct, proxy, status):
    book = await store.write(None, opened())
    fault = {"status": status, "sub": 3200 if status == 429 else 0, "retry_after_ms": 20}
    await proxy.inject({"op": "batch|read|query", "count": 3, "fault": fault})
    book = await store.write(book, stepped(book))
    await check_stored_once(direct, book, version=2, events=2)
    await proxy.inject({"op": "batch|read|query", "count": 3, "fault": fault})
    assert await store.read(book.run.key) == book
    assert [run.id for run in await store.runs_of(TENANT, MIA.id, 5)] == [book.run.id]


async def test_a_long_text_survives_trouble_with_its_parts(store, direct, proxy):
    text = uuid.uuid4().hex + "".join(chr(33 + n * 7919 % 9000) for n in range(700_000))
    await proxy.inject({"op": "upsert", "p": 0.5, "count": 4, "fault": {"reset": "after"}})
    book = await store.write(None, replace(opened(), texts={"input": text}))
    await proxy.inject({"op": "read", "count": 2, "fault": {"status": 503}})
    assert await store.text(book.run.key, "input") == text
    assert await direct.text(book.run.key, "input") == text


async def test_a_storm_of_faults_loses_and_repeats_nothing(store, direct, proxy):
    await proxy.inject(
        {"op": "batch", "p": 0.3, "fault": {"reset": "after"}},
        {"op": "batch|read", "p": 0.15, "fault": {"status": 449}},
        {"op": "batch", "p": 0.1, "fault": {"status": 429, "sub": 3200, "retry_after_ms": 5}},
        {"op": "batch|read", "p": 0.1, "fault": {"reset": "mid"}},
    )
    book = await store.write(None, opened())
    for _ in range(12):
        book = await store.write(book, stepped(book))
    await check_stored_once(direct, book, version=13, events=13)


async def test_a_silent_server_is_given_up_on_in_time(hasty, direct, proxy):
    book = await hasty.write(None, opened())
    await proxy.inject(SILENT)
    async with asyncio.timeout(5), a_free_loop():
        with pytest.raises(StoreUnavailableError):
            await hasty.write(book, stepped(book))
    assert await direct.read(book.run.key) == book
    assert not await hasty.ready()
    await proxy.inject()
    assert await hasty.ready()
    await check_stored_once(direct, await hasty.write(book, stepped(book)), version=2, events=2)


@pytest.mark.parametrize(
    "fault", [{"hang_s": 30}, {"status": 503}, {"reset": "before"}, {"status": 403}], ids=str
)
async def test_reading_is_given_up_on_in_time(hasty, proxy, fault):
    await proxy.inject({"fault": fault})
    async with asyncio.timeout(5), a_free_loop():
        with pytest.raises(StoreUnavailableError):
            await hasty.read(opened().run.key)


async def test_one_silence_is_outlasted(store, direct, proxy):
    book = await store.write(None, opened())
    await proxy.inject({"op": "batch", "count": 1, **SILENT})
    async with asyncio.timeout(8), a_free_loop():
        book = await store.write(book, stepped(book))
    await check_stored_once(direct, book, version=2, events=2)


async def test_parts_of_a_write_that_failed_are_never_read(hasty, direct, proxy):
    long = uuid.uuid4().hex * 20_000
    book = await hasty.write(None, opened())
    await proxy.inject({"op": "batch", "fault": {"status": 503}})
    with pytest.raises(StoreUnavailableError):
        await hasty.write(book, replace(book, texts={"result": long}))
    assert await direct.read(book.run.key) == book
    assert await direct.text(book.run.key, "result") is None


async def test_a_switch_whose_answer_was_lost_counts_once(store, direct, proxy):
    await direct.set_notices(TENANT, "there", wanted=True)
    await proxy.inject({"op": "batch", "count": 1, "fault": {"reset": "after"}})
    await store.set_notices(TENANT, "here", wanted=True)
    assert list(await direct.notice_places(TENANT)) == ["there", "here"]


async def test_a_write_is_one_request(store, proxy):
    book = await store.write(None, opened())
    await proxy.inject({"fault": {}})
    for _ in range(3):
        book = await store.write(book, stepped(book))
    assert await proxy.seen() == 3


async def test_remembering_a_known_place_writes_nothing(store, proxy):
    place = Place(TENANT, "here", "personal", "{}", MIA.id)
    await store.remember(place)
    await proxy.inject({"op": "upsert|create|replace|batch", "fault": {"status": 503}})
    await store.remember(place)


async def test_a_chat_that_was_half_remembered_is_remembered_with_the_next_message(store, direct, proxy):
    place = Place(TENANT, "here", "personal", "{}", MIA.id)
    await proxy.inject({"op": "upsert", "skip": 1, "fault": {"status": 403}})
    with pytest.raises(StoreUnavailableError):
        await store.remember(place)
    await proxy.inject()
    await store.remember(place)
    assert await direct.place(TENANT, "here") == place
    assert await direct.personal_place(TENANT, MIA.id) == place


async def test_a_person_of_whom_nothing_is_new_costs_no_write(store, proxy):
    profile = Profile(MIA, "29:mia", "Europe/Berlin")
    await store.know(profile)
    await proxy.inject({"op": "upsert|create|replace|batch", "fault": {"status": 503}})
    await store.know(profile)
    await store.know(Profile(MIA))


async def test_a_person_who_was_half_remembered_is_remembered_the_next_time(store, direct, proxy):
    profile = Profile(MIA, "29:mia", "Europe/Berlin")
    await proxy.inject({"op": "upsert", "skip": 1, "fault": {"status": 403}})
    with pytest.raises(StoreUnavailableError):
        await store.know(profile)
    assert await direct.addressed(TENANT, "29:mia") is None
    await proxy.inject()
    await store.know(profile)
    assert await direct.addressed(TENANT, "29:mia") == profile


async def test_an_absence_that_was_half_written_does_not_count(store, direct, proxy):
    zoe = Person(TENANT, "zoe-object-id", "Zoe")
    before = Absence(TENANT, MIA.id, JON, NOW, later(9), MIA)
    await store.away(before)
    await proxy.inject({"op": "upsert", "skip": 1, "fault": {"status": 403}})
    with pytest.raises(StoreUnavailableError):
        await store.away(replace(before, deputy=zoe))
    assert await direct.absence(TENANT, MIA.id, NOW) == before
    assert list(await direct.represented(TENANT, JON.id, NOW)) == [MIA.id]
    assert list(await direct.represented(TENANT, zoe.id, NOW)) == []


# ---- opening ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [*LOST, {"reset": "before"}, {"status": 500}, {"status": 449}], ids=str)
@pytest.mark.parametrize("op", ["account", "meta"])
async def test_half_an_answer_at_the_start_is_asked_for_again(proxy, op, fault):
    await proxy.inject({"op": op, "count": 2, "fault": fault})
    database = f"faults-{uuid.uuid4().hex[:8]}"
    store = CosmosStore(CosmosClient(proxy.address, EMULATOR_KEY), database, create=True, deadline=4)
    try:
        await store.open()
        assert await store.ready()
    finally:
        await proxy.inject()
        await store.close()


async def test_an_account_that_answers_by_halves_only_is_one_sentence(proxy):
    await proxy.inject({"fault": {"truncate": 20}})
    assert await opening(proxy.address, "some") == "Cosmos DB cannot be reached."


async def opening(address: str, database: str) -> str:
    """The sentence with which opening fails."""
    store = CosmosStore(CosmosClient(address, EMULATOR_KEY), database, create=False, deadline=1)
    try:
        async with asyncio.timeout(8), a_free_loop():
            with pytest.raises(SignoffError) as caught:
                await store.open()
    finally:
        await store.close()
    return str(caught.value)


async def test_a_missing_container_is_one_sentence(emulator):
    sentence = await opening(emulator, "missing")
    assert sentence == "Cosmos DB has no container signoff in a database missing: deploy infra/ first."


async def test_a_refusal_is_one_sentence(proxy):
    await proxy.inject({"op": "meta", "fault": {"status": 403}})
    assert "give it a data role" in await opening(proxy.address, "some")


async def test_a_silent_account_is_one_sentence(proxy):
    await proxy.inject(SILENT)
    assert await opening(proxy.address, "some") == "Cosmos DB did not answer within 1 seconds."


async def test_an_account_that_is_not_there_is_one_sentence():
    assert "Cosmos DB" in await opening("http://127.0.0.1:9/", "some")


# ---- time to live -----------------------------------------------------------------------------


async def test_what_belongs_to_a_run_vanishes_by_itself_and_nothing_else_does(emulator: str, database: str):
    client = CosmosClient(emulator, EMULATOR_KEY)
    store = CosmosStore(client, database, create=True, time_to_live=timedelta(days=400))
    await store.open()
    book = await store.write(None, opened())
    book = await store.write(book, life.claimed(book, "worker-1", NOW))
    await store.write(book, life.progressed(book, a_checkpoint(2), "", [], frozenset()))
    await store.keep(book.run.key, {"digest": bytes(600_000)})  # in parts
    await store.remember(Place(TENANT, "19:chat", "groupChat", "{}"))
    await store.know(Profile(Person(TENANT, "ann", "Ann")))
    await store.beat("worker-1", NOW)
    container = client.get_database_client(database).get_container_client("signoff")
    items = [item async for item in container.query_items("SELECT c.run, c.ttl FROM c")]
    of_runs = [item for item in items if item["run"].startswith("run-")]
    assert len(of_runs) > 5
    assert {item.get("ttl") for item in of_runs} == {400 * 24 * 3600}
    assert {item.get("ttl") for item in items if item not in of_runs} == {None}
    await store.close()
