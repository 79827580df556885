"""Limits of models that hold over all workers: quotas of tenants, calls at one time, workers that die."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from agent_framework import Agent
from agent_framework.exceptions import ChatClientException
from azure.cosmos.aio import CosmosClient

from orchestration.agents.assembly import assigned
from orchestration.agents.holding import Pace
from orchestration.agents.models import Model
from orchestration.agents.portions import Portion
from orchestration.agents.roles import Instance, Models, Quota, Role
from orchestration.clock import Clock, system_clock
from orchestration.errors import QuotaUsedUpError
from orchestration.idempotency import Working
from orchestration.limits import is_transient
from orchestration.ports import Store
from storage.cosmos import CosmosStore
from storage.sqlite import SqliteStore
from tests.emulator.minicosmos import MiniCosmos
from tests.fakes.openai import FakeOpenAI, refuse, say
from tests.orchestration.agents.test_assignment import Gate
from tests.storage.samples import OTHER, TENANT, a_run

FAST = Pace(lease=15.0, renew=0.1, look=0.02, wait=0.01)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(params=["sqlite", "cosmos"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """Two stores on the same data, as two workers have them."""
    async with AsyncExitStack() as stack:
        if request.param == "sqlite":
            pair = SqliteStore(tmp_path / "runs.db"), SqliteStore(tmp_path / "runs.db")
        else:
            url = (await stack.enter_async_context(MiniCosmos())).url
            pair = tuple(CosmosStore(CosmosClient(url, "eA=="), "signoff", create=True) for _ in range(2))
        for store in pair:
            stack.push_async_callback(store.close)
            await store.open()
        yield pair


@asynccontextmanager
async def worker(
    store: Store, server: FakeOpenAI, *, at_once: int = 0, clock: Clock = system_clock, **quotas: Quota
) -> AsyncIterator[Model]:
    models = Models(
        {"one": Instance("local", "m", f"{server.url}/v1", at_once=at_once)},
        {"default": Role(("one",))},
        quotas={TENANT: quotas.get("mine", Quota()), OTHER: quotas.get("others", Quota())},
    )
    model = assigned(models, {}, azure_credential=None, loads=store, clock=clock, pace=FAST)
    try:
        yield model
    finally:
        await model.aclose()


async def ask(model: Model, tenant: str = TENANT) -> str:
    """Ask in a run of this tenant; return the answer, or why there is none for today."""

    async def step() -> str:
        Working(a_run(tenant=tenant))
        try:
            return (await Agent(client=model.client).run("Hello")).text
        except QuotaUsedUpError as error:
            return str(error)

    return await asyncio.create_task(step())


def portion(store: Store, quota: Quota, clock: Clock = system_clock, name: str = "w") -> Portion:
    return Portion(store, tenant=TENANT, name="limit", quota=quota, worker=name, clock=clock, pace=FAST)


# ---- quotas of a day ----------------------------------------------------------------------------


async def test_calls_of_a_day_are_exact_over_two_workers_and_for_each_tenant(
    stores: tuple[Store, Store],
) -> None:
    quotas = {"mine": Quota(calls_per_day=21), "others": Quota(calls_per_day=9)}
    async with FakeOpenAI() as server, AsyncExitStack() as stack:
        models = [await stack.enter_async_context(worker(store, server, **quotas)) for store in stores]
        asks = [(models[number % 2], (TENANT, OTHER)[number // 2 % 2]) for number in range(80)]
        said = await asyncio.gather(*(ask(model, tenant) for model, tenant in asks))
        answers = Counter(
            tenant for (_, tenant), text in zip(asks, said, strict=True) if text == "You said: Hello"
        )
    assert answers == {TENANT: 21, OTHER: 9}
    assert len(server.asked) == 30
    refused = {text for text in said if text != "You said: Hello"}
    assert all(text.startswith("The models may be asked ") for text in refused)
    assert not any(tenant in text for text in refused for tenant in (TENANT, OTHER))


async def test_tokens_of_a_day_are_not_exceeded_over_two_workers(stores: tuple[Store, Store]) -> None:
    quota, answer = Quota(tokens_per_day=12_000), say("Yes.", tokens=(700, 300))
    async with FakeOpenAI(*[answer] * 99) as server, AsyncExitStack() as stack:
        models = [await stack.enter_async_context(worker(store, server, mine=quota)) for store in stores]
        said = await asyncio.gather(*(ask(models[number % 2]) for number in range(30)))
    # The last one is refused because it might take a little more than what is left.
    assert Counter(said)["Yes."] == 11
    assert "too little of that is left" in said[-1]


async def test_a_quota_that_is_used_up_says_when_it_is_free_again_and_then_it_is(store: SqliteStore) -> None:
    now = [datetime(2026, 11, 21, 19, 10, tzinfo=UTC)]
    async with (
        FakeOpenAI() as server,
        worker(store, server, mine=Quota(calls_per_day=2), clock=lambda: now[0]) as model,
    ):
        assert [await ask(model) for _ in range(2)] == ["You said: Hello"] * 2
        assert await ask(model) == (
            "The models may be asked 2 times a day, and that is used up. They can be asked again from "
            "22 November 2026, 00:00 UTC, which is in about 5 hours."
        )
        now[0] += timedelta(hours=5)
        assert [await ask(model) for _ in range(2)] == ["You said: Hello"] * 2
        assert "used up" in await ask(model)


async def test_clocks_that_differ_at_midnight_give_nobody_more(stores: tuple[Store, Store]) -> None:
    midnight, ahead = datetime(2026, 11, 22, tzinfo=UTC), timedelta(seconds=-10)

    def clock(skew: float) -> Clock:
        return lambda: midnight + ahead + timedelta(seconds=skew)

    quota = Quota(calls_per_day=40)
    early, late = (
        portion(store, quota, clock(skew), name=str(skew)) for store, skew in zip(stores, (1, 0), strict=True)
    )
    early.end(await early.turn(), 1)
    late.end(await late.turn(), 1)
    ahead = timedelta(seconds=-0.5)  # the next day has begun for one of them
    made = 0

    async def until_used_up() -> None:
        nonlocal made
        while True:
            for each in (early, late):
                each.end(await each.turn(), 1)
                made += 1

    with pytest.raises(QuotaUsedUpError):
        await until_used_up()
    # What the late one had in its hand of the old day belongs to that day.
    assert 40 <= made <= 40 + 5
    ahead = timedelta(seconds=3)
    for each in (early, late):
        with pytest.raises(QuotaUsedUpError):
            await each.turn()
    load = await stores[0].load(TENANT, "limit")
    assert load
    assert (load.day, load.calls) == ("2026-11-22", 40)
    await asyncio.gather(early.close(), late.close())


async def test_what_is_used_up_today_is_not_tried_again_by_itself() -> None:
    assert not is_transient(QuotaUsedUpError("Tomorrow."))


async def test_a_call_without_an_answer_takes_nothing_of_the_day(store: SqliteStore) -> None:
    async with (
        FakeOpenAI(refuse(400), refuse(400)) as server,
        worker(store, server, mine=Quota(calls_per_day=1, tokens_per_day=5_000)) as model,
    ):
        for _ in range(2):
            with pytest.raises(ChatClientException):
                await ask(model)
        assert await ask(model) == "You said: Hello"
        assert "used up" in await ask(model)


async def test_what_a_worker_took_and_did_not_use_another_one_gets(stores: tuple[Store, Store]) -> None:
    one, two = (portion(store, Quota(calls_per_day=80), name=str(n)) for n, store in enumerate(stores))
    one.end(await one.turn(), 1)
    for _ in range(79):
        two.end(await two.turn(), 1)
    with pytest.raises(QuotaUsedUpError):
        await two.turn()
    await asyncio.gather(one.close(), two.close())


async def test_outside_of_a_run_there_is_no_quota(store: SqliteStore) -> None:
    async with FakeOpenAI() as server, worker(store, server, mine=Quota(calls_per_day=1)) as model:
        for _ in range(3):
            assert (await Agent(client=model.client).run("Hello")).text == "You said: Hello"


# ---- calls at one time ----------------------------------------------------------------------------


async def test_two_workers_together_ask_a_model_no_more_often_at_one_time_than_it_may(
    stores: tuple[Store, Store],
) -> None:
    gate = Gate()
    async with FakeOpenAI(*[gate] * 60) as server, AsyncExitStack() as stack:
        models = [await stack.enter_async_context(worker(store, server, at_once=3)) for store in stores]
        calls = [asyncio.create_task(ask(models[number % 2])) for number in range(24)]
        await gate.full(3)
        await asyncio.sleep(0.3)
        assert gate.waiting == 3
        gate.opened.set()
        assert await asyncio.gather(*calls) == ["You said: Hello"] * 24
        assert gate.most == 3


async def test_a_worker_that_keeps_all_places_busy_leaves_some_to_another_one(
    stores: tuple[Store, Store],
) -> None:
    one, two = (portion(store, Quota(at_once=2), name=str(n)) for n, store in enumerate(stores))
    over = asyncio.Event()

    async def busy() -> None:
        while not over.is_set():
            grant = await one.turn()
            await asyncio.sleep(0.02)
            one.end(grant, 1)

    crowd = [asyncio.create_task(busy()) for _ in range(4)]
    await asyncio.sleep(0.1)
    for _ in range(3):
        async with asyncio.timeout(10):
            two.end(await two.turn(), 1)
    over.set()
    await asyncio.gather(*crowd)
    await asyncio.gather(one.close(), two.close())


async def test_tenants_do_not_wait_for_each_other(store: SqliteStore) -> None:
    gate = Gate()
    async with (
        FakeOpenAI(gate) as server,
        worker(store, server, mine=Quota(at_once=1), others=Quota(at_once=1)) as model,
    ):
        calls = [asyncio.create_task(ask(model)) for _ in range(2)]
        await gate.full(1)
        assert await ask(model, OTHER) == "You said: Hello"
        assert not any(call.done() for call in calls)
        gate.opened.set()
        await asyncio.gather(*calls)


VICTIM = """
import asyncio, sys
from orchestration.agents.roles import Quota
from orchestration.agents.holding import Pace
from orchestration.agents.portions import Portion
from orchestration.clock import system_clock
from storage.sqlite import SqliteStore

async def main():
    store = SqliteStore(sys.argv[1])
    await store.open()
    quota = Quota(at_once=2, calls_per_day=10)
    pace = Pace(lease=3.0, renew=0.1)
    portion = Portion(store, tenant="{tenant}", name="limit", quota=quota, worker="victim",
                  clock=system_clock, pace=pace)
    for _ in range(2):
        await portion.turn()
    print("held", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_the_places_of_a_killed_worker_come_back_and_its_calls_stay_used(tmp_path: Path) -> None:
    database = tmp_path / "runs.db"
    victim = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", VICTIM.replace("{tenant}", TENANT), str(database)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert victim.stdout
    assert await victim.stdout.readline() == b"held\n"
    store = SqliteStore(database)
    await store.open()
    survivor = portion(store, Quota(at_once=2, calls_per_day=10), name="survivor")
    await asyncio.sleep(0.5)
    assert await survivor.begin() is None  # the victim renews its lease
    victim.kill()
    await victim.wait()
    async with asyncio.timeout(20):
        grants = [await survivor.turn(), await survivor.turn()]
    for grant in grants:
        survivor.end(grant, 1)
    for _ in range(6):
        survivor.end(await survivor.turn(), 1)
    with pytest.raises(QuotaUsedUpError):
        await survivor.turn()
    await survivor.close()
    await store.close()


async def test_a_worker_that_stops_gives_everything_back_at_once(stores: tuple[Store, Store]) -> None:
    quota = Quota(at_once=1, calls_per_day=16, tokens_per_day=90_000)
    one, two = (portion(store, quota, name=str(n)) for n, store in enumerate(stores))
    one.end(await one.turn(1_000), 400)
    await one.close()
    load = await stores[1].load(TENANT, "limit")
    assert load
    assert (load.calls, load.tokens, load.leases) == (1, 400, ())
    assert await two.begin(1_000)
    await two.close()


async def test_a_worker_without_calls_gives_everything_back_by_itself(store: SqliteStore) -> None:
    idle = portion(store, Quota(at_once=4, calls_per_day=100))
    idle.end(await idle.turn(), 1)
    async with asyncio.timeout(5):
        while (load := await store.load(TENANT, "limit")) is None or load.leases:
            await asyncio.sleep(0.05)
    assert load.calls == 1
    idle.end(await idle.turn(), 1)  # and begins again when it must
    await idle.close()


async def test_a_lease_that_ran_out_is_not_relied_on(store: SqliteStore) -> None:
    ahead = timedelta()
    one = portion(store, Quota(at_once=1), clock=lambda: datetime.now(UTC) + ahead, name="one")
    two = portion(store, Quota(at_once=1), clock=lambda: datetime.now(UTC) + ahead, name="two")
    slow = await one.turn()
    one._renewing.cancel()  # type: ignore[union-attr] - it is frozen
    assert await two.begin() is None
    ahead = timedelta(seconds=20)
    other = await two.turn()
    one.end(slow, 1)
    assert await one.begin() is None
    two.end(other, 1)
    await asyncio.gather(one.close(), two.close())
