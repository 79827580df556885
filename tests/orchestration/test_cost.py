"""What is counted of a run: calls, tokens and money, by step and model, whatever happens to the steps."""

import json
from decimal import Decimal

import pytest

from orchestration.agents.usage import metered
from orchestration.evidence.facts import Records, facts
from orchestration.model import Run, RunStatus, Share, Usage, Verdict, costs, merged, used
from orchestration.model.usage import MOST_SHARES
from orchestration.prices import Budgets, Money, Price, Prices
from orchestration.register import Asker
from storage.values import plain, typed
from tests.fakes.core import ALICE, CHAT
from tests.fakes.openai import say
from tests.fakes.priced import (
    PRICES,
    answers,
    asking_between,
    at_work,
    beside,
    framework,
    several,
    stumbling,
)
from tests.fakes.workflows import Work
from tests.storage.samples import a_run


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def share(step: str, calls: int, read: int, written: int, cost: str) -> Share:
    return Share(step, "m", calls, read, written, Decimal(cost), "EUR")


async def test_each_step_is_counted_and_the_steps_are_the_run(any_store):
    script = [say("a", tokens=(1000, 100)), say("b", tokens=(333, 1))]
    async with at_work(any_store, several(Work(), "ann", "ben"), *script) as (it, _):
        run = await it.start(workflow="several")
        run = await it.ended(run.key)
    assert run.shares == (share("ann", 1, 1000, 100, "0.002"), share("ben", 1, 333, 1, "0.000343"))
    assert used(run.shares) == run.usage == Usage(2, 1333, 101)
    assert costs(run.shares) == (Money(Decimal("0.002343"), "EUR"),)


async def test_every_saved_state_knows_what_was_used_until_then(any_store):
    async with at_work(any_store, several(Work(), "ann", "ben"), *answers(2)) as (it, _):
        run = await it.start(workflow="several")
        await it.ended(run.key)
        log = [entry for entry in await any_store.log(run.key) if entry.data]
    assert [used(entry.shares).calls for entry in log] == [0, 0, 1, 2, 2][-len(log) :]
    assert all(used(entry.shares) == entry.usage for entry in log)


async def test_steps_that_work_side_by_side_are_told_apart(store):
    async def by_name(request, body):
        name = body["messages"][0]["content"].removeprefix("You are ").rstrip(".")
        return await say(name, tokens=({"ann": 10, "ben": 20, "cat": 30}[name], 1))(request, body)

    async with at_work(store, beside(Work()), by_name, by_name, by_name) as (it, _):
        run = await it.start(workflow="beside")
        run = await it.ended(run.key)
    assert {each.step: each.input_tokens for each in run.shares} == {"ann": 10, "ben": 20, "cat": 30}
    assert used(run.shares) == run.usage == Usage(3, 60, 3)


async def test_calls_inside_executors_of_the_framework_count_for_these(store):
    async with at_work(store, framework(Work()), *answers(1)) as (it, _):
        run = await it.start(workflow="framework")
        run = await it.ended(run.key)
    assert run.status is RunStatus.COMPLETED
    assert run.shares == (share("ann", 1, 1000, 100, "0.002"),)


async def test_a_call_whose_step_fails_and_is_repeated_counts_each_time(any_store):
    async with at_work(any_store, stumbling(Work(), "once", "twice"), *answers(3)) as (it, server):
        run = await it.start(workflow="stumbling")
        run = await it.ended(run.key)
    assert (run.status, len(server.asked)) == (RunStatus.COMPLETED, 3)
    assert run.shares == (share("ann", 3, 3000, 300, "0.006"),)
    assert run.usage == Usage(3, 3000, 300)


async def test_what_a_failed_run_has_used_is_on_its_record(store):
    async with at_work(store, stumbling(Work(), "a", "b", "c"), *answers(3)) as (it, _):
        run = await it.start(workflow="stumbling")
        run = await it.ended(run.key)
    assert run.status is RunStatus.FAILED
    assert run.shares == (share("ann", 3, 3000, 300, "0.006"),)


async def test_a_retried_run_counts_from_nothing(store):
    async with at_work(store, stumbling(Work(), "a", "b", "c"), *answers(4)) as (it, _):
        old = await it.start(workflow="stumbling")
        await it.ended(old.key)
        new = await it.runs.retry(old.id, Asker(ALICE, CHAT))
        new = await it.ended(new.key)
    assert new.shares == (share("ann", 1, 1000, 100, "0.002"),)


async def test_the_price_at_the_time_of_a_call_stays_when_prices_change(store):
    between = asking_between(Work())
    async with at_work(store, between, *answers(1)) as (it, _):
        run = await it.start(workflow="between")
        await it.asked(run.key, "gate-1")
    dearer = Prices("USD", {"m": Price(Decimal(2), Decimal(20))})
    async with at_work(store, between, *answers(1), worker="worker-2", prices=dearer) as (it, _):
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        run = await it.ended(run.key)
    assert costs(run.shares) == (Money(Decimal("0.002"), "EUR"), Money(Decimal("0.004"), "USD"))
    assert used(run.shares) == run.usage == Usage(2, 2000, 200)


async def test_a_model_without_a_price_is_counted_and_costs_nothing(store):
    async with at_work(store, several(Work(), "ann"), *answers(1), prices=Prices()) as (it, _):
        run = await it.start(workflow="several")
        run = await it.ended(run.key)
    assert run.shares == (Share("ann", "m", 1, 1000, 100),)
    assert costs(run.shares) == ()


# ---- values -------------------------------------------------------------------------------------


def test_calls_outside_of_any_step_are_counted_without_one():
    with metered(PRICES) as meter:
        meter.add("", "m", Usage(1, 10, 1))
    assert meter.taken() == (share("", 1, 10, 1, "0.00002"),)


def test_small_amounts_add_up_exactly():
    prices = Prices("EUR", {"m": Price(Decimal("0.15"), Decimal("0.6"))})
    with metered(prices) as meter:
        for _ in range(1_000_000 // 1000):
            meter.add("write", "m", Usage(1, 1, 1))
    assert costs(meter.taken()) == (Money(Decimal("0.00075"), "EUR"),)


def test_however_many_executors_a_graph_has_the_shares_stay_few_and_right():
    shares = merged((), (share(f"step-{number}", 1, 1, 1, "0.01") for number in range(1000)))
    assert len(shares) == MOST_SHARES + 1
    assert used(shares) == Usage(1000, 1000, 1000)
    assert costs(shares) == (Money(Decimal(10), "EUR"),)


def test_shares_are_stored_as_lists_without_names_and_read_back():
    run = a_run(shares=(share("write", 2, 30, 4, "0.0000001"),), ceiling=Money(Decimal("5.10"), "EUR"))
    stored = json.loads(json.dumps(plain(run)))
    assert stored["shares"] == [["write", "m", 2, 30, 4, "1E-7", "EUR"]]
    assert typed(Run, stored) == run
    stored["shares"][0].append("added later")
    assert typed(Run, stored) == run


def test_a_file_of_evidence_names_what_was_used():
    run = a_run(shares=(share("write", 2, 30, 4, "0.5"),), ceiling=Money(Decimal("5.10"), "EUR"))
    records = Records(run, "input", (), (), (), None)
    [told] = [fact["run"] for fact in facts(records) if fact["kind"] == "run as it stands"]
    tokens = {"calls": 2, "input_tokens": 30, "output_tokens": 4}
    assert told["shares"] == [{"step": "write", "model": "m", **tokens, "cost": "0.5", "currency": "EUR"}]
    assert told["ceiling"] == {"amount": "5.10", "currency": "EUR"}


@pytest.mark.parametrize(
    "wrong", [["write", "m", 2], ["write", "m", 2, 30, 4, "x", ""], ["w", "m", "2", 3, 4]]
)
def test_shares_that_make_no_sense_are_refused(wrong):
    with pytest.raises((TypeError, ValueError)):
        typed(Run, {**plain(a_run()), "shares": [wrong]})


def test_runs_from_before_are_read_and_what_they_used_is_said():
    before = a_run(model="m", usage=Usage(2, 30, 4))
    stored = {name: value for name, value in plain(before).items() if name not in {"shares", "ceiling"}}
    run = typed(Run, stored)
    assert run.shares == ()
    assert run.asked_of_models == (Share("", "m", 2, 30, 4),)


def test_nothing_is_said_of_the_demo_model():
    assert a_run(model="demo").asked_of_models == ()
    mixed = a_run(usage=Usage(2, 31, 5), shares=(share("a", 1, 30, 4, "1"), Share("b", "demo", 1, 1, 1)))
    assert mixed.asked_of_models == (share("a", 1, 30, 4, "1"),)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("2.5", "EUR 2.50"),
        ("0", "EUR 0.00"),
        ("0.004", "less than EUR 0.01"),
        ("0.005", "EUR 0.01"),
        ("12345.678", "EUR 12,345.68"),
    ],
)
def test_money_in_words(amount: str, words: str):
    assert str(Money(Decimal(amount), "EUR")) == words


def test_what_is_above_a_limit_is_shown_above_it():
    limit, cost = Money(Decimal("2500.5"), "EUR"), Money(Decimal("2500.5000001"), "EUR")
    assert (cost.at_least, limit.at_most) == ("EUR 2,500.51", "EUR 2,500.50")
    assert Money(Decimal("2.509"), "EUR").at_most == "EUR 2.50"
    assert Money(Decimal("1E-7"), "EUR").at_least == "EUR 0.0000001"


def test_a_workflow_can_have_a_budget_of_its_own():
    budgets = Budgets("EUR", Decimal(2), {"offer": Decimal(5)})
    assert budgets.of("offer") == Money(Decimal(5), "EUR")
    assert budgets.of("other") == Money(Decimal(2), "EUR")
    assert Budgets("EUR").of("other") is None
    assert Budgets("", Decimal(2)).of("other") is None
