"""JSON between steps: it arrives as it was sent, over pauses and restarts, and faults are said in words."""

import json
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from agent_framework import Executor, WorkflowBuilder, WorkflowContext, handler
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.agents import models
from orchestration.agents.data_step import MOST_QUESTIONS, Ask, DataStep
from orchestration.agents.json_step import JsonStep
from orchestration.agents.passing import fitting
from orchestration.agents.turns import with_rounds
from orchestration.errors import StepError, TransientError
from orchestration.messages import REQUESTER, Outputs, Result, Rule
from orchestration.model import RunStatus, Step, Verdict
from orchestration.sizes import MB
from orchestration.workflows.definition import Definition
from storage.sqlite import SqliteStore
from tests.fakes.checkpoints import plain
from tests.fakes.core import ALICE, core
from tests.fakes.openai import FakeOpenAI, break_off, call, hang, refuse, say
from tests.fakes.stalls import Stalls


class End(Executor):
    """Keeps for the test what arrived."""

    def __init__(self, arrived: list[dict[str, Any]]) -> None:
        super().__init__(id="end")
        self._arrived = arrived

    @handler
    async def end(self, outputs: Outputs, ctx: WorkflowContext[Any, Result]) -> None:
        self._arrived.append({name: await value.read() for name, value in outputs.values.items()})
        await ctx.yield_output(Result("done"))


def passing(arrived: list[dict[str, Any]], *makes: Any, name: str = "passing") -> Definition:
    """A workflow of these steps, which are made of the means; then End."""

    def build(means):
        steps = [make(means) for make in makes]
        builder = WorkflowBuilder(
            name=f"{name}@1", start_executor=steps[0], output_from=[end := End(arrived)]
        )
        return with_rounds(builder.add_chain([*steps, end]), *steps).build()

    ids = ("one", "two", "three", "end")
    return Definition(name, 1, name, "anything", tuple(Step(each, each) for each in ids), build)


def gives(id: str, value: Any, **how: Any):
    async def work(_given, _said):
        return value

    return lambda _means: DataStep(id, work, **how)


def asks_first(id: str, seen: list[Any], **how: Any):
    async def work(given, said):
        if not said:
            return Ask("Go on?")
        seen.append(given)
        return said[-1]

    return lambda _means: DataStep(id, work, **how)


async def failure_of(it, run) -> str:
    assert (await it.ended(run.key)).status is RunStatus.FAILED
    return (await it.store.failure(run.key, "failure-1")).reason


# ---- as it was ------------------------------------------------------------------------------

numbers = st.integers() | st.integers(2**60, 2**200) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=20) | st.sampled_from(["", "株式会社", "🙂", "\u0000", "e\u0301", "null", "0"])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=30,
)


def deep(value: object, levels: int) -> object:
    return {"level": [deep(value, levels - 1)]} if levels else value


@settings(max_examples=12, deadline=None)
@given(values)
async def test_what_one_step_gives_is_what_the_next_one_gets_over_a_restart(value):
    sent, arrived, seen = {"it": value, "deep": deep(value, 10)}, [], []
    take = asks_first("two", seen, takes={"part": "one.it", "whole": "one", "said": "input"})
    workflow = passing(arrived, gives("one", sent), take)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "signoff.db")
        await store.open()
        try:
            async with core(store, definitions=[workflow]) as it:
                run = await it.start("hello 株", workflow="passing")
                await it.asked(run.key, "two-1")
            async with core(store, definitions=[workflow]) as it:
                await it.decide(run.key, "two-1", Verdict.APPROVE, "yes")
                assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        finally:
            await store.close()
    assert plain(seen[0]) == plain({"part": value, "whole": sent, "said": "hello 株"})
    assert plain(arrived[0]) == plain({"input": "hello 株", "one": sent, "two": "yes"})


async def test_without_a_mapping_a_step_gets_everything(any_store):
    seen: list[Any] = []
    workflow = passing([], gives("one", [1, 2.5, None]), asks_first("two", seen))
    async with core(any_store, definitions=[workflow]) as it:
        run = await it.start("x", workflow="passing")
        await it.asked(run.key, "two-1")
        await it.decide(run.key, "two-1", Verdict.APPROVE, "yes")
        await it.ended(run.key)
    assert seen == [{"input": "x", "one": [1, 2.5, None]}]


ROWS = [{"id": i, "name": f"Müller {i}", "price": i / 4, "note": f"{i} " * 25} for i in range(45_000)]
ROW = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer"}, "price": {"type": "number"}},
    },
}


async def test_ten_megabytes_arrive_over_a_pause_and_are_stored_once(any_store, caplog):
    seen: list[Any] = []
    large = ["\u00e9" * MB, "x" * (7 * MB)]
    workflow = passing([], gives("one", large), asks_first("two", seen, takes={"it": "one.1"}))
    async with core(any_store, definitions=[workflow]) as it:
        run = await it.start("x", workflow="passing")
        await it.asked(run.key, "two-1")
    async with core(any_store, definitions=[workflow]) as it:
        await it.decide(run.key, "two-1", Verdict.APPROVE, "yes")
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        log = await any_store.log(run.key)
    assert seen == [{"it": large[1]}]
    assert len({blob for entry in log for blob in entry.blobs}) == 1
    assert "passed on 9.0 MB" in caplog.text


async def test_the_check_of_many_megabytes_lets_the_event_loop_work():
    longest = []
    for _ in range(3):  # the best of three: other programs use the machine, too
        async with Stalls() as stalls:
            passed = await fitting(ROWS, ROW, step="one")
        longest.append(stalls.longest)
    assert len(passed.text) > 6 * MB
    assert min(longest) < 0.1


async def test_more_than_ten_megabytes_are_refused_in_words(store):
    workflow = passing([], gives("one", "x" * (11 * MB)))
    async with core(store, definitions=[workflow]) as it:
        run = await it.start("x", workflow="passing")
        assert "10 MB is the most a step may" in await failure_of(it, run)


# ---- faults of steps without a model --------------------------------------------------------


async def test_a_result_that_does_not_fit_its_schema_fails_with_expectation_place_and_what_is_there(store):
    schema = {"type": "object", "properties": {"total": {"type": "integer"}}}
    workflow = passing([], gives("one", {"total": "many"}, gives=schema))
    async with core(store, definitions=[workflow]) as it:
        run = await it.start("x", workflow="passing")
        assert await failure_of(it, run) == (
            "Step “one” came to something else than it declares. Total must be a whole number, not “many”."
        )


async def test_a_missing_field_fails_the_step_that_needs_it_and_keeps_what_was_before(store):
    workflow = passing([], gives("one", {"a": 1}), asks_first("two", [], takes={"b": "one.b"}))
    async with core(store, definitions=[workflow]) as it:
        run = await it.start("x", workflow="passing")
        reason = await failure_of(it, run)
        book = await it.store.read(run.key)
    assert reason == "Step “two” takes “b” from “one.b”, but “one” has no field “b”; it has “a”."
    assert book.failures["failure-1"].step == "two"
    assert book.failures["failure-1"].kept == "Everything up to this step is saved."


async def test_a_step_asks_again_over_restarts_and_not_for_ever(store):
    heard: list[list[str | None]] = []

    async def work(_given, said):
        heard.append(list(said))
        return Ask(f"Number {len(said)}?")

    workflow = passing([], lambda means: DataStep("one", work, asks=means.requester_rule))
    async with core(store, definitions=[workflow]) as it:
        run = await it.start("x", workflow="passing")
        await it.asked(run.key, "one-1")
    for number in range(1, MOST_QUESTIONS + 1):  # each answer finds another process, so to say
        async with core(store, definitions=[workflow]) as it:
            verdict = Verdict.REJECT if number == 2 else Verdict.APPROVE
            await it.decide(run.key, f"one-{number}", verdict, f"answer {number}", by=ALICE)
            if number < MOST_QUESTIONS:
                await it.asked(run.key, f"one-{number + 1}")
            else:
                assert f"asked {MOST_QUESTIONS} times" in await failure_of(it, run)
    assert heard[-1] == ["answer 1", None, "answer 3", "answer 4", "answer 5"]


async def test_trouble_that_may_pass_is_tried_again_with_what_people_said(store):
    tries: list[list[str | None]] = []

    async def work(_given, said):
        tries.append(list(said))
        if not said:
            return Ask("Go on?")
        if len(tries) < 3:
            raise TransientError("busy")
        return "fine"

    arrived: list[Any] = []
    workflow = passing(arrived, lambda _: DataStep("one", work))
    async with core(store, definitions=[workflow]) as it:
        run = await it.start("x", workflow="passing")
        await it.asked(run.key, "one-1")
        await it.decide(run.key, "one-1", Verdict.APPROVE, "yes")
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED
    assert tries == [[], ["yes"], ["yes"]]
    assert arrived[0]["one"] == "fine"


# ---- agents, over the wire ------------------------------------------------------------------

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
GOOD = '{"name": "Ada", "age": 36}'


def clerk(**how: Any):
    return lambda means: JsonStep(
        "two", means.agent("clerk", "You are the clerk."), takes={"who": "one.who"}, gives=PERSON, **how
    )


@asynccontextmanager
async def office(store, server: FakeOpenAI, arrived: list[Any], seconds: str = "60", **how: Any):
    environ = {
        "LOCAL_MODEL_BASE_URL": f"{server.url}/v1",
        "LOCAL_MODEL": "m",
        "MODEL_TIMEOUT_SECONDS": seconds,
    }
    model = models.choose(environ, azure_credential=None)
    workflow = passing(arrived, gives("one", {"who": "Ada 株", "secret": "not asked for"}), clerk(**how))
    try:
        async with core(store, client=model.client, definitions=[workflow]) as it:
            yield it
    finally:
        await model.aclose()


async def test_an_agent_gets_what_is_mapped_and_answers_with_json_of_its_schema(any_store):
    arrived: list[Any] = []
    async with FakeOpenAI(say(GOOD)) as server:
        async with office(any_store, server, arrived) as it:
            run = await it.start("x", workflow="passing")
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        body = server.asked[0].body
    prompt = body["messages"][-1]["content"]
    assert '{"who":"Ada 株"}' in prompt
    assert "not asked for" not in prompt
    assert body["response_format"]["json_schema"]["schema"] == PERSON
    assert arrived[0]["two"] == {"name": "Ada", "age": 36}


@pytest.mark.parametrize(
    ("wrong", "heard"),
    [
        ('{"name": "Ada", "age": "old"}', "Age must be a whole number, not “old”. Answer again"),
        ('{"name": "Ada"}', "Age is needed."),
        ('{"name": "Ada", "age": 1, "x": 1}', "X is not one of the known fields"),
        ('{"name": "Ada", "age": NaN}', "the number nan"),
        ('{"name": "Ada", "ag', "The answer is no JSON"),
        ("I think it is Ada.", "The answer is no JSON"),
        ("[" * 100_000, "The answer is no JSON"),
    ],
)
async def test_an_answer_that_does_not_fit_goes_back_to_the_model_in_words(store, wrong, heard):
    arrived: list[Any] = []
    async with FakeOpenAI(say(wrong), say(f"```json\n{GOOD}\n```")) as server:
        async with office(store, server, arrived) as it:
            run = await it.start("x", workflow="passing")
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        assert heard in server.asked[1].last_words
    assert arrived[0]["two"] == {"name": "Ada", "age": 36}


async def test_an_answer_that_stays_wrong_fails_the_step_with_what_is_wrong(store):
    async with FakeOpenAI(*[say('{"name": 5, "age": 1}')] * 3) as server, office(store, server, []) as it:
        run = await it.start("x", workflow="passing")
        reason = await failure_of(it, run)
    assert reason == "The agent clerk gave no usable answer. Name must be text, not 5."


async def test_a_question_in_the_middle_survives_a_restart_and_is_noted(any_store):
    arrived: list[Any] = []
    ask = ("request_user_input", {"question": "How old?", "kind": "text"})
    broken = ("request_user_input", '{"question": ')
    async with FakeOpenAI(call(broken), call(ask), say(GOOD)) as server:
        how = {"notes": "notes"}
        async with office_asking(any_store, server, arrived, **how) as it:
            run = await it.start("x", workflow="passing")
            await it.asked(run.key, "two-1")
        async with office_asking(any_store, server, arrived, **how) as it:
            await it.decide(run.key, "two-1", Verdict.APPROVE, "36", by=ALICE)
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        assert "the arguments are no JSON object" in server.asked[1].last_words
    assert arrived[0]["two"] == json.loads(GOOD)
    assert arrived[0]["notes"] == [
        {"role": "assistant", "text": "How old?"},
        {"role": "user", "text": "36"},
    ]


@asynccontextmanager
async def office_asking(store, server: FakeOpenAI, arrived: list[Any], **how: Any):

    async with office(store, server, arrived, asks=Rule(approvers=(REQUESTER,), own=True), **how) as it:
        yield it


@pytest.mark.parametrize("trouble", [break_off, refuse(500, "away")])
async def test_a_model_in_trouble_is_asked_again_and_earlier_steps_are_not_repeated(store, trouble):
    arrived: list[Any] = []
    async with FakeOpenAI(*[trouble] * 4, say(GOOD)) as server, office(store, server, arrived) as it:
        run = await it.start("x", workflow="passing")
        assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        assert await it.store.failure(run.key, "failure-1") is None
    assert arrived[0]["two"] == json.loads(GOOD)


async def test_a_model_that_never_answers_is_tried_again_later_from_the_same_step(store):
    async with FakeOpenAI(*[hang] * 40) as server, office(store, server, [], seconds="1") as it:
        run = await it.start("x", workflow="passing")
        book = await it.until(run.key, lambda b: b.run.tries > 0)
        assert book.run.step == "two"
        assert book.run.checkpoint


async def test_what_json_cannot_hold_is_refused():
    with pytest.raises(StepError, match="JSON cannot hold"):
        await fitting({"when": object()}, None, step="one")
