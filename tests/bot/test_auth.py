"""Tokens and signing keys, against a key server on loopback. The token matrix is in test_endpoint."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from bot.auth import (
    AllowList,
    KeysUnavailableError,
    LocalAuthentication,
    NotAuthenticatedError,
    RefusedError,
    SigningKeys,
    TokenAuthentication,
)
from bot.auth.keys import MAX_AGE, MIN_GAP, RETRY_GAP
from tests.fakes import teams
from tests.fakes.keys import KeyServer


@dataclass
class Clock:
    """Seconds that pass only when told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bench:
    """Signing keys of ours, and the server they come from."""

    server: KeyServer
    keys: SigningKeys
    clock: Clock = field(default_factory=Clock)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with KeyServer() as server, aiohttp.ClientSession() as http:
        clock = Clock()
        keys = SigningKeys(server.metadata, http, clock=clock)
        yield Bench(server, keys, clock)
        await keys.close()


async def test_keys_are_fetched_once_for_many_who_wait(bench: Bench) -> None:
    bench.server.delay = 0.05
    await asyncio.gather(*(bench.keys.get("key-1") for _ in range(20)))
    assert bench.server.fetches == 1


async def test_one_who_stops_waiting_does_not_stop_the_others(bench: Bench) -> None:
    bench.server.delay = 0.05
    impatient = asyncio.create_task(bench.keys.get("key-1"))
    patient = asyncio.create_task(bench.keys.get("key-1"))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert (await patient).channels == {"msteams"}


async def test_an_unknown_key_is_looked_up_after_a_pause(bench: Bench) -> None:
    await bench.keys.get("key-1")
    bench.server.rotate("key-2")
    with pytest.raises(NotAuthenticatedError):
        await bench.keys.get("key-2")
    bench.clock.now += MIN_GAP
    await bench.keys.get("key-2")
    assert bench.server.fetches == 2


async def test_made_up_key_ids_do_not_make_it_fetch_all_the_time(bench: Bench) -> None:
    for number in range(20):
        with pytest.raises(NotAuthenticatedError):
            await bench.keys.get(f"made-up-{number}")
    assert bench.server.fetches == 1


async def test_old_keys_are_renewed_without_making_anybody_wait(bench: Bench) -> None:
    await bench.keys.get("key-1")
    bench.server.delay = 30
    bench.clock.now += MAX_AGE + 1
    async with asyncio.timeout(2):
        await bench.keys.get("key-1")
        await bench.server.fetched(2)


async def test_old_keys_stay_while_a_fetch_fails(bench: Bench) -> None:
    await bench.keys.get("key-1")
    bench.server.broken = True
    bench.clock.now += MAX_AGE + 1
    for _ in range(3):
        await bench.keys.get("key-1")
        await asyncio.sleep(0.02)
    with pytest.raises(KeysUnavailableError):
        await bench.keys.get("key-2")


async def test_after_a_failed_fetch_it_tries_again_soon(bench: Bench) -> None:
    bench.server.broken = True
    for _ in range(3):
        with pytest.raises(KeysUnavailableError):
            await bench.keys.get("key-1")
    assert bench.server.fetches == 1
    bench.server.broken = False
    bench.clock.now += RETRY_GAP
    await bench.keys.get("key-1")


async def test_keys_that_cannot_be_read_are_left_out(bench: Bench) -> None:
    good = {"kty": "RSA", "kid": "x", "n": "AQAB", "e": "AQAB"}
    bench.server.extra = [
        {},
        {"kty": "EC", "kid": "e"},
        {"kty": "oct", "k": "AA", "kid": "o"},
        good | {"n": 5},
    ]
    assert (await bench.keys.get("key-1")).channels == {"msteams"}
    with pytest.raises(NotAuthenticatedError):
        await bench.keys.get("o")


async def test_a_server_that_cannot_be_reached_is_unavailable() -> None:
    async with aiohttp.ClientSession() as http:
        keys = SigningKeys("http://127.0.0.1:1/metadata", http)
        with pytest.raises(KeysUnavailableError):
            await keys.get("key-1")
        await keys.close()


async def test_keys_must_be_served_as_safely_as_the_metadata(bench: Bench) -> None:
    async with aiohttp.ClientSession() as http:
        keys = SigningKeys(bench.server.metadata.replace("http", "https", 1), http)
        with pytest.raises(ValueError, match="where they should be"):
            keys._same_scheme("http://127.0.0.1/keys")


async def test_a_token_of_the_channel_service_is_accepted(bench: Bench) -> None:
    authentication = TokenAuthentication(teams.APP_ID, bench.keys)
    identity = await authentication.authenticate(teams.message("hi"), bench.server.header())
    assert identity.claims["aud"] == teams.APP_ID
    assert "aud" not in repr(identity)


@pytest.mark.parametrize("missing", ["serviceUrl", "channelId"])
@pytest.mark.parametrize("value", [None, ""])
async def test_an_activity_must_name_its_service_and_channel(bench: Bench, missing: str, value: Any) -> None:
    authentication = TokenAuthentication(teams.APP_ID, bench.keys)
    body = teams.message("hi") | {missing: value}
    with pytest.raises(NotAuthenticatedError):
        await authentication.authenticate(body, bench.server.header(serviceurl=value))


async def test_a_key_signs_only_for_the_channels_it_is_endorsed_for(bench: Bench) -> None:
    bench.server.endorsements = ["webchat"]
    authentication = TokenAuthentication(teams.APP_ID, bench.keys)
    with pytest.raises(NotAuthenticatedError, match="channel"):
        await authentication.authenticate(teams.message("hi"), bench.server.header())


async def test_local_mode_asks_for_no_token() -> None:
    identity = await LocalAuthentication().authenticate(teams.message("hi"), "")
    assert identity.claims == {}


def allow_list(*, tenants: tuple[str, ...] = (teams.TENANT,), local: bool = False) -> AllowList:
    host = "127.0.0.1" if local else "smba.trafficmanager.net"
    return AllowList(hosts=frozenset({host}), tenants=frozenset(tenants), local=local)


def test_an_activity_of_a_known_tenant_is_for_the_bot() -> None:
    allow_list().check(teams.message("hi"))


@pytest.mark.parametrize(
    "changes",
    [
        {"channelId": "webchat"},
        {"serviceUrl": "https://evil.example/"},
        {"serviceUrl": "http://smba.trafficmanager.net/amer/"},
        {"channelData": None},
        {"channelData": {}},
        {"channelData": {"tenant": {"id": ""}}},
        {"channelData": {"tenant": {"id": teams.OTHER_TENANT}}},
        {"conversation": teams.personal() | {"tenantId": teams.OTHER_TENANT}},
    ],
)
def test_other_activities_are_not(changes: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        allow_list().check(teams.message("hi") | changes)


def test_a_tenant_is_known_in_any_case_and_without_the_conversation_naming_it() -> None:
    where = {key: value for key, value in teams.personal().items() if key != "tenantId"}
    allow_list().check(teams.message("hi") | {"conversation": where})
    allow_list(tenants=("abc",)).check(
        teams.message("hi") | {"conversation": where, "channelData": {"tenant": {"id": "ABC"}}}
    )


def test_without_tenants_nobody_may_use_it_but_in_local_mode() -> None:
    with pytest.raises(RefusedError):
        allow_list(tenants=()).check(teams.message("hi"))
    allow_list(tenants=(), local=True).check(teams.message("hi", serviceUrl="http://127.0.0.1:5/_connector"))


def test_local_mode_still_keeps_to_this_machine() -> None:
    with pytest.raises(RefusedError):
        allow_list(local=True).check(teams.message("hi"))
