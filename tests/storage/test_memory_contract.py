"""What every store knows of agents' memories, and the limits that hold whoever writes."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import aiohttp
import pytest
from azure.cosmos.aio import CosmosClient

from orchestration.errors import ConflictError, InvalidInputError
from orchestration.memory import LARGEST, Remembering
from orchestration.model import MemoryLimits, Owner
from orchestration.ports import Store
from orchestration.sizes import MB
from storage import kinds
from storage.cosmos import CosmosStore
from tests.emulator.minicosmos import MiniCosmos
from tests.storage.conftest import NewStore
from tests.storage.samples import NOW, OTHER, TENANT

HERE = "19:here@thread.v2"
ANN = Owner(TENANT, "ann", HERE)
BEN = ANN._replace(agent="ben")


class Clock:
    """The time that a test says."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def remembering(store: Store, clock: Clock, **limits: object) -> Remembering:
    return Remembering(store, clock, replace(MemoryLimits(), **limits))


async def recalled(it: Remembering, owner: Owner, key: str) -> str | None:
    found = await it.recall(owner, key)
    return found.text if found else None


async def keys(it: Remembering, owner: Owner) -> list[str]:
    outline = await it.outline(owner, characters=MB, most=10_000)
    return [note.key for note in outline.notes]


async def documents(store: Store, owner: Owner) -> int:
    """How many documents its partition has, whatever is read of them."""
    key = kinds.memory_key(owner.tenant, owner.agent)
    return len(await store._shelf.all_of(key, "note"))


async def test_what_one_replica_keeps_another_recalls_and_the_same_key_is_the_same_note(
    new_store: NewStore, clock: Clock
):
    one, two = remembering(await new_store(), clock), remembering(await new_store(), clock)
    assert await recalled(one, ANN, "tone") is None
    await one.remember(ANN, "tone", "Warm, and 😀 “short”.")
    await one.remember(ANN, "  tone ", "Warm, and 😀 “short”.")
    clock.forward(hours=1)
    assert await recalled(two, ANN, "tone") == "Warm, and 😀 “short”."
    await two.remember(ANN, "tone", "Cold.")
    assert await recalled(one, ANN, "tone") == "Cold."
    (memory,) = await one.standing(TENANT, ["ann"])
    assert (len(memory.notes), memory.size, memory.hits) == (1, len("tone" + "Cold."), 2)


async def test_nobody_else_has_it_neither_another_tenant_nor_agent_nor_project(store: Store, clock: Clock):
    it = remembering(store, clock)
    await it.remember(ANN, "tone", "Warm.")
    for other in (
        ANN._replace(tenant=OTHER),
        BEN,
        ANN._replace(project="19:there"),
        ANN._replace(project=""),
    ):
        assert await recalled(it, other, "tone") is None
        assert await keys(it, other) == []
        await it.forget(other, "tone")
        assert await it.hand_over(other, "zoe", ["tone"]) == []
    await it.clear(OTHER, "ann")
    assert await recalled(it, ANN, "tone") == "Warm."


async def test_projects_and_keys_that_look_alike_are_told_apart(store: Store, clock: Clock):
    it = remembering(store, clock)
    pairs = [("a", "b|c"), ("a|b", "c"), ("", "a|b|c"), ("a", "ä/?#\\"), ("a", "x" * 100)]
    for project, key in pairs:
        await it.remember(ANN._replace(project=project), key, f"{project} and {key}")
    for project, key in pairs:
        assert await recalled(it, ANN._replace(project=project), key) == f"{project} and {key}"


async def test_a_note_is_over_after_its_time_even_when_it_was_used(new_store: NewStore, clock: Clock):
    it = remembering(await new_store(), clock)
    await it.remember(ANN, "old", "1")
    clock.forward(hours=23)
    await it.remember(ANN, "new", "2")
    assert await recalled(it, ANN, "old") == "1"
    clock.forward(hours=1)
    assert await recalled(it, ANN, "old") is None
    assert await keys(it, ANN) == ["new"]
    assert await it.hand_over(ANN, "ben", ["old"]) == []
    (memory,) = await remembering(await new_store(), clock).standing(TENANT, ["ann"])
    assert ([note.key for note in memory.notes], memory.expired) == (["new"], 1)


async def test_what_is_over_leaves_nothing_behind(store: Store, clock: Clock):
    it = remembering(store, clock)
    await it.remember(ANN, "old", "1")
    await it.remember(BEN, "old", "1")
    assert await it.sweep() == 0
    clock.forward(hours=12)
    await it.remember(BEN, "new", "2")
    clock.forward(hours=14)
    assert await it.sweep() == 1
    assert (await store.memory(TENANT, "ann")).version == 0
    assert await documents(store, ANN) == 0
    await it.remember(BEN, "newer", "3")
    assert await documents(store, BEN) == 2


async def test_what_was_used_least_recently_makes_room(store: Store, clock: Clock):
    it = remembering(store, clock, notes=3)
    for key in "abc":
        await it.remember(ANN, key, key)
    await recalled(it, ANN, "a")
    await it.remember(ANN._replace(project="19:there"), "d", "d")
    await it.remember(BEN, "e", "e")
    assert await keys(it, ANN) == ["a", "c"]
    await it.remember(ANN, "c", "c once more")
    await it.remember(ANN, "f", "f")
    assert await keys(it, ANN) == ["f", "c"]
    (memory,) = await it.standing(TENANT, ["ann"])
    assert memory.evicted == 2
    assert await documents(store, ANN) == 3


async def test_the_bytes_of_an_agent_are_limited_and_several_small_notes_make_room_for_a_large_one(
    store: Store, clock: Clock
):
    it = remembering(store, clock, size=1_000)
    for key in "abc":
        await it.remember(ANN, key, "ä" * 150)
    assert await keys(it, ANN) == ["c", "b", "a"]
    await it.remember(ANN, "d", "x" * 600)
    assert await keys(it, ANN) == ["d", "c"]
    assert (await it.standing(TENANT, ["ann"]))[0].size == 902


async def test_more_notes_go_at_once_than_a_batch_can_hold(store: Store, clock: Clock):
    it = remembering(store, clock, size=2_000)
    for number in range(130):
        await it.remember(ANN, f"{number:03}", "x")
    await it.remember(ANN, "all", "x" * 1_996)
    assert await keys(it, ANN) == ["all"]


async def test_lower_limits_hold_from_the_next_note_on(store: Store, clock: Clock):
    for key in "abcd":
        await remembering(store, clock).remember(ANN, key, key)
    fewer = remembering(store, clock, notes=2)
    await fewer.remember(ANN, "e", "e")
    assert await keys(fewer, ANN) == ["e", "d"]


async def test_the_limits_hold_when_several_processes_write_at_once_and_no_note_is_lost(
    new_store: NewStore, clock: Clock
):
    stores = [await new_store() for _ in range(3)]
    writers = [remembering(store, clock, notes=8) for store in stores]
    await asyncio.gather(*(writers[n % 3].remember(ANN, f"{n}", "x") for n in range(8)))
    assert sorted(await keys(writers[0], ANN)) == [f"{n}" for n in range(8)]
    work = [writers[n % 3].remember(ANN, f"more {n}", "y" * (n + 1)) for n in range(8)]
    await asyncio.gather(*work, *(writers[n % 3].recall(ANN, f"{n}") for n in range(4)))
    (memory,) = await writers[0].standing(TENANT, ["ann"])
    assert len(memory.notes) == 8
    assert not {note.key for note in memory.notes} & {f"{n}" for n in range(4, 8)}  # used least recently
    for note in memory.notes:
        assert await recalled(writers[1], ANN, note.key) is not None
    assert await documents(stores[0], ANN) == 8


async def test_a_list_of_notes_is_never_written_over_a_newer_one(new_store: NewStore, clock: Clock):
    one, two = await new_store(), await new_store()
    await remembering(one, clock).remember(ANN, "a", "1")
    before = await one.memory(TENANT, "ann")
    await remembering(two, clock).remember(ANN, "b", "2")
    with pytest.raises(ConflictError):
        await one.keep_memory(before, before.without(HERE, ["a"]), {}, NOW)
    with pytest.raises(ConflictError):
        await one.erase(before)
    assert await keys(remembering(one, clock), ANN) == ["b", "a"]


async def test_notes_are_forgotten_one_by_one_and_all_at_once(store: Store, clock: Clock):
    it = remembering(store, clock)
    for key in "abc":
        await it.remember(ANN, key, key)
    await it.remember(BEN, "a", "ben's")
    await it.forget(ANN, "b")
    await it.forget(ANN, "never")
    assert await keys(it, ANN) == ["c", "a"]
    assert await documents(store, ANN) == 2
    assert await it.clear(TENANT, "ann") == 2
    assert await it.clear(TENANT, "ann") == 0
    assert await keys(it, ANN) == []
    assert await documents(store, ANN) == 0
    await it.remember(ANN, "a", "again")
    assert await recalled(it, ANN, "a") == "again"
    assert await recalled(it, BEN, "a") == "ben's"


async def test_notes_are_handed_over_by_their_keys_as_often_as_one_likes(store: Store, clock: Clock):
    it = remembering(store, clock)
    for key in "abc":
        await it.remember(ANN, key, f"ann's {key}")
    await it.remember(BEN, "a", "ben's")
    clock.forward(hours=20)
    for _ in range(2):
        assert sorted(await it.hand_over(ANN, "ben", ["a", "c", "x"])) == ["a", "c"]
    assert sorted(await keys(it, BEN)) == ["a", "c"]
    assert await recalled(it, BEN, "a") == "ann's a"
    assert sorted(await keys(it, ANN)) == ["a", "b", "c"]
    clock.forward(hours=4)
    assert await keys(it, BEN) == []  # they end when the giver's do


async def test_an_outline_has_what_was_used_last_and_fits_and_names_the_rest(store: Store, clock: Clock):
    it = remembering(store, clock)
    for key, size in (("a", 100), ("b", 5_000), ("c", 100), ("d", 100)):
        await it.remember(ANN, key, key * size)
    await it.recall(ANN, "a")
    outline = await it.outline(ANN, characters=1_000, most=2)
    assert [(note.key, note.text[:1]) for note in outline.notes] == [("a", "a"), ("d", "d")]
    assert outline.others == ("c", "b")


async def test_a_large_note_comes_back_whole_and_one_that_is_too_large_is_refused(store: Store, clock: Clock):
    it = remembering(store, clock)
    large = "\u0001ä" * (LARGEST // 3)
    await it.remember(ANN, "large", large)
    assert await recalled(it, ANN, "large") == large
    with pytest.raises(InvalidInputError, match="more than 256 KB: keep a summary"):
        await it.remember(ANN, "large", "x" * (LARGEST + 1))
    assert await recalled(it, ANN, "large") == large


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        (" ", "x", "name a key"),
        ("a\u202eb", "x", "name a key"),
        ("k" * 101, "x", "100 characters"),
        ("a", " \n", "is empty"),
    ],
)
async def test_what_cannot_be_kept_is_refused_in_a_sentence(store: Store, clock: Clock, key, text, words):
    it = remembering(store, clock)
    with pytest.raises(InvalidInputError, match=words):
        await it.remember(ANN, key, text)
    assert (await store.memory(TENANT, "ann")).version == 0


async def test_half_a_character_is_kept_as_a_question_mark(store: Store, clock: Clock):
    it = remembering(store, clock)
    await it.remember(ANN, "a", "x\ud800y")
    assert await recalled(it, ANN, "a") == "x?y"


async def test_the_cost_does_not_grow_with_what_others_remember(clock: Clock):
    async with MiniCosmos() as server, aiohttp.ClientSession() as http:
        store = CosmosStore(CosmosClient(server.url, "eA=="), "signoff", create=True)
        await store.open()
        it = remembering(store, clock)

        async def units() -> float:
            async with http.get(f"{server.url}_admin/stats") as answer:
                return round(sum(each["ru"] for each in (await answer.json()).values()), 1)

        async def used() -> float:
            await units()
            await it.remember(ANN, "a", "1")
            await it.recall(ANN, "a")
            await it.outline(ANN, characters=1_000, most=10)
            return await units()

        await used()
        alone = await used()
        for number in range(40):
            await it.remember(BEN, f"{number}", "2" * 1_000)
            await it.remember(ANN._replace(tenant=OTHER), f"{number}", "2" * 1_000)
        assert await used() == pytest.approx(alone, rel=0.02)
        await store.close()


async def test_in_cosmos_db_notes_and_their_list_have_a_time_to_live(cosmos: CosmosStore, clock: Clock):
    it = remembering(cosmos, clock)
    await it.remember(ANN, "a", "1")
    clock.forward(hours=6)
    await it.remember(ANN, "b", "2")
    key = kinds.memory_key(TENANT, "ann")
    items = await cosmos._shelf._items.query("SELECT * FROM c", [], list(key))
    lives = {item.get("record", {}).get("note", "list").rsplit("|")[-1]: item["ttl"] for item in items}
    day, margin = 24 * 3600, 300
    assert lives == {"a": day + margin, "b": day + margin, "list": day + margin}
