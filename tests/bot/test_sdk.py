"""The SDK behind plain JSON, over real HTTP on loopback: what arrives, and what each failure means."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp
import pytest

from bot.auth import AllowList, LocalAuthentication
from bot.sdk import Answer, BotFramework, Connector, Json, SendError, Transport, reference_of
from tests.fakes import teams
from tests.fakes.connector import FakeConnector, Fault
from tests.fakes.stalls import Stalls

QUICK = aiohttp.ClientTimeout(total=5, connect=1, sock_connect=1, sock_read=1)
CONTENT = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "nothing": None,
    "flags": [True, False, None],
    "numbers": [0, 1, -2.5, 10**15, 1e-7],
    "empty": [{}, [], ""],
    "nested": {"choices.data": {"type": "Data.Query"}, "a": [[{"deep": [None, {"x": True}]}]]},
    "text": 'Zoë 🎉 <at>x</at> \\ " \n \u2028 {braces} 2026-11-20T09:30:00Z',
    "order": {"z": 1, "a": 2, "m": 3},
}
CARD = {"contentType": "application/vnd.microsoft.card.adaptive", "content": CONTENT}
MESSAGE: Json = {"type": "message", "summary": "A card", "attachments": [CARD]}


@dataclass
class Bench:
    """A connector of ours, and the service it talks to."""

    teams: FakeConnector
    connector: Connector
    framework: BotFramework
    http: aiohttp.ClientSession

    def reference(self, where: Json | None = None, **changes: Any) -> Json:
        return reference_of(teams.message("hi", where=where, serviceUrl=self.teams.url) | changes)


def allowed(*hosts: str, local: bool = True) -> AllowList:
    return AllowList(hosts=frozenset(hosts or ("127.0.0.1",)), tenants=frozenset(), local=local)


def framework(http: aiohttp.ClientSession, **options: Any) -> BotFramework:
    options = {"allows": allowed().allows, "token": lambda: "the-token", "timeout": QUICK} | options
    return BotFramework(LocalAuthentication(), Transport(http, **options))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with FakeConnector() as service, aiohttp.ClientSession() as http:
        sdk = framework(http)
        yield Bench(service, Connector(sdk), sdk, http)


async def test_a_post_arrives_unchanged_and_gives_its_id(bench: Bench) -> None:
    posted = await bench.connector.post(bench.reference(teams.group()), MESSAGE)
    [sent] = bench.teams.sent
    assert (sent.verb, sent.conversation, sent.activity) == ("post", "19:group@thread.v2", posted)
    assert json.dumps(sent.body["attachments"]) == json.dumps([CARD])  # the order of members too
    assert sent.body["summary"] == "A card"


async def test_an_update_replaces_the_message_with_that_id(bench: Bench) -> None:
    reference = bench.reference(teams.thread())
    posted = await bench.connector.post(reference, {"type": "message", "text": "old"})
    await bench.connector.update(reference, posted, MESSAGE)
    assert bench.teams.cards(teams.thread()["id"]) == [CONTENT]
    [_, update] = bench.teams.sent
    assert json.dumps(update.body["attachments"]) == json.dumps([CARD])


async def test_what_the_sdk_does_not_know_survives(bench: Bench) -> None:
    mention = {"type": "mention", "text": "<at>B</at>", "mentioned": {"id": "29:bob", "name": "B"}}
    extra = {
        "entities": [mention],
        "channelData": {"notification": {"alert": True}},
        "someday": {"new": [None]},
    }
    await bench.connector.post(bench.reference(), {"text": "<at>B</at>"} | extra)
    [sent] = bench.teams.sent
    assert extra.items() <= sent.body.items()
    assert sent.body["type"] == "message"


async def test_a_message_goes_only_where_the_reference_says(bench: Bench) -> None:
    astray = MESSAGE | {"conversation": {"id": "elsewhere"}, "replyToId": "1", "id": "2", "serviceUrl": "x"}
    await bench.connector.post(bench.reference(teams.thread()), astray)
    [sent] = bench.teams.sent
    assert sent.conversation == "19:alerts@thread.tacv2;messageid=1700000000000"
    assert sent.body["conversation"] == teams.thread()
    assert sent.body["from"] == teams.BOT


async def test_no_made_up_reply_id_is_sent(bench: Bench) -> None:
    reference = bench.reference(teams.thread())
    posted = await bench.connector.post(reference, MESSAGE)
    await bench.connector.update(reference, posted, MESSAGE)
    path = "/teams/v3/conversations/19%3Aalerts%40thread.tacv2%3Bmessageid%3D1700000000000/activities"
    assert [(method, path) for method, path, _ in bench.teams.requests] == [
        ("POST", path),
        ("PUT", f"{path}/{posted}"),
    ]
    assert not any(one.body.get("replyToId") for one in bench.teams.sent)


async def test_the_given_message_is_not_changed(bench: Bench) -> None:
    before = json.dumps(MESSAGE)
    await bench.connector.update(bench.reference(), "1", MESSAGE)
    assert json.dumps(MESSAGE) == before


async def test_requests_carry_the_token(bench: Bench) -> None:
    await bench.connector.post(bench.reference(), MESSAGE)
    [(_, _, headers)] = bench.teams.requests
    assert headers["Authorization"] == "Bearer the-token"
    assert headers["Content-Type"] == "application/json; charset=utf-8"


async def test_local_requests_carry_no_token(bench: Bench) -> None:
    connector = Connector(framework(bench.http, token=None))
    await connector.post(bench.reference(), MESSAGE)
    [(_, _, headers)] = bench.teams.requests
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.throttled(7), (429, "TooManyRequests", 7.0, False)),
        (Fault.throttled(), (429, "TooManyRequests", None, False)),
        (Fault(429, "Slow", {"Retry-After": "later"}), (429, "Slow", None, False)),
        (Fault(412, "PreconditionFailed"), (412, "PreconditionFailed", None, False)),
        (Fault(403, "ConversationBlockedByUser"), (403, "ConversationBlockedByUser", None, False)),
        (Fault(404, "ConversationNotFound"), (404, "ConversationNotFound", None, False)),
        (Fault(413, "MessageSizeTooBig"), (413, "MessageSizeTooBig", None, False)),
        (Fault(401, body="<html>no</html>"), (401, "Unauthorized", None, False)),
        (Fault(302, headers={"Location": "http://127.0.0.1:1/"}), (302, "Found", None, False)),
        (Fault(500, "ServiceError"), (500, "ServiceError", None, True)),
        (Fault(502, body="<html>Bad gateway</html>"), (502, "Bad Gateway", None, True)),
        (Fault(503, "Busy", {"Retry-After": "3"}), (503, "Busy", 3.0, True)),
        (Fault(504, body=""), (504, "Gateway Timeout", None, True)),
        (Fault(502, "Bad", applied=True), (502, "Bad", None, True)),
        (Fault(200, body="<html>fine</html>", applied=True), (200, "NoActivityId", None, True)),
        (Fault(202, body="[]", applied=True), (200, "NoActivityId", None, True)),
        (Fault.cut(applied=False), (None, "ServerDisconnectedError", None, True)),
        (Fault.cut(applied=True), (None, "ServerDisconnectedError", None, True)),
        (Fault(200, hang=30), (None, "SocketTimeoutError", None, True)),
    ],
)
async def test_a_failed_post_says_what_happened(
    bench: Bench, fault: Fault, expected: tuple[int | None, str, float | None, bool]
) -> None:
    bench.teams.fail(fault)
    with pytest.raises(SendError) as raised:
        await bench.connector.post(bench.reference(), MESSAGE)
    error = raised.value
    assert (error.status, error.code, error.retry_after, error.ambiguous) == expected
    assert len(bench.teams.requests) == 1  # nothing is retried here


@pytest.mark.parametrize("fault", [Fault(502), Fault.throttled(1), Fault(412, "PreconditionFailed")])
async def test_a_failed_update_is_not_retried_and_keeps_its_status(bench: Bench, fault: Fault) -> None:
    bench.teams.fail(fault)
    with pytest.raises(SendError) as raised:
        await bench.connector.update(bench.reference(), "1", MESSAGE)
    assert raised.value.status == fault.status
    assert len(bench.teams.requests) == 1


async def test_an_update_needs_no_id_in_the_answer(bench: Bench) -> None:
    bench.teams.fail(Fault(204, body="", applied=True))
    await bench.connector.update(bench.reference(), "1", MESSAGE)
    assert bench.teams.updates


async def test_an_update_over_a_connection_that_died_is_sent_once_more(bench: Bench) -> None:
    """aiohttp does that, for a PUT only: an update that arrives twice does no harm."""
    posted = await bench.connector.post(bench.reference(), MESSAGE)
    bench.teams.fail(Fault.cut(applied=True))
    await bench.connector.update(bench.reference(), posted, MESSAGE)
    assert len(bench.teams.updates) == 2
    bench.teams.fail(Fault.cut(applied=True))
    with pytest.raises(SendError):
        await bench.connector.post(bench.reference(), MESSAGE)
    assert len(bench.teams.posts) == 2


async def test_retry_after_may_be_a_date(bench: Bench) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    bench.teams.fail(Fault(429, "Slow", {"Retry-After": at}))
    with pytest.raises(SendError) as raised:
        await bench.connector.post(bench.reference(), MESSAGE)
    assert 50 < (raised.value.retry_after or 0) <= 60


async def test_a_service_that_is_not_there_has_got_nothing(bench: Bench) -> None:
    reference = bench.reference() | {"serviceUrl": "http://127.0.0.1:1/teams/"}
    with pytest.raises(SendError) as raised:
        await bench.connector.post(reference, MESSAGE)
    assert (raised.value.status, raised.value.ambiguous) == (None, False)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/teams/",
        "http://smba.trafficmanager.net/amer/",
        "https://smba.trafficmanager.net:8443/amer/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://me:secret@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://evil.example\\@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net/{x}/",
        "https://[::1/",
        "//smba.trafficmanager.net/",
        "ftp://smba.trafficmanager.net/",
        "",
    ],
)
async def test_the_token_goes_only_to_allowed_addresses(bench: Bench, url: str) -> None:
    gate = allowed("smba.trafficmanager.net", local=False)
    assert not gate.allows(url)
    connector = Connector(framework(bench.http, allows=gate.allows))
    with pytest.raises(SendError) as raised:
        await connector.post(bench.reference() | {"serviceUrl": url}, MESSAGE)
    assert (raised.value.code, raised.value.ambiguous) == ("ServiceUrlNotAllowed", False)


async def test_without_a_valid_token_nothing_is_sent(bench: Bench) -> None:
    connector = Connector(framework(bench.http, token=str))
    with pytest.raises(SendError) as raised:
        await connector.post(bench.reference(), MESSAGE)
    assert (raised.value.code, raised.value.ambiguous, bench.teams.requests) == ("NoToken", False, [])


async def test_many_sends_run_at_once_and_leave_the_loop_free(bench: Bench) -> None:
    connector = Connector(framework(bench.http, timeout=aiohttp.ClientTimeout(total=30)))
    bench.teams.delay = 0.3
    await connector.post(bench.reference(), MESSAGE)
    started = time.monotonic()
    async with Stalls() as stalls:
        sends = (
            connector.post(bench.reference(teams.group(f"19:{n}@thread.v2")), MESSAGE) for n in range(60)
        )
        ids = await asyncio.gather(*sends)
    assert len(set(ids)) == 60
    assert bench.teams.busiest > 32  # more than a pool of threads would carry
    assert time.monotonic() - started < 5  # one after the other they would take 18
    assert stalls.longest < 0.5


async def test_a_turn_gets_the_json_and_its_answer_comes_back(bench: Bench) -> None:
    body = teams.click({"id": "x"}, serviceUrl=bench.teams.url, unknown={"kept": [None]})
    seen: list[Json] = []

    async def turn(given: Json) -> Answer:
        seen.append(given)
        return Answer(200, {"statusCode": 200, "value": CONTENT})

    identity = await bench.framework.authenticate(body, "")
    answer = await bench.framework.process(identity, body, turn)
    assert answer == Answer(200, {"statusCode": 200, "value": CONTENT})
    assert seen == [body]


@pytest.mark.parametrize("make", [teams.click, teams.message])
async def test_a_turn_without_an_answer_has_none(bench: Bench, make: Any) -> None:
    body = make({} if make is teams.click else "hi", serviceUrl=bench.teams.url)

    async def turn(_given: Json) -> None:
        return None

    identity = await bench.framework.authenticate(body, "")
    assert await bench.framework.process(identity, body | {"deliveryMode": "expectReplies"}, turn) is None


async def test_an_error_in_a_turn_passes_through(bench: Bench) -> None:
    body = teams.message("hi", serviceUrl=bench.teams.url)

    async def turn(_given: Json) -> None:
        raise KeyError("mine")

    identity = await bench.framework.authenticate(body, "")
    with pytest.raises(KeyError, match="mine"):
        await bench.framework.process(identity, body, turn)


def test_a_reference_keeps_only_the_address() -> None:
    body = teams.message("secret words", by=teams.BOB)
    assert reference_of(body) == {
        "channelId": "msteams",
        "serviceUrl": teams.SERVICE_URL,
        "conversation": teams.personal(teams.BOB),
        "bot": teams.BOT,
        "user": {"id": "29:bob", "name": "Bob Builder"},
    }


@pytest.mark.parametrize("where", [teams.group(), teams.thread()])
def test_a_reference_to_a_group_names_no_person(where: Json) -> None:
    reference = reference_of(teams.message("hi", by=teams.CAROL, where=where))
    assert "user" not in reference
    assert reference["conversation"] == where
