"""What every store knows about people, whatever it keeps it in."""

from dataclasses import replace

import pytest

from orchestration.model import Absence, Person, Profile
from orchestration.ports import Store
from tests.storage.conftest import NewStore
from tests.storage.samples import JON, MIA, NOW, OTHER, TENANT, later

MIAS = Profile(MIA, "29:mia", "Europe/Berlin")


def somebody(name: str, number: int = 0) -> Profile:
    return Profile(Person(TENANT, f"{name}-{number}", name))


def absent(person: Person, deputy: Person, since: float = 0, until: float = 100) -> Absence:
    return Absence(TENANT, person.id, deputy, later(since), later(until), person)


async def names(store: Store, words: str, tenant: str = TENANT) -> list[str]:
    return [profile.person.name for profile in await store.named(tenant, words)]


async def test_the_newest_word_on_a_person_counts(new_store: NewStore):
    one, two = await new_store(), await new_store()
    await one.know(MIAS)
    assert await two.profiles(TENANT, [MIA.id, JON.id, MIA.id]) == {MIA.id: MIAS}
    married = replace(MIAS, person=replace(MIA, name="Mia Berg"), zone="Asia/Dubai")
    await two.know(married)
    await one.know(MIAS)
    await two.know(married)
    assert await one.profiles(TENANT, [MIA.id]) == {MIA.id: married}
    assert await one.profiles(OTHER, [MIA.id]) == {}
    assert await one.profiles(TENANT, []) == {}


async def test_what_a_newer_word_leaves_empty_stays_as_it_was(store: Store):
    await store.know(MIAS)
    await store.know(Profile(replace(MIA, name="")))
    assert await store.profiles(TENANT, [MIA.id]) == {MIA.id: MIAS}
    await store.know(Profile(JON))
    await store.know(Profile(JON, "29:jon"))
    assert await store.profiles(TENANT, [JON.id]) == {JON.id: Profile(JON, "29:jon")}


async def test_a_person_is_found_by_the_address_in_teams_also_by_an_older_one(store: Store):
    assert await store.addressed(TENANT, "29:mia") is None
    await store.know(MIAS)
    assert await store.addressed(TENANT, "29:mia") == MIAS
    assert await store.addressed(OTHER, "29:mia") is None
    newer = replace(MIAS, address="29:a/b?c#d\\e" * 50)
    await store.know(newer)
    assert await store.addressed(TENANT, newer.address) == newer
    assert await store.addressed(TENANT, "29:mia") == newer


async def test_people_are_found_by_how_their_names_begin(store: Store):
    for profile in (somebody("Ben Okafor"), somebody("Ben"), somebody("Benedikt"), somebody("Mia Ben"), MIAS):
        await store.know(profile)
    await store.know(replace(MIAS, person=replace(MIA, tenant=OTHER, name="Ben Other")))
    assert await names(store, " bEn ") == ["Ben", "Ben Okafor", "Benedikt"]
    assert await names(store, "ben  o") == ["Ben Okafor"]
    assert await names(store, "mia ångström ") == [MIA.name]
    assert await names(store, "MIA ÅNG") == [MIA.name]
    assert await names(store, "mia") == ["Mia Ben", MIA.name]
    assert await names(store, "okafor") == []
    assert await names(store, "  ") == []
    assert await names(store, "ben", OTHER) == ["Ben Other"]


@pytest.mark.parametrize(
    "name", ["~tilde ~", "a~b", "100% 'quoted\" \\ _", "李小龍 😀", "\uffff\U0010ffff", "Ł" * 500]
)
async def test_any_name_is_found_whole_and_by_its_beginning(store: Store, name: str):
    await store.know(somebody(name))
    assert await names(store, name) == await names(store, name[:1]) == [name]


async def test_a_new_name_takes_the_place_of_the_old_one(store: Store):
    await store.know(Profile(JON))
    await store.know(Profile(replace(JON, name="Jonathan")))
    assert await names(store, "jon") == ["Jonathan"]
    await store.know(Profile(replace(JON, name="Zed")))
    assert await names(store, "jon") == []


async def test_at_most_ten_people_of_a_name_are_found_in_order(store: Store):
    for number in range(13):
        await store.know(somebody(f"Ben {number:02}"))
    assert await names(store, "ben") == [f"Ben {number:02}" for number in range(10)]


async def test_somebody_is_away_from_one_moment_to_the_other(store: Store):
    absence = absent(MIA, JON)
    await store.away(absence)
    assert await store.absence(TENANT, MIA.id, NOW) == absence
    assert await store.absence(TENANT, MIA.id, later(99)) == absence
    assert list(await store.represented(TENANT, JON.id, later(99))) == [MIA.id]
    for moment in (later(-1), later(100)):
        assert await store.absence(TENANT, MIA.id, moment) is None
        assert list(await store.represented(TENANT, JON.id, moment)) == []
    assert await store.absence(TENANT, JON.id, NOW) is None
    assert await store.absence(OTHER, MIA.id, NOW) is None
    assert list(await store.represented(OTHER, JON.id, NOW)) == []
    assert list(await store.represented(TENANT, MIA.id, NOW)) == []


async def test_somebody_who_is_back_is_represented_by_nobody(new_store: NewStore):
    one, two = await new_store(), await new_store()
    await one.back(TENANT, MIA.id)
    await one.away(absent(MIA, JON))
    await two.back(TENANT, MIA.id)
    assert await one.absence(TENANT, MIA.id, NOW) is None
    assert list(await one.represented(TENANT, JON.id, NOW)) == []


async def test_another_deputy_takes_the_place_of_the_first(store: Store):
    zoe = somebody("Zoe").person
    await store.away(absent(MIA, JON))
    await store.away(absent(MIA, zoe, until=50))
    assert list(await store.represented(TENANT, JON.id, NOW)) == []
    assert list(await store.represented(TENANT, zoe.id, NOW)) == [MIA.id]
    assert await store.absence(TENANT, MIA.id, later(60)) is None


async def test_a_deputy_can_be_away_and_stand_in_for_several(store: Store):
    zoe = somebody("Zoe").person
    await store.away(absent(zoe, JON))
    await store.away(absent(MIA, JON))
    await store.away(absent(JON, MIA))
    assert set(await store.represented(TENANT, JON.id, NOW)) == {MIA.id, zoe.id}
    assert list(await store.represented(TENANT, MIA.id, NOW)) == [JON.id]
