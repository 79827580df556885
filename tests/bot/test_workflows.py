"""What people ask about workflows before there is a run, through the endpoint."""

from dataclasses import replace

import pytest

from bot.handlers.workflows import Workflows
from orchestration.agents.demo import DemoChatClient
from orchestration.catalog import Catalog
from orchestration.model import Person
from orchestration.register import Asker
from orchestration.workflows.definition import Means
from tests.fakes import teams
from tests.fakes.signoff import button, comment_on, signoff, text_of
from tests.fakes.teams import ALICE, BOB
from tests.fakes.workflows import Work, gated

HARMLESS = replace(gated(Work(), "careful"), harmless=True, about="Asks before it goes on.")
REAL = gated(Work(), "real")


async def test_workflows_are_listed_with_what_they_do_and_how_they_begin(store):
    async with signoff(store, definitions=(HARMLESS, REAL)) as it:
        await it.say("workflows")
        shown = text_of(await it.card("Workflows"))
        for words in ("Careful", "Asks before it goes on.", "Steps: First, Gate, Last", "run real anything"):
            assert words in shown


async def test_a_workflow_is_shown_with_its_picture_and_the_way_back_to_the_list(store):
    async with signoff(store, definitions=(HARMLESS, REAL)) as it:
        await it.say("Show careful.")
        card = await it.card("Who decides, unless a step names others", "Careful")
        [picture] = [part for part in card["body"] if part["type"] == "Image"]
        assert picture["url"].startswith("data:image/png;base64,")
        assert picture["altText"] == "First, then Gate. Gate (may ask people), then Last. Last."
        listed = (await it.click(card, "All workflows"))["value"]
        assert text_of(listed).startswith("Workflows")
        again = (await it.click(listed, "Show"))["value"]
        assert button(again, "All workflows")


async def test_the_policy_says_who_decides_by_name(store, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(
        f'[workflows.real]\napprovers = ["{BOB.entra_id}"]\ncomment_on_reject = true\nexpires_after = "3d"\n'
    )
    async with signoff(store, definitions=(REAL,), SIGNOFF_POLICY=str(policy)) as it:
        await it.say("hello", by=BOB)
        await it.say("show real")
        shown = text_of(await it.card("Who decides"))
        assert f"{BOB.name} may decide." in shown
        assert "A rejection needs a reason." in shown
        assert "Without an answer after 3 days, it counts as rejected." in shown


async def test_a_workflow_that_asks_only_who_started_it_says_so(store):
    async with signoff(store, definitions=(replace(REAL, asks_requester=True),)) as it:
        await it.say("show real")
        assert "Whoever starts the run may decide." in text_of(await it.card("Who decides"))


async def test_a_button_starts_the_example_and_says_which_run_it_is(store):
    async with signoff(store, definitions=(REAL,)) as it:
        await it.say("show real")
        answer = await it.click(await it.card("Who decides"), "Start example")
        await it.card("Go on?", "anything")
        [run] = await store.runs_of(teams.TENANT, ALICE.entra_id, 10)
        assert f"Started as run {run.short_id}." in text_of(answer["value"])
        assert (run.title, run.trial) == ("anything", False)


async def test_a_click_that_is_delivered_twice_starts_one_run(store):
    async with signoff(store, definitions=(REAL,)) as it:
        await it.say("show real")
        card = await it.card("Who decides")
        activity = teams.click(button(card, "Start example")["data"], where=teams.personal())
        activity["value"]["action"]["verb"] = "start-example"
        await it.send(activity)
        await it.send(activity)
        await it.card("Go on?")
        assert len(await store.runs_of(teams.TENANT, ALICE.entra_id, 10)) == 1


@pytest.mark.parametrize("how", ["try careful", "button"])
async def test_a_test_run_is_called_that_and_asks_only_who_tries_it(store, how):
    where = teams.group()
    async with signoff(store, definitions=(HARMLESS, REAL), SIGNOFF_APPROVERS=BOB.entra_id) as it:
        if how == "button":
            await it.say("show careful", where=where)
            await it.click(await it.card("Who decides", where=where), "Test run", where=where)
        else:
            await it.say(how, where=where)
        card = await it.card("Go on?", where=where)
        refused = await it.click(card, "Approve", by=BOB, where=where)
        assert "statusCode" in refused
        assert isinstance(refused["value"], str)
        await it.click(card, "Approve", where=where)
        await it.card("Test run: anything", "Completed", where=where)


async def test_trying_a_workflow_that_does_something_outside_approves_nothing(store):
    where = teams.group()
    async with signoff(store, definitions=(HARMLESS, REAL), SIGNOFF_APPROVERS=BOB.entra_id) as it:
        await it.say("try real", where=where)
        card = await it.card("Go on?", where=where)
        refused = await it.click(card, "Approve", by=ALICE, where=where)
        assert isinstance(refused["value"], str)
        await it.click(card, "Approve", by=BOB, where=where)
        await it.card("Test run: anything", "Completed", where=where)


@pytest.mark.parametrize("text", ["try again", "show prices", "try real harder", "show it, please"])
async def test_words_that_only_begin_like_a_command_are_a_reply(store, text):
    async with signoff(store, definitions=(REAL,)) as it:
        await it.say("run real x")
        await it.card("Go on?")
        await it.say(text)
        assert comment_on(await it.card("I read this as")) == text
        assert len(await store.runs_of(teams.TENANT, ALICE.entra_id, 10)) == 1


async def test_a_card_of_a_workflow_that_is_gone_says_so(store):
    async with signoff(store, definitions=(REAL,)) as it:
        await it.say("workflows")
        card = await it.card("Workflows")
        button(card, "Show")["data"]["workflow"] = "gone"
        assert "There is no workflow called “gone”" in (await it.click(card, "Show"))["value"]


async def test_what_is_left_out_is_told_to_those_who_administer(store):
    problem = "Workflows of the package acme (acme:ALL) are left out, because it raised ValueError."
    async with signoff(store, definitions=(REAL,), problems=(problem,)) as it:
        await it.say("workflows")
        assert problem in text_of(await it.card("Workflows"))


def test_outside_of_local_mode_only_administrators_are_told():
    handler = workflows_for(administrators={BOB.entra_id})
    assert "acme" not in text_of(handler._listed(asker(ALICE)))
    assert "acme" in text_of(handler._listed(asker(BOB)))


def workflows_for(administrators):
    return Workflows(
        catalog=Catalog(Means(client=DemoChatClient()), (REAL,)),
        runs=None,
        views=None,
        approvers=(),
        administrators=administrators,
        everybody_administers=False,
        problems=["Workflows of the package acme are left out."],
    )


def asker(person):
    return Asker(Person(teams.TENANT, person.entra_id, person.name), "a:chat")
