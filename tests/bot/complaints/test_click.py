"""What users of other products suffered from clicks: decisions by nobody, by strangers, and by silence."""

from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.auth import AllowList, SigningKeys, TokenAuthentication
from bot.endpoint import Endpoint
from bot.sdk import BotFramework, Json, Transport
from orchestration.messages import DECISION, EVERYONE, Option, Question, Rule
from tests.bot.complaints.scene import CAROLS, GROUP, HERS, HIS, TITLE, asked, live, met, pay, question
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.keys import KeyServer
from tests.fakes.signoff import buttons, clicked, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE
from tests.fakes.workflows import Work, asking, gated

BOBS = (BOB.entra_id,)
REFUSED = "application/vnd.microsoft.activity.message"
CHOICE = Question(
    TITLE,
    "From which account?",
    kind=DECISION,
    options=(Option("g", "Giro"), Option("s", "Savings")),
    rule=Rule(approvers=BOBS),
)


def endpoint(**parts: Any) -> Endpoint:
    return Endpoint(**{"framework": None, "allowed": None, "turn": None, "ready": bool} | parts)


ROUTES = [(route.method, route.path) for route in endpoint().routes()]


# ---- addresses that decide ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_fetching_an_address_never_decides_anything(store, method):
    """Complaint 1: A preview of a link fetched the address for approving, and so approved by itself."""
    async with signoff(store, definitions=[asking(pay())]) as it:
        data = buttons(await asked(it))["Approve"]["data"]
        more = ["/", f"/approve/{data['run']}", f"/exports/{data['run']}", *(path for _, path in ROUTES)]
        for path in more:
            async with it.http.request(method, f"{it.url}{path}", params={"verb": "decide", **data}) as said:
                await said.read()
        await it.quiet()
        assert (await question(it)).pending
        await it.card(TITLE, "Approve", where=GROUP)


async def test_there_is_nothing_on_a_card_that_a_preview_could_fetch(store):
    """Complaint 2: In another chat, too, buttons were links, and whatever looked at a link pressed them."""
    async with signoff(store, definitions=[asking(pay(approvers=BOBS))]) as it:
        card = await asked(it)
        await it.quiet()
        shown = [card, *it.teams.cards(GROUP["id"])]
        shown.append((await it.click(card, "More", by=BOB, where=GROUP))["value"])
    kinds = {action["type"] for each in shown for action in _actions(each)}
    assert kinds == {"Action.Execute"}


def _actions(part: Any) -> list[Json]:
    if isinstance(part, dict):
        own = [part] if str(part.get("type")).startswith("Action") and "title" in part else []
        return own + [action for each in part.values() for action in _actions(each)]
    if isinstance(part, list):
        return [action for each in part for action in _actions(each)]
    return []


# ---- forged cards -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({"run": "run-20260101-aaaaaaaa"}, BOB),
        ({"approval": "ask-2"}, BOB),
        ({"verdict": "always"}, BOB),
        ({"option": "cash"}, BOB),
        ({"option": ["g", "s"]}, BOB),
        ({"option": "g", "by": BOB.entra_id, "person": BOB.entra_id}, DAVE),
        ({"option": "g", "approvers": [DAVE.entra_id], "needed": 0}, DAVE),
        ({"option": "g", "edits": "yes", "v.amount": 1}, BOB),
    ],
    ids=str,
)
async def test_what_a_forged_card_claims_is_not_believed(store, changes, by):
    """Complaint 3: Forged card data approved what belonged to somebody else, and chose what was withheld."""
    async with signoff(store, definitions=[asking(CHOICE)]) as it:
        await it.say("run asking please", where=GROUP)
        card = await it.card(TITLE, "Choose", where=GROUP)
        answer = await it.click(card, "Choose", changes, by=by, where=GROUP)
        assert answer["type"] == REFUSED, answer
        assert (await question(it)).votes == ()


async def test_the_card_of_one_run_decides_no_other_run(store):
    """Complaint 3: With the id of another session in the data, a card approved that session's command."""
    async with signoff(store, definitions=[asking(pay(approvers=BOBS)), gated(Work())]) as it:
        his = await asked(it)
        await it.say("run gated hers", by=CAROL, where=CAROLS)
        hers = await it.card("Go on?", where=CAROLS)
        for mine, other, where in ((his, hers, GROUP), (his, hers, HIS), (hers, his, CAROLS)):
            foreign = {**buttons(other)["Approve"]["data"]}
            by = CAROL if where is CAROLS else BOB
            answer = await it.click(mine, "Approve", foreign, by=by, where=where)
            assert answer["type"] == REFUSED
        mixed = {"approval": buttons(hers)["Approve"]["data"]["approval"]}
        assert (await it.click(his, "Approve", mixed, by=BOB, where=GROUP))["type"] == REFUSED
        assert (await question(it)).pending
        assert (await question(it, CAROLS)).pending


async def test_a_card_from_another_tenant_finds_nothing(store):
    """Complaint 3: A question was found by its id alone, whoever sent it and from wherever."""
    async with signoff(store, definitions=[asking(pay())]) as it:
        card = await asked(it)
        elsewhere = {
            "conversation": GROUP | {"tenantId": teams.OTHER_TENANT},
            "channelData": {"tenant": {"id": teams.OTHER_TENANT}},
        }
        answer = await it.send(clicked(card, "Approve", by=BOB, where=GROUP) | elsewhere)
        assert answer["value"] == "This question does not exist, or not for you."
        assert (await question(it)).pending


async def test_what_somebody_wrote_cannot_be_confirmed_in_their_name(store):
    """Complaint 3: Who confirms was taken from the data, so anybody could confirm for anybody."""
    async with signoff(store, definitions=[asking(pay(approvers=(*BOBS, CAROL.entra_id)))]) as it:
        await asked(it)
        await it.say("looks fine", by=BOB, where=GROUP)
        card = await it.card("Bob Builder, I read this as", where=GROUP)
        for person, claim, sentence in (
            (CAROL, {}, "Only the one who wrote it can confirm it."),
            (CAROL, {"by": BOB.entra_id, "verdict": "approve"}, "Only the one who wrote it can confirm it."),
            (DAVE, {"by": DAVE.entra_id, "verdict": "approve"}, "You are not one of the approvers"),
        ):
            answer = await it.click(card, "Confirm", claim, by=person, where=GROUP)
            assert sentence in answer["value"]
        assert (await question(it)).votes == ()


# ---- who clicks ---------------------------------------------------------------------------------


async def test_a_click_passes_the_same_list_of_tenants_as_a_message(store):
    """Complaint 4: Messages were checked against a list of who may use the bot, clicks were not."""
    async with signoff(store, definitions=[asking(pay())], SIGNOFF_TENANTS=teams.TENANT) as it:
        card = await asked(it)
        changes = {"channelData": {"tenant": {"id": teams.OTHER_TENANT}}}
        guest = {"conversation": GROUP | {"tenantId": teams.OTHER_TENANT}} | changes
        for activity in (
            teams.message("approve", by=BOB, where=GROUP),
            clicked(card, "Approve", by=BOB, where=GROUP),
            clicked(card, "Approve", by=BOB, where=GROUP) | {"type": "message", "text": ""},
        ):
            await it.send(activity | guest, expected=403)
            await it.send(activity | changes, expected=403)
        assert (await question(it)).pending


async def test_in_a_shared_thread_only_those_who_are_asked_can_answer(any_store):
    """Complaint 5: In a shared thread another member could answer what was asked of somebody."""
    here = teams.thread()
    async with signoff(any_store, definitions=[asking(pay(approvers=BOBS))]) as it:
        card = await asked(it, where=here)
        for person in (CAROL, DAVE):
            answer = await it.click(card, "Approve", by=person, where=here)
            assert "You are not one of the approvers" in answer["value"]
            await it.say("approve", by=person, where=here)
        await it.told("You are not one of the approvers", where=here)
        assert (await question(it, here)).votes == ()
        await it.click(card, "Approve", by=BOB, where=here)
        await it.card("✓ Approved", "Bob Builder", where=here)


async def test_who_decides_is_who_teams_says_and_not_who_the_card_says(any_store):
    """Complaint 6: The name of who approved came from the caller, so a record could say anything."""
    async with signoff(any_store, definitions=[asking(pay())]) as it:
        card = await asked(it)
        lie = {"by": BOB.entra_id, "from": BOB.account, "name": BOB.name, "seat": BOB.entra_id}
        await it.click(card, "Approve", lie, by=CAROL, where=GROUP)
        await it.card("✓ Approved", "Carol Case", without="Bob Builder", where=GROUP)
        decision = (await question(it)).decision
        assert (decision.by.id, decision.by.name, decision.seat) == (CAROL.entra_id, CAROL.name, "")


@pytest.mark.parametrize(
    "sender",
    [{}, {"aadObjectId": ""}, {"aadObjectId": None}, {"userPrincipalName": "bob@example.com"}],
    ids=str,
)
async def test_who_is_not_signed_in_decides_nothing_whatever_their_name(store, sender):
    """Complaint 6: Without an identity that is proved, a display name was enough to approve."""
    async with signoff(store, definitions=[asking(pay(approvers=BOBS))]) as it:
        card = await asked(it)
        nobody = {"from": {"id": BOB.id, "name": BOB.name} | sender}
        answer = await it.send(clicked(card, "Approve", where=GROUP) | nobody)
        assert "signed in with a work or school account" in answer["value"]
        await it.send(teams.message("approve", where=GROUP) | nobody)
        namesake = {"from": BOB.account | {"aadObjectId": DAVE.entra_id}}
        answer = await it.send(clicked(card, "Approve", where=GROUP) | namesake)
        assert "You are not one of the approvers" in answer["value"]
        assert (await question(it)).votes == ()


@pytest.mark.parametrize(("method", "path"), [each for each in ROUTES if each[0] != "GET"])
async def test_without_a_token_nothing_comes_in_at_any_address(method, path):
    """Complaint 7: The addresses that let a stopped run go on were shipped without authentication."""
    taken: list[Json] = []

    async def take(body: Json) -> None:
        taken.append(body)

    allowed = AllowList(hosts=frozenset({"smba.trafficmanager.net"}), tenants=frozenset({teams.TENANT}))
    async with KeyServer() as keys, aiohttp.ClientSession() as http:
        signing = SigningKeys(keys.metadata, http)
        guard = TokenAuthentication(teams.APP_ID, signing)
        framework = BotFramework(guard, Transport(http, allows=allowed.allows))
        application = web.Application()
        application.add_routes(endpoint(framework=framework, allowed=allowed, turn=take).routes())
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
        for body in (teams.message("approve"), teams.click({"verb": "decide"}), teams.installation()):
            for headers in ({}, {"Authorization": ""}, {"Authorization": "Bearer null"}):
                async with http.request(method, url, json=body, headers=headers) as answer:
                    assert answer.status == 401
        await runner.cleanup()
        await signing.close()
    assert taken == []


# ---- silence and oneself ------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [{}, {"approvers": BOBS}, {"approvers": BOBS, "needed": EVERYONE}], ids=str)
async def test_silence_is_no_approval_unless_the_rule_says_so(store, rule):
    """Complaint 8: When the time was up, the missing answer counted as a yes."""
    clock, work = MovableClock(), Work()
    how = {"definitions": [asking(pay(expires_after=3600.0, **rule), work)], "clock": clock}
    async with signoff(store, **how) as it:
        card = await asked(it)
        assert "then it counts as rejected" in text_of(card)
        clock.forward(hours=2)
        await it.card("Too late", "counts as rejected", where=GROUP)
        await it.card("Asking", "Rejected", where=GROUP)
        assert "last" not in work.done


async def test_without_a_time_limit_silence_means_nothing_at_all(store):
    """Complaint 8: A wait that nobody had limited ended by itself, in favour of whoever asked."""
    clock, work = MovableClock(), Work()
    async with signoff(store, definitions=[asking(pay(), work)], clock=clock) as it:
        await asked(it)
        clock.forward(days=300)
        await it.say("status", where=GROUP)
        await it.card("newer card", where=GROUP)
        assert (await question(it)).pending
        assert "last" not in work.done


async def test_who_started_it_does_not_approve_it_on_any_way_round(store):
    """Complaint 9: People had to build for themselves that the requester is not the approver."""
    async with signoff(store, definitions=[asking(pay(approvers=(*BOBS, ALICE.entra_id)))]) as it:
        await met(it, ALICE, BOB)
        await it.say(f"away for 3 days, deputy {ALICE.name}", by=BOB, where=HIS)
        await it.told("can answer for you", where=HIS)
        card = await asked(it)
        await it.say("approve", where=GROUP)
        await it.told("You started this run, so somebody else has to decide.", where=GROUP)
        assert "somebody else has to decide" in (await it.click(card, "Approve", where=GROUP))["value"]
        (run,) = await store.runs_in(teams.TENANT, GROUP["id"], 2)
        await it.say(f"reassign {run.short_id} to {ALICE.name}", where=GROUP)
        await it.told("Alice Admin may not decide this question.", where=GROUP)
        await it.say("inbox", where=HERS)
        await it.card("Nothing waits for you.", where=HERS)
        assert not live(it, HERS)
        assert (await question(it)).votes == ()


async def test_a_list_of_approvers_needs_no_code(store):
    """Complaint 9: A fixed list of who may approve was a request for years."""
    async with signoff(store, definitions=[gated(Work())], SIGNOFF_APPROVERS=BOB.entra_id) as it:
        await it.say("run gated hello", where=GROUP)
        card = await it.card("Go on?", where=GROUP)
        assert "not one of the approvers" in (await it.click(card, "Approve", by=DAVE, where=GROUP))["value"]
        assert "somebody else has to decide" in (await it.click(card, "Approve", where=GROUP))["value"]
        await it.click(card, "Approve", by=BOB, where=GROUP)
        await it.card("Completed", where=GROUP)
