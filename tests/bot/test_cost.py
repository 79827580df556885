"""What a run costs, in chat: on its card, for each step, in the statistics; and the question about it."""

import pytest

from orchestration.prices import NO_PRICES
from tests.fakes import teams
from tests.fakes.priced import PRICES, answers, budgets, framework, priced, several
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL
from tests.fakes.workflows import Work

LARGE, SMALL = (2_000_000, 61_000), (1_000, 100)
"""Tokens that cost EUR 2.61, and EUR 0.002."""
RUN = "run several Berlin"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def chat(store, model, definition=None, **how):
    definitions = [definition or several(Work(), "ann", "ben")]
    return signoff(store, definitions=definitions, client=model.client, **{"prices": PRICES, **how})


async def test_the_card_of_a_run_says_what_it_cost_and_its_page_says_it_for_each_step(any_store):
    script = (*answers(1, LARGE), *answers(1, SMALL))
    async with priced(*script) as (model, _), chat(any_store, model) as it:
        await it.say(RUN)
        card = await it.card("Completed", "2 model calls, 2,062,100 tokens, about EUR 2.61.")
        page = (await it.click(card, "Model use"))["value"]
        assert "Ann with m 1 call, 2,000,000 tokens read, 61,000 written, EUR 2.61" in text_of(page)
        assert "Ben with m 1 call, 1,000 tokens read, 100 written, less than EUR 0.01" in text_of(page)
        assert "Completed" in text_of((await it.click(page, "Back to card"))["value"])


async def test_without_prices_calls_are_told_and_no_money(store):
    async with (
        priced(*answers(1)) as (model, _),
        chat(store, model, framework(Work()), prices=NO_PRICES) as it,
    ):
        await it.say("run framework Berlin")
        card = await it.card("Completed", "1 model call, 1,100 tokens.")
    assert "EUR" not in text_of(card)


async def test_nothing_is_said_of_the_demo_model(store):
    async with signoff(store, prices=PRICES, budgets=budgets("0")) as it:
        await it.say("run release-notes Faster search.")
        await it.card("Revision 1 of 5")
        card = await it.card("Release notes: Faster search.", "Waiting")
    assert "model call" not in text_of(card)
    assert "Model use" not in buttons(card)


async def test_a_run_over_its_budget_asks_in_chat_and_a_click_lets_it_go_on(any_store):
    script = (*answers(1, LARGE), *answers(1, SMALL))
    async with priced(*script) as (model, server), chat(any_store, model, budgets=budgets("2.50")) as it:
        await it.say(RUN)
        card = await it.card("This run has used EUR 2.61 of the EUR 2.50 it may. Go on?")
        assert {"Go on", "End the run"} <= set(buttons(card))
        assert "Request changes" not in buttons(card)
        assert len(server.asked) == 1
        await it.say("take the cheap model")
        await it.told("Please answer with approve or reject: there is nothing to change here.")
        answer = await it.click(card, "Go on")
        assert "✓ Goes on by Alice Admin" in text_of(answer["value"])
        await it.card("Completed", "2 model calls")


async def test_it_stands_in_the_inbox_of_those_whom_it_names(store):
    async with (
        priced(*answers(2, LARGE)) as (model, _),
        chat(store, model, budgets=budgets("2.50"), SIGNOFF_APPROVERS=BOB.entra_id) as it,
    ):
        await it.say(RUN)
        await it.card("This run has used EUR 2.61 of the EUR 2.50 it may. Go on?")
        await it.say("inbox", by=BOB, where=teams.personal(BOB))
        await it.card("Waiting for you", "This run has used EUR 2.61", where=teams.personal(BOB))


async def test_a_plain_rejection_ends_the_run(store):
    async with (
        priced(*answers(1, LARGE)) as (model, server),
        chat(store, model, budgets=budgets("2.50")) as it,
    ):
        await it.say(RUN)
        await it.card("This run has used EUR 2.61 of the EUR 2.50 it may. Go on?")
        await it.say("reject")
        await it.told("ends here.")
        await it.card("Several: Berlin", "Rejected", "1 model call")
        await it.card("✗ Ended by Alice Admin")
    assert len(server.asked) == 1


async def test_statistics_tell_the_cost_in_all_and_administrators_for_whom(store):
    script = answers(4, LARGE)
    where, group = teams.personal(CAROL), teams.group()
    async with priced(*script) as (model, _), chat(store, model, SIGNOFF_ADMINISTRATORS=CAROL.entra_id) as it:
        for by in (ALICE, BOB):
            await it.say(RUN, by=by, where=group)
            await it.card(f"For {by.name}", "Completed", where=group)
        await it.say("stats", by=CAROL, where=where)
        everybody = text_of(await it.card("Everybody's runs", where=where))
        await it.say("stats", by=ALICE, where=group)
        here = text_of(await it.card("Runs here", where=group))
    assert "4 model calls, 8,244,000 tokens, about EUR 10.44." in everybody
    assert "Alice Admin : 2 model calls, 4,122,000 tokens, about EUR 5.22" in everybody
    assert "about EUR 10.44." in here
    assert "For whom" not in here
