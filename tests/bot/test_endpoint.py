"""The bot's address over real HTTP: who gets in, what is refused, and what is answered in time."""

import asyncio
import gzip
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.auth import AllowList, LocalAuthentication, SigningKeys, TokenAuthentication
from bot.auth.keys import MIN_GAP
from bot.endpoint import BODY_LIMIT, Endpoint
from bot.sdk import Answer, Authentication, BotFramework, Json, Transport
from orchestration.errors import NotFoundError
from tests.fakes import teams
from tests.fakes.keys import KeyServer
from tests.fakes.stalls import Stalls

EMULATOR = "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"
ANSWER = Answer(
    200, {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Done"}
)
DEADLINE = 1.0
SLOW = 1.6


class Turns:
    """Keeps the activities that came through, and answers clicks."""

    def __init__(self) -> None:
        self.taken: list[Json] = []
        self.error: Exception | None = None
        self.delay = 0.0
        self.ended: list[str] = []
        self.came = asyncio.Event()

    async def take(self, body: Json) -> Answer | None:
        self.taken.append(body)
        self.came.set()
        await asyncio.sleep(self.delay)
        if self.error:
            raise self.error
        self.ended.append(body["id"])
        return ANSWER if body["type"] == "invoke" else None


@dataclass
class Bot:
    """A bot that listens on loopback, and a client that talks to it as Teams would."""

    url: str
    http: aiohttp.ClientSession
    turns: Turns
    endpoint: Endpoint
    header: str = ""

    async def send(self, body: Any, header: str | None = None, **headers: str) -> tuple[int, Any]:
        """Post JSON; return the status and the JSON of the answer."""
        return await self.raw(json.dumps(body).encode(), header, **headers)

    async def raw(self, content: bytes, header: str | None = None, **headers: str) -> tuple[int, Any]:
        """Post bytes. A header that is empty is left out."""
        sent = {"Content-Type": "application/json; charset=utf-8", "Authorization": header or self.header}
        sent = {name: text for name, text in (sent | headers).items() if text}
        async with self.http.post(f"{self.url}/api/messages", data=content, headers=sent) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.http.get(f"{self.url}{path}") as response:
            return response.status, await response.json()


@asynccontextmanager
async def bot(authentication: Authentication, allowed: AllowList, **options: Any) -> AsyncIterator[Bot]:
    turns = Turns()
    async with aiohttp.ClientSession() as http:
        framework = BotFramework(authentication, Transport(http, allows=allowed.allows))
        options = {"ready": lambda: True, "deadline": DEADLINE} | options
        endpoint = Endpoint(framework=framework, allowed=allowed, turn=turns.take, **options)
        application = web.Application()
        application.add_routes(endpoint.routes())
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Bot(f"http://127.0.0.1:{runner.addresses[0][1]}", http, turns, endpoint)
        await runner.cleanup()


def local_list() -> AllowList:
    return AllowList(hosts=frozenset({"127.0.0.1", "localhost"}), tenants=frozenset(), local=True)


def teams_list() -> AllowList:
    return AllowList(hosts=frozenset({"smba.trafficmanager.net"}), tenants=frozenset({teams.TENANT}))


@pytest.fixture
async def local() -> AsyncIterator[Bot]:
    """A bot in local mode."""
    async with bot(LocalAuthentication(), local_list()) as running:
        yield running


@pytest.fixture
async def keys() -> AsyncIterator[KeyServer]:
    async with KeyServer() as server:
        yield server


@pytest.fixture
async def guarded(keys: KeyServer) -> AsyncIterator[Bot]:
    """A bot as in production, with a valid token as its usual header."""
    async with aiohttp.ClientSession() as http:
        signing = SigningKeys(keys.metadata, http)
        async with bot(TokenAuthentication(teams.APP_ID, signing), teams_list()) as running:
            running.header = keys.header()
            yield running
        await signing.close()


def said(**changes: Any) -> Json:
    return teams.message("hello", serviceUrl="http://127.0.0.1:9/_connector") | changes


def clicked(**changes: Any) -> Json:
    return teams.click({"id": "apr-1", "secret": "words"}, serviceUrl="http://localhost:9/") | changes


# ---- tokens -----------------------------------------------------------------------------


async def test_an_activity_with_a_valid_token_comes_in(guarded: Bot) -> None:
    body = teams.message("hello")
    assert await guarded.send(body) == (200, {})
    assert guarded.turns.taken == [body]


NOW = int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": EMULATOR, "appid": teams.APP_ID, "ver": "1.0"},
        {
            "iss": EMULATOR.replace("sts.windows.net", "login.microsoftonline.com") + "v2.0",
            "azp": teams.APP_ID,
        },
        {"iss": f"https://sts.windows.net/{teams.TENANT}/"},
        {"iss": ["https://api.botframework.com"]},
        {"aud": "22222222-2222-4222-8222-222222222222"},
        {"aud": "https://api.botframework.com"},
        {"aud": [teams.APP_ID, "another"]},
        {"aud": None},
        {"serviceurl": "https://smba.trafficmanager.net/emea/"},
        {"serviceurl": None},
        {"exp": NOW - 400},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": NOW + 86_400},
        {"nbf": "later"},
    ],
    ids=str,
)
async def test_a_token_with_wrong_claims_is_refused(guarded: Bot, keys: KeyServer, claims: Json) -> None:
    status, answer = await guarded.send(teams.message("hello"), keys.header(**claims))
    assert (status, answer["error"]["code"]) == (401, "UNAUTHORIZED")
    assert guarded.turns.taken == []


async def test_clocks_may_differ_by_five_minutes(guarded: Bot, keys: KeyServer) -> None:
    for claims in ({"exp": int(time.time()) - 200}, {"nbf": int(time.time()) + 200}):
        assert await guarded.send(teams.message("hello"), keys.header(**claims)) == (200, {})


def forged(keys: KeyServer) -> dict[str, str]:
    """Headers that are not a token of the key server."""
    good = keys.token()
    head, payload, signature = good.split(".")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(good, options={"verify_signature": False})
    nested = jwt.utils.base64url_encode(b"[" * 5000).decode()
    return {
        "not bearer": f"Basic {good}",
        "scheme only": "Bearer",
        "empty token": "Bearer ",
        "no dots": "Bearer abc",
        "garbage": "Bearer a.b.c",
        "not ASCII": "Bearer \u00e4.\u00e4.\u00e4",
        "nested": f"Bearer {nested}.{payload}.{signature}",
        "two tokens": f"Bearer {good} {good}",
        "signature of other": f"Bearer {head}.{payload}.{keys.token(aud='x').split('.')[2]}",
        "no signature": f"Bearer {head}.{payload}.",
        "other key, same id": f"Bearer {keys.token(key=other)}",
        "none": f"Bearer {jwt.encode(claims, None, 'none', {'kid': 'key-1'})}",
        "HS256": f"Bearer {jwt.encode(claims, 'k' * 32, 'HS256', {'kid': 'key-1'})}",
        "RS384": f"Bearer {keys.token(algorithm='RS384')}",
        "no kid": f"Bearer {keys.token(headers={'kid': None})}",
        "unknown kid": f"Bearer {keys.token(headers={'kid': 'made-up'})}",
    }


async def test_a_forged_token_is_refused(guarded: Bot, keys: KeyServer) -> None:
    for name, header in forged(keys).items():
        status, _ = await guarded.send(teams.message("hello"), header)
        assert status == 401, name
    assert guarded.turns.taken == []


async def test_no_token_is_refused(guarded: Bot) -> None:
    guarded.header = ""
    assert (await guarded.send(teams.message("hello")))[0] == 401


async def test_a_refusal_does_not_log_the_token(guarded: Bot, keys: KeyServer, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    for header in forged(keys).values():
        await guarded.send(teams.message("hello"), header)
    assert not any(keys.token()[:60] in line for line in caplog.messages)


async def test_after_a_rotation_the_new_key_is_accepted(keys: KeyServer) -> None:
    now = [0.0]
    async with aiohttp.ClientSession() as http:
        signing = SigningKeys(keys.metadata, http, clock=lambda: now[0])
        async with bot(TokenAuthentication(teams.APP_ID, signing), teams_list()) as running:
            assert (await running.send(teams.message("hello"), keys.header()))[0] == 200
            old = keys.header()
            keys.rotate("key-2")
            now[0] += MIN_GAP
            assert (await running.send(teams.message("hello"), keys.header()))[0] == 200
            assert (await running.send(teams.message("hello"), old))[0] == 401


async def test_without_keys_the_channel_shall_come_again(keys: KeyServer, guarded: Bot) -> None:
    keys.broken = True
    status, answer = await guarded.send(teams.message("hello"))
    assert (status, answer["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_a_slow_key_server_does_not_stall_the_loop(keys: KeyServer, guarded: Bot) -> None:
    keys.delay = 0.4
    async with Stalls() as stalls:
        answers = await asyncio.gather(*(guarded.send(teams.message("hello")) for _ in range(20)))
    assert {status for status, _ in answers} == {200}
    assert keys.fetches == 1
    assert stalls.longest < 0.3  # the SDK's own would take 0.8


# ---- who may use it ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"channelId": "webchat"},
        {"channelData": {"tenant": {"id": teams.OTHER_TENANT}}},
        {"channelData": {}},
        {"conversation": teams.personal() | {"tenantId": teams.OTHER_TENANT}},
    ],
)
async def test_other_channels_and_tenants_are_refused(guarded: Bot, keys: KeyServer, changes: Json) -> None:
    keys.endorsements = []
    status, answer = await guarded.send(teams.message("hello") | changes)
    assert (status, answer["error"]["code"]) == (403, "FORBIDDEN")
    assert guarded.turns.taken == []


@pytest.mark.parametrize(
    "url", ["http://smba.trafficmanager.net/amer/", "https://evil.example/", "http://127.0.0.1:9/"]
)
async def test_other_services_are_refused_even_with_a_token_for_them(
    guarded: Bot, keys: KeyServer, url: str
) -> None:
    body = teams.message("hello", serviceUrl=url)
    assert (await guarded.send(body, keys.header(serviceurl=url)))[0] == 403


async def test_local_mode_talks_only_with_this_machine(local: Bot) -> None:
    assert (await local.send(said()))[0] == 200
    assert (await local.send(teams.message("hello")))[0] == 403


async def test_a_web_page_cannot_talk_to_a_bot_on_the_same_machine(local: Bot) -> None:
    assert (await local.send(said(), Origin="http://evil.example"))[0] == 403
    assert (await local.send(said(), **{"Content-Type": "text/plain"}))[0] == 415
    assert local.turns.taken == []


# ---- what is no activity ----------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"{'a': 1}",
        json.dumps(teams.message("hi", serviceUrl="http://localhost/", value=float("nan"))).encode(),
        json.dumps(teams.message("hi", serviceUrl="http://localhost/", value=[float("inf")])).encode(),
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"text": "\xe4"}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"value": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda content: repr(content[:20]),
)
async def test_what_is_not_a_json_object_is_refused(local: Bot, content: bytes) -> None:
    status, answer = await local.raw(content)
    assert status == 400
    assert answer["error"]["message"].endswith(".")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"type": None}, "type"),
        ({"type": ""}, "type"),
        ({"type": 5}, "type"),
        ({"id": None}, "id"),
        ({"id": {}}, "id"),
        ({"from": None}, "from.id"),
        ({"from": "alice"}, "from.id"),
        ({"from": {"id": 5}}, "from.id"),
        ({"from": {"id": "29:a", "aadObjectId": 5}}, "from.aadObjectId"),
        ({"recipient": None}, "recipient.id"),
        ({"conversation": []}, "conversation.id"),
        ({"conversation": {"id": ""}}, "conversation.id"),
        ({"conversation": {"id": "a", "isGroup": "yes"}}, "conversation.isGroup"),
        ({"conversation": {"id": "a", "tenantId": {}}}, "conversation.tenantId"),
        ({"channelId": None}, "channelId"),
        ({"serviceUrl": None}, "serviceUrl"),
        ({"serviceUrl": ["https://smba.trafficmanager.net/"]}, "serviceUrl"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": 5}, "timestamp"),
        ({"localTimestamp": "2026-13-01"}, "localTimestamp"),
        ({"expiration": {}}, "expiration"),
        ({"channelData": "x"}, "channelData.tenant.id"),
        ({"channelData": {"tenant": "x"}}, "channelData.tenant.id"),
        ({"entities": {}}, "entities"),
        ({"entities": [None]}, "entities"),
        ({"attachments": ["x"]}, "attachments"),
        ({"text": {}}, "text"),
        ({"type": "invoke", "name": None}, "name"),
    ],
    ids=str,
)
async def test_a_mistyped_or_missing_member_is_named(local: Bot, changes: Json, named: str) -> None:
    status, answer = await local.send(said(**changes))
    assert status == 400
    assert f"'{named}'" in answer["error"]["message"]


async def test_deep_nesting_is_refused(local: Bot) -> None:
    deep: Any = 1
    for _ in range(100):
        deep = {"a": deep}
    assert (await local.send(said(value=deep)))[0] == 400


async def test_half_an_emoji_does_not_hurt(local: Bot) -> None:
    text = '"a \\ud83d b \\ud83c\\udf89 c"'
    status, _ = await local.raw(json.dumps(said(text="?")).replace('"?"', text).encode())
    assert status == 200
    assert local.turns.taken[0]["text"] == "a \ufffd b \U0001f389 c"


async def test_an_activity_has_a_size_limit(local: Bot) -> None:
    assert (await local.send(said(text="x" * (BODY_LIMIT - 2000))))[0] == 200
    assert (await local.send(said(text="x" * BODY_LIMIT)))[0] == 413


async def test_the_limit_holds_without_a_length_and_for_packed_bodies(local: Bot) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    headers = {"Content-Type": "application/json"}
    async with local.http.post(f"{local.url}/api/messages", data=chunks(), headers=headers) as response:
        assert response.status == 413
    packed = gzip.compress(b" " * 50_000_000)
    assert (await local.raw(packed, **{"Content-Encoding": "gzip"}))[0] == 413


async def test_a_packed_body_is_read_and_a_broken_one_refused(local: Bot) -> None:
    packed = gzip.compress(json.dumps(said()).encode())
    assert (await local.raw(packed, **{"Content-Encoding": "gzip"}))[0] == 200
    assert (await local.raw(b"not gzip", **{"Content-Encoding": "gzip"}))[0] == 400


async def test_a_body_must_arrive_in_time(local: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.endpoint.READ_LIMIT", 0.1)

    reader, writer = await asyncio.open_connection("127.0.0.1", int(local.url.rpartition(":")[2]))
    head = "POST /api/messages HTTP/1.1", "Host: x", "Content-Type: application/json", "Content-Length: 9", ""
    writer.write("\r\n".join((*head, "{")).encode())
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
    writer.close()
    await writer.wait_closed()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)
MEMBERS = st.sampled_from(
    [*clicked(), "value", "attachments", "membersAdded", "deliveryMode", "relatesTo", "x"]
)
INNER = st.sampled_from(["id", "tenantId", "isGroup", "tenant", "action", "name", "aadObjectId"])


@pytest.fixture(scope="module")
def fuzzed() -> Any:
    """A bot on a loop of its own, as hypothesis runs its examples synchronously."""
    with asyncio.Runner() as runner:
        context = bot(LocalAuthentication(), local_list())
        running = runner.run(context.__aenter__())
        yield lambda body: runner.run(running.send(body))
        runner.run(context.__aexit__(None, None, None))


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@FUZZ
@given(body=JSON)
def test_any_json_is_answered_without_an_error_of_ours(fuzzed: Any, body: Any) -> None:
    status, _ = fuzzed(body)
    assert 400 <= status < 500


@FUZZ
@given(
    base=st.sampled_from([said(), clicked(), teams.installation(serviceUrl="http://localhost/")]),
    changes=st.dictionaries(MEMBERS, JSON | st.dictionaries(INNER, JSON, max_size=3), min_size=1, max_size=3),
)
def test_any_change_to_an_activity_is_answered_without_an_error_of_ours(
    fuzzed: Any, base: Json, changes: Json
) -> None:
    status, _ = fuzzed(base | changes)
    assert status in {200, 400, 403}


# ---- answers ----------------------------------------------------------------------------


async def test_a_click_gets_the_answer_of_its_turn(local: Bot) -> None:
    assert await local.send(clicked()) == (200, ANSWER.body)


async def test_a_slow_click_is_answered_in_time_and_goes_on(local: Bot) -> None:
    local.turns.delay = SLOW
    body = clicked()
    status, answer = await local.send(body)
    assert (status, answer["statusCode"]) == (200, 200)
    assert answer["type"] == "application/vnd.microsoft.activity.message"
    assert "Still working" in answer["value"]
    assert local.turns.ended == []
    await local.endpoint.close()
    assert local.turns.ended == [body["id"]]


async def test_closing_does_not_wait_for_ever(local: Bot) -> None:
    local.turns.delay = 60
    await local.send(clicked())
    async with asyncio.timeout(2):
        await local.endpoint.close(within=0.1)


async def test_a_message_is_answered_when_its_turn_has_ended(local: Bot) -> None:
    local.turns.delay = SLOW
    assert await local.send(said()) == (200, {})
    assert len(local.turns.ended) == 1


async def test_a_turn_goes_on_when_the_connection_breaks(local: Bot) -> None:
    local.turns.delay = 0.2
    sending = asyncio.create_task(local.send(said()))
    await local.turns.came.wait()
    sending.cancel()
    await local.endpoint.close()
    assert len(local.turns.ended) == 1


async def test_an_error_in_a_click_shows_an_id_that_is_in_the_log(local: Bot, caplog: Any) -> None:
    local.turns.error = KeyError("apr-1 secret words")
    status, answer = await local.send(clicked())
    assert (status, answer["statusCode"], answer["type"]) == (200, 500, "application/vnd.microsoft.error")
    reference = answer["value"]["message"].split()[-1].rstrip(".")
    assert f"error {reference} in 'invoke' 'adaptiveCard/action'" in caplog.text
    assert "KeyError" in caplog.text
    assert "in take" in caplog.text  # where it happened
    assert "secret" not in caplog.text


async def test_an_error_in_a_message_lets_the_channel_come_again(local: Bot, caplog: Any) -> None:
    local.turns.error = RuntimeError("my words")
    local.turns.error.__cause__ = ValueError("my words")
    assert (await local.send(said(text="my words")))[0] == 500
    assert "ValueError" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "my words" not in caplog.text


async def test_a_refusal_made_for_the_person_is_shown_to_who_clicked(local: Bot) -> None:
    local.turns.error = NotFoundError("There is no such run.")
    status, answer = await local.send(clicked())
    assert (status, answer["statusCode"], answer["value"]) == (200, 200, "There is no such run.")


async def test_an_error_after_the_deadline_is_logged(local: Bot, caplog: Any) -> None:
    local.turns.delay, local.turns.error = SLOW, KeyError("late")
    assert (await local.send(clicked()))[0] == 200
    await local.endpoint.close()
    assert "KeyError" in caplog.text


@pytest.mark.parametrize("name", ["task/fetch", "composeExtension/query"])
async def test_other_invokes_fail_with_a_status(local: Bot, name: str) -> None:
    local.turns.error = KeyError("x")
    assert (await local.send(clicked(name=name)))[0] == 500
    local.turns.delay = SLOW
    assert (await local.send(clicked(name=name)))[0] == 504


async def test_what_is_logged_of_an_activity_stays_on_one_line(local: Bot, caplog: Any) -> None:
    local.turns.error = KeyError("x")
    await local.send(said(id="1\nERROR forged"))
    assert "\nERROR forged" not in caplog.text


async def test_probes_say_whether_it_lives_and_can_work(local: Bot) -> None:
    assert await local.get("/healthz") == (200, {"status": "alive"})
    assert await local.get("/readyz") == (200, {"status": "ready"})


async def test_a_bot_that_cannot_work_is_not_ready() -> None:
    async def no() -> bool:
        return False

    for ready in (no, lambda: False):
        async with bot(LocalAuthentication(), local_list(), ready=ready) as running:
            assert (await running.get("/readyz"))[0] == 503
            assert (await running.get("/healthz"))[0] == 200
