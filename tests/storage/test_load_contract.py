"""What every store knows about limits that hold over all workers, whatever it keeps it in."""

import asyncio
from dataclasses import replace

import pytest

from orchestration.errors import ConflictError
from orchestration.model import Lease, Load
from orchestration.ports import Store
from tests.storage.conftest import NewStore
from tests.storage.samples import OTHER, TENANT, later

LOAD = Load(TENANT, "quota", "2026-11-21", 7, 900, (Lease("one", later(20), 2, 3, 400, wants=True),))


async def test_a_load_is_as_it_was_kept(new_store: NewStore):
    one, two = await new_store(), await new_store()
    assert await one.load(TENANT, "quota") is None
    await one.keep_load(LOAD)
    assert await two.load(TENANT, "quota") == replace(LOAD, version=1)
    assert await two.load(OTHER, "quota") is None
    assert await two.load(TENANT, "model-a|ü/?") is None


async def test_who_wrote_first_counts(new_store: NewStore):
    one, two = await new_store(), await new_store()
    await one.keep_load(LOAD)
    for store in (one, two):
        with pytest.raises(ConflictError):
            await store.keep_load(LOAD)
    first = replace(LOAD, version=1, calls=8)
    await two.keep_load(first)
    with pytest.raises(ConflictError):
        await one.keep_load(replace(first, calls=9))
    assert await one.load(TENANT, "quota") == replace(first, version=2)


async def test_of_many_writers_at_once_each_counts_once(new_store: NewStore):
    async def add(store: Store) -> None:
        for _ in range(4):
            while True:
                load = await store.load(TENANT, "quota") or Load(TENANT, "quota")
                try:
                    await store.keep_load(replace(load, calls=load.calls + 1))
                except ConflictError:
                    continue
                break

    stores = [await new_store() for _ in range(3)]
    await asyncio.gather(*(add(store) for store in stores))
    found = await stores[0].load(TENANT, "quota")
    assert found is not None
    assert (found.calls, found.version) == (12, 12)
