"""Services over HTTP: what they say, what they refuse, and when they are asked again."""

import asyncio

import pytest
from aiohttp import web

from orchestration.errors import InvalidInputError, NotFoundError, StepError, TransientError
from orchestration.sizes import MOST_PASSED_ON
from tests.fakes.desk import FakeDesk, status, text

REFUND = {
    "customer_id": "CUST-5678",
    "order_id": "ORD-7002",
    "ticket_id": "CS-1234",
    "amount": 50,
    "currency": "EUR",
    "reason": "Charged twice",
}


async def test_a_record_is_read_with_the_bearer_token_of_its_service():
    async with FakeDesk() as desk:
        ticket = await desk.service(key="the-token").get("tickets", "cs-1234")
    assert ticket["customer_id"] == "CUST-5678"
    assert desk.asked[0].headers["authorization"] == "Bearer the-token"


async def test_the_same_key_is_the_same_refund_and_another_key_is_another_one():
    async with FakeDesk() as desk:
        service = desk.service()
        first = await service.post("refunds", body=REFUND, key="k1")
        again = await service.post("refunds", body=REFUND, key="k1")
        with pytest.raises(InvalidInputError, match=r"Between 0 and 49\.99 EUR"):
            await service.post("refunds", body=REFUND, key="k2")
    assert first == again
    assert len(desk.refunds) == 1
    assert [each.headers["idempotency-key"] for each in desk.posts] == ["k1", "k1", "k2"]


async def test_a_service_that_says_nothing_of_what_it_has_done_has_done_it():
    async def made(_: web.Request) -> web.Response:
        return web.Response(status=204)

    async with FakeDesk(made) as desk:
        assert await desk.service().post("refunds", body=REFUND, key="k1") is None


async def test_refunds_are_known_after_a_restart_and_after_half_a_line(tmp_path):
    path = tmp_path / "new" / "refunds.jsonl"
    async with FakeDesk(refunds=path) as desk:
        first = await desk.service().post("refunds", body=REFUND, key="k1")
    path.write_text(path.read_text() + '\n{"key": "k')
    async with FakeDesk(refunds=path) as desk:
        assert await desk.service().post("refunds", body=REFUND, key="k1") == first
        await desk.service().post("refunds", body={**REFUND, "amount": 1}, key="k3")
    async with FakeDesk(refunds=path) as desk:
        assert [each["amount"] for each in desk.refunds] == [50, 1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"order_id": "ORD-7015"}, "no such order"),
        ({"currency": "USD"}, "was paid in EUR"),
        ({"amount": -1}, "Between 0 and"),
        ({"amount": "much"}, "no number"),
        ({"amount": "NaN"}, "no number"),
    ],
)
async def test_a_refund_that_does_not_fit_the_order_is_refused_in_words(change, why):
    async with FakeDesk() as desk:
        with pytest.raises(InvalidInputError, match=why):
            await desk.service().post("refunds", body={**REFUND, **change}, key="k")
    assert desk.refunds == []


async def test_what_is_not_there_is_said_in_the_words_of_the_service():
    async with FakeDesk() as desk:
        with pytest.raises(NotFoundError, match="There is no such ticket"):
            await desk.service().get("tickets", "CS-9")


@pytest.mark.parametrize(
    "name", ["../customers/CUST-5678", "a/b", "x?y=1#z", "%2e%2e", "ü ☃", "\ud800", "CS-1234/"]
)
async def test_whatever_was_typed_is_one_name_in_the_path(name):
    async with FakeDesk() as desk:
        with pytest.raises(NotFoundError):
            await desk.service().get("tickets", name)
    path = desk.asked[0].path
    assert path.startswith("/tickets/")
    assert path.count("/") == 2
    assert "?" not in path


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_what_names_nothing_is_not_asked_for(name):
    async with FakeDesk() as desk:
        with pytest.raises(NotFoundError):
            await desk.service().get("tickets", name)
    assert desk.asked == []


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
async def test_trouble_of_the_service_may_pass(code):
    async with FakeDesk(status(code, "The database is away.")) as desk:
        with pytest.raises(TransientError, match=f"status {code}.*database is away"):
            await desk.service().get("tickets", "CS-1234")


async def test_a_service_that_takes_too_long_or_is_away_may_come_back():
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with FakeDesk(hang) as desk:
        service = desk.service(seconds=0.2)
        with pytest.raises(TransientError, match="does not answer"):
            await service.get("tickets", "CS-1234")
        await desk._runner.cleanup()
        with pytest.raises(TransientError, match="does not answer"):
            await service.get("tickets", "CS-1234")


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (status(401), "did not do this .status 401"),
        (status(302, Location="http://127.0.0.1:1/elsewhere"), "did not do this .status 302"),
        (text("<html>"), "no JSON"),
        (text("[" * 100_000), "no JSON"),
        (text("x" * (MOST_PASSED_ON + 1)), "more than a step may pass on"),
    ],
)
async def test_what_will_not_get_better_is_not_tried_again(trouble, why):
    async with FakeDesk(trouble) as desk:
        with pytest.raises(StepError, match=why):
            await desk.service().get("tickets", "CS-1234")
    assert len(desk.asked) == 1


async def test_words_of_a_service_cannot_become_links():
    async with FakeDesk(status(422, "See [here](https://evil.example)")) as desk:
        with pytest.raises(InvalidInputError) as refused:
            await desk.service().post("refunds", body={}, key="k")
    assert "](" not in str(refused.value)
    assert "://" not in str(refused.value)
