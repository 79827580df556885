"""Who is in a conversation, asked of the service over real HTTP on loopback."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

import bot.roster
from bot.auth import AllowList, LocalAuthentication
from bot.roster import Roster
from bot.sdk import BotFramework, Connector, Transport, reference_of
from orchestration.model import Person, Place, Profile
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.connector import FakeConnector, Fault
from tests.fakes.teams import ALICE, BOB, CAROL, TENANT

GROUP, THREAD = teams.group(), teams.thread()
ALICES = Profile(Person(TENANT, ALICE.entra_id, ALICE.name), ALICE.id)


@dataclass
class Bench:
    """A roster, and the service that it asks."""

    teams: FakeConnector
    roster: Roster
    clock: MovableClock

    def place(self, where: teams.Json = GROUP) -> Place:
        reference = reference_of(teams.message("hi", where=where, serviceUrl=self.teams.url))
        return Place(TENANT, where["id"], where["conversationType"], json.dumps(reference))

    async def names(self, where: teams.Json = GROUP) -> list[str]:
        return [profile.person.name for profile in await self.roster.members(self.place(where))]

    @property
    def asked(self) -> list[str]:
        return [path for method, path, _ in self.teams.requests if method == "GET"]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    allowed = AllowList(hosts=frozenset({"127.0.0.1"}), tenants=frozenset(), local=True)
    async with FakeConnector() as service, aiohttp.ClientSession() as http:
        transport = Transport(http, allows=allowed.allows, token=lambda: "the-token")
        connector = Connector(BotFramework(LocalAuthentication(), transport))
        clock = MovableClock()
        service.members[GROUP["id"]] = [teams.member(person) for person in (ALICE, BOB, CAROL)]
        yield Bench(service, Roster(connector, clock), clock)


async def test_members_come_with_name_address_and_entra_id(bench: Bench):
    bench.teams.members[GROUP["id"]] = [
        teams.member(ALICE, aadObjectId=ALICE.entra_id.upper()),
        {"id": "29:bob", "objectId": BOB.entra_id, "name": "Bob\u202e  Builder"},
        teams.BOT,
        teams.member(CAROL, tenantId=teams.OTHER_TENANT),
        {"id": 7, "aadObjectId": ["odd"]},
        "odd",
    ]
    bobs = Profile(Person(TENANT, BOB.entra_id, "Bob Builder"), "29:bob")
    assert await bench.roster.members(bench.place()) == (ALICES, bobs)
    [(_, _, headers)] = bench.teams.requests
    assert headers["Authorization"] == "Bearer the-token"


async def test_members_of_a_large_conversation_come_in_pages(bench: Bench):
    bench.teams.page_size = 2
    assert await bench.names() == [ALICE.name, BOB.name, CAROL.name]
    assert [path.partition("?")[2] for path in bench.asked] == [
        "pageSize=500",
        "pageSize=500&continuationToken=2",
    ]


async def test_at_most_500_members_are_looked_at(bench: Bench):
    everybody = [{"id": f"29:{n}", "aadObjectId": f"id-{n}", "name": f"N {n}"} for n in range(1200)]
    bench.teams.members[GROUP["id"]] = everybody
    bench.teams.page_size = 200
    assert await bench.names() == [f"N {n}" for n in range(500)]


async def test_a_service_that_never_comes_to_an_end_is_left(bench: Bench):
    bench.teams.members[GROUP["id"]] = [teams.member(ALICE)] * 1000
    bench.teams.page_size = 1
    assert await bench.names() == [ALICE.name]
    assert len(bench.asked) == bot.roster.MOST_PAGES


async def test_the_service_is_asked_again_after_ten_minutes(bench: Bench):
    await bench.names()
    bench.teams.members[GROUP["id"]].pop()
    bench.clock.forward(minutes=9)
    assert await bench.names() == [ALICE.name, BOB.name, CAROL.name]
    bench.clock.forward(minutes=2)
    assert await bench.names() == [ALICE.name, BOB.name]


async def test_a_thread_has_the_members_of_its_channel(bench: Bench):
    channel = THREAD["id"].partition(";")[0]
    bench.teams.members[channel] = [teams.member(BOB)]
    assert await bench.names(THREAD) == [BOB.name]
    assert await bench.names(teams.thread(root="1800000000000")) == [BOB.name]
    assert len(bench.asked) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault.throttled(30),
        Fault(403, "BotNotInConversationRoster"),
        Fault(404, "ConversationNotFound"),
        Fault(500),
        Fault(502, body="<html>Bad gateway</html>"),
        Fault.cut(applied=False),
        Fault(200, body="<html>not JSON</html>"),
    ],
    ids=["429", "403", "404", "500", "502", "cut", "no JSON"],
)
async def test_a_failure_is_an_empty_roster_and_passes(bench: Bench, fault: Fault):
    bench.teams.always = fault  # a reading whose connection breaks is repeated at once
    assert await bench.names() == []
    bench.teams.always = None
    bench.clock.forward(minutes=11)
    assert await bench.names() == [ALICE.name, BOB.name, CAROL.name]


async def test_after_a_failure_the_service_is_left_alone_for_as_long_as_it_says(bench: Bench, caplog):
    bench.teams.reading.append(Fault.throttled(120))
    await bench.names()
    assert "are not known" in caplog.text
    bench.clock.forward(seconds=110)
    assert await bench.names() == []
    assert len(bench.asked) == 1
    bench.clock.forward(seconds=20)
    assert await bench.names() == [ALICE.name, BOB.name, CAROL.name]


async def test_half_a_roster_is_none(bench: Bench):
    bench.teams.page_size = 1
    bench.teams.reading.extend((None, Fault(500)))
    assert await bench.names() == []


async def test_a_silent_service_is_given_up_on(bench: Bench, monkeypatch, caplog):
    monkeypatch.setattr(bot.roster, "PATIENCE", 0.2)
    bench.teams.reading.append(Fault(hang=1))
    assert await bench.names() == []
    assert "did not come" in caplog.text


async def test_the_token_goes_to_no_address_that_is_not_allowed(bench: Bench):
    place = bench.place()
    reference = json.loads(place.reference) | {"serviceUrl": "https://evil.example/"}
    elsewhere = Place(TENANT, place.conversation, place.kind, json.dumps(reference))
    assert await bench.roster.members(elsewhere) == ()
    assert bench.asked == []
