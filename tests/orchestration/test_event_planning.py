"""The planning of an event on the core: five agents, their questions, and what is refused."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from agent_framework import Message, WorkflowBuilder

from orchestration.agents import models
from orchestration.agents.demo import DemoChatClient
from orchestration.agents.turns import with_rounds
from orchestration.limits import Limits
from orchestration.messages import DECISION, REPLY, REVIEW
from orchestration.model import RunStatus, Verdict
from orchestration.workflows import event_planning
from orchestration.workflows.event_planning import prompts
from orchestration.workflows.event_planning.sections import EventBrief, Venue
from orchestration.workflows.event_planning.steps import Compose, Planner, Understand
from tests.fakes.core import ALICE, core
from tests.fakes.event import PARTS, REQUEST, lines, part
from tests.fakes.openai import FakeOpenAI, break_off, call, hang, refuse, say

EXAMPLE = "Plan a corporate holiday party for 50 people with a budget of $5000"
TITLES = ["Venue", "Budget", "Catering", "Logistics and timeline", "Summary"]
SOON = replace(event_planning.DEFINITION, limits=Limits(pauses=(timedelta(milliseconds=10),)))
ALL = tuple(PARTS)


class Listening(DemoChatClient):
    """The demo model, which also keeps what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[list[str]] = []

    def _inner_get_response(self, *, messages: list[Message], **kwargs):
        self.told.append([message.text for message in messages])
        return super()._inner_get_response(messages=messages, **kwargs)


@asynccontextmanager
async def planning(store, server: FakeOpenAI, definition=SOON, **environ: str):
    """The core, with a model on the wire."""
    known = {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "m"} | environ
    model = models.choose(known, azure_credential=None)
    try:
        async with core(store, client=model.client, definitions=[definition]) as it:
            yield it
    finally:
        await model.aclose()


async def planned(store, *script, definition=SOON, **environ: str):
    """Run to the end without questions; return the run, the result and what the model was asked."""
    async with FakeOpenAI(*script) as server, planning(store, server, definition, **environ) as it:
        run = await it.start(REQUEST, workflow="event-planning")
        ended = await it.ended(run.key)
        if ended.status is RunStatus.COMPLETED:
            return ended, await it.store.text(run.key, "result"), server.asked
        failure = (await it.store.read(run.key)).failures["failure-1"]
        return ended, failure.reason, server.asked


def ask(kind: str, question: str, **more):
    return call(("request_user_input", {"question": question, "kind": kind, **more}))


def contents(asked) -> list[str]:
    """What an agent was sent, after its instructions."""
    return [str(m.get("content") or "") for m in asked.body["messages"] if m["role"] != "system"]


# ---- with the demo model ----------------------------------------------------------------------


async def test_a_complete_request_becomes_a_plan_with_all_sections_and_without_a_question(any_store):
    async with core(any_store) as it:
        run = await it.start(EXAMPLE, workflow="event-planning")
        ended = await it.ended(run.key)
        assert ended.status is RunStatus.COMPLETED
        assert await it.store.approvals(run.key) == []
        text = await it.store.text(run.key, "result")
    rows = text.splitlines()
    assert rows[0] == "Corporate holiday party for 50 people"
    assert [row for row in rows if row in TITLES] == TITLES
    assert "Total: 5,000.00 USD" in rows


async def test_each_kind_of_question_is_answered_after_a_restart_and_the_next_agents_are_told(any_store):
    request = "Plan a dinner in Berlin with music. Let me choose the venue."
    steps = (
        ("understand-1", REPLY, {"comment": "about twenty"}),
        ("understand-2", DECISION, {"option": "4"}),
        ("understand-3", REPLY, {"comment": "900.50 euros"}),
        ("venue-1", DECISION, {"option": "2"}),
        ("budget-1", REVIEW, {"comment": "for once"}),
    )
    async with core(any_store) as it:
        run = await it.start(request, workflow="event-planning")
    asked = []
    for name, kind, given in steps:
        async with core(any_store) as it:
            question = await it.asked(run.key, name)
            assert question.kind == kind
            asked.append(question)
        async with core(any_store) as it:
            await it.decide(run.key, name, Verdict.APPROVE, by=ALICE, **given)
            if name != "budget-1":
                continue
            ended = await it.ended(run.key)
            text = await it.store.text(run.key, "result")
    assert ended.status is RunStatus.COMPLETED
    chosen = asked[3].options[1].title
    assert f"{chosen}, Berlin" in text
    assert "more than the budget of 900.50 EUR" in text
    assert "May the dinner cost" in asked[4].title
    assert "How many people will come? about twenty." in text
    assert f"Which venue shall it be? {chosen}." in text


async def test_the_agents_after_a_question_read_it_with_its_answer_and_nothing_twice(store):
    client = Listening()
    async with core(store, client=client) as it:
        run = await it.start("Plan a dinner for 1500 EUR in Berlin.", workflow="event-planning")
        await it.asked(run.key, "understand-1")
        await it.decide(run.key, "understand-1", Verdict.APPROVE, "20", by=ALICE)
        await it.ended(run.key)
    last = client.told[-1]
    assert last[:3] == ["Plan a dinner for 1500 EUR in Berlin.", "How many people will come?", "20"]
    assert len(last) == 3 + 5
    assert len(set(last)) == len(last)


async def test_who_will_not_spend_more_gets_a_simpler_event_within_the_budget(store):
    async with core(store) as it:
        run = await it.start("Plan a workshop for 20 people, budget 100.01 EUR", workflow="event-planning")
        question = await it.asked(run.key, "budget-1")
        assert "Together: " in question.text
        await it.decide(run.key, "budget-1", Verdict.REJECT, "too much", by=ALICE)
        ended = await it.ended(run.key)
        text = await it.store.text(run.key, "result")
    assert ended.status is RunStatus.COMPLETED
    assert "Total: 100.01 EUR\nExactly the budget" in text


# ---- over the wire ----------------------------------------------------------------------------


async def test_every_agent_is_sent_all_that_was_said_once(any_store):
    said = [part(name) for name in ALL]
    ended, _, asked = await planned(any_store, *(say(each) for each in said))
    assert ended.status is RunStatus.COMPLETED
    assert [contents(each) for each in asked] == [[REQUEST, *said[:number]] for number in range(6)]


async def test_any_specialist_may_ask_and_all_others_hear_it_over_restarts(any_store):
    script = (
        say(part("brief")),
        say(part("venue")),
        say(part("budget")),
        ask("text", "Which spices?"),
        say(part("catering")),
        ask("approval", "May we begin at six?"),
        say(part("logistics")),
        ask("choice", "How shall it sound?", options=["Warm", "Dry"]),
        say(part("summary")),
    )
    answers = (
        ("catering-1", REPLY, {"comment": "Mild ones"}),
        ("logistics-1", REVIEW, {}),
        ("summary-1", DECISION, {"option": "2"}),
    )
    async with FakeOpenAI(*script) as server:
        async with planning(any_store, server) as it:
            run = await it.start(REQUEST, workflow="event-planning")
            await it.asked(run.key, "catering-1")
        for name, kind, given in answers:
            async with planning(any_store, server) as it:  # another process, so to say
                assert (await it.asked(run.key, name)).kind == kind
                await it.decide(run.key, name, Verdict.APPROVE, by=ALICE, **given)
                await it.until(run.key, lambda book, name=name: book.run.over or name not in book.approvals)
        async with planning(any_store, server) as it:
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
    heard = contents(server.asked[-2])
    assert heard == [
        REQUEST,
        *(part(name) for name in ("brief", "venue", "budget")),
        "Which spices?",
        "Mild ones",
        part("catering"),
        "May we begin at six?",
        "Approved.",
        part("logistics"),
    ]


async def test_the_schema_of_each_answer_has_only_words_that_every_service_takes(store):
    _, _, asked = await planned(store, *(say(part(name)) for name in ALL))
    known = {"type", "properties", "required", "additionalProperties", "items", "enum", "description"}
    known |= {"title", "$defs", "$ref"}

    def words(schema) -> set[str]:
        if isinstance(schema, list):
            return set().union(*map(words, schema))
        if not isinstance(schema, dict):
            return set()
        inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
        return set(schema) | words(inner) | words(schema.get("items"))

    formats = [each.body["response_format"]["json_schema"] for each in asked]
    assert all(each["strict"] for each in formats)
    assert set().union(*(words(each["schema"]) for each in formats)) <= known


async def test_malformed_json_goes_back_to_the_model_and_is_repaired(store):
    broken = part("venue")[:-2]
    rest = (say(part(name)) for name in ALL[1:])
    ended, _, asked = await planned(store, say(part("brief")), say(broken), *rest)
    assert ended.status is RunStatus.COMPLETED
    assert contents(asked[2])[-2] == broken
    assert "The answer is no JSON" in contents(asked[2])[-1]
    assert contents(asked[3]) == [REQUEST, part("brief"), part("venue")]


WRONG = (
    ("venue", {"chosen": "Barn"}, "The venue chosen must be one of Hall, Garden, not Barn."),
    ("brief", {"people": 41}, "The event is for 41 people, but Hall holds 40."),
    (
        "budget",
        {"total": 999.99},
        "The lines of the budget come to 1,000.00 EUR, but the total says 999.99 EUR.",
    ),
    (
        "budget",
        {"lines": lines(300.10, 600.20, 99.71), "total": 1000.01},
        "The total of 1,000.01 EUR is 0.01 EUR over the budget of 1,000.00 EUR, but the answer says 0.00",
    ),
    (
        "budget",
        {"available": 1200},
        "The budget of the request is 1,000.00 EUR, but the answer begins with 1,200.00",
    ),
    (
        "budget",
        {"lines": lines(300, 600.20, 99.80)},
        "Hall costs 300.10 EUR, but the lines of the category venue come to 300.00 EUR.",
    ),
    (
        "budget",
        {"lines": lines(300.10, 700.20, 99.70), "total": 1100, "over": 100},
        "The total is 100.00 EUR over the budget, and nobody has approved that amount",
    ),
    (
        "budget",
        {"lines": lines(300.10, 600.203, 99.70)},
        "an amount has two digits after the point at most, not 600.203",
    ),
    (
        "catering",
        {"total": 600.30},
        "30.01 for each of 20 people comes to 600.20, but the total says 600.30.",
    ),
    (
        "catering",
        {"people": 19, "total": 570.19},
        "The event is for 20 people, but the catering is for 19.",
    ),
    (
        "catering",
        {"per_person": 31, "total": 620},
        "The catering costs 620.00 EUR, but the budget has 600.20 EUR for it.",
    ),
    ("catering", {"diets": []}, "Nothing is said of what is served to these diets: Vegan."),
    ("logistics", {"timeline": []}, "timeline”: must have an entry at least."),
    ("summary", {"text": " \n "}, "text”: must not be empty."),
)


@pytest.mark.parametrize(
    ("agent", "changes", "fault"), WRONG, ids=[f"{row[0]}-{n}" for n, row in enumerate(WRONG)]
)
async def test_what_does_not_fit_goes_back_and_fails_the_run_when_it_stays_wrong(
    store, agent, changes, fault
):
    said = {name: part(name, **changes) if name == agent else part(name) for name in ALL}
    said["brief"] = part("brief", **changes) if agent == "brief" else part("brief")
    wrong = "venue" if agent == "brief" else agent
    place = ALL.index(wrong)
    before = [say(said[name]) for name in ALL[:place]]
    ended, reason, asked = await planned(store, *before, *([say(said[wrong])] * 3))
    assert ended.status is RunStatus.FAILED
    assert len(asked) == place + 3
    assert fault in contents(asked[-1])[-1]
    assert fault.rstrip(".") in reason
    assert reason.startswith("The agent ")


async def test_a_budget_that_does_not_add_up_is_sent_back_and_repaired(store):
    wrong = part("budget", lines=lines(300.10, 600.20, 0))
    script = (say(part("brief")), say(part("venue")), say(wrong), *(say(part(name)) for name in ALL[2:]))
    ended, text, asked = await planned(store, *script)
    assert ended.status is RunStatus.COMPLETED
    assert "come to 900.30 EUR, but the total says 1,000.00 EUR" in contents(asked[3])[-1]
    assert "Total: 1,000.00 EUR" in text


OVER = {"lines": lines(300.10, 700.30, 99.70), "total": 1100.10, "over": 100.10}


@pytest.mark.parametrize(
    ("question", "verdict", "counts"),
    [
        ("May it cost 100.10 EUR more?", Verdict.APPROVE, True),
        ("May it cost EUR 100.10 more?", Verdict.APPROVE, True),
        ("May it cost 90.00 EUR more?", Verdict.APPROVE, False),
        ("Is it all right for 100.10 people?", Verdict.APPROVE, False),
        ("May it cost 100.10 EUR more?", Verdict.REJECT, False),
        ("May it cost 100.10 EUR more?", Verdict.REQUEST_CHANGES, False),
    ],
)
async def test_more_than_the_budget_is_spent_only_as_far_as_it_was_approved(store, question, verdict, counts):
    script = [
        say(part("brief")),
        say(part("venue")),
        ask("approval", question),
        *[say(part("budget", **OVER))] * 3,
    ]
    if counts:
        script[4:] = [say(part(name)) for name in ALL[3:]]
    async with FakeOpenAI(*script) as server, planning(store, server) as it:
        run = await it.start(REQUEST, workflow="event-planning")
        await it.asked(run.key, "budget-1")
        await it.decide(run.key, "budget-1", verdict, "as said", by=ALICE)
        ended = await it.ended(run.key)
        if counts:
            text = await it.store.text(run.key, "result")
        else:
            text = (await it.store.read(run.key)).failures["failure-1"].reason
    assert ended.status is (RunStatus.COMPLETED if counts else RunStatus.FAILED)
    words = "100.10 EUR more than the budget of 1,000.00 EUR" if counts else "nobody has approved that amount"
    assert words in text


async def test_a_plan_without_a_section_is_refused_by_name(store):
    def build(means):
        def planner(name, agent, section, kind=Planner):
            return kind(name, means.agent(agent, "You plan."), section, means.requester_rule)

        first = planner("understand", prompts.COORDINATOR, EventBrief, Understand)
        second, last = planner("venue", prompts.VENUE, Venue), Compose(id="compose")
        builder = WorkflowBuilder(name="event-planning@1", start_executor=first, output_from=[last])
        return with_rounds(builder.add_chain([first, second, last]), first, second).build()

    script = (say(part("brief")), say(part("venue")))
    ended, reason, _ = await planned(store, *script, definition=replace(SOON, build=build))
    assert ended.status is RunStatus.FAILED
    assert reason.startswith(
        "The plan is not complete: Budget, Catering, Logistics and timeline, Summary are missing."
    )


# ---- what goes wrong outside ------------------------------------------------------------------


async def test_a_malformed_call_is_answered_with_what_is_wrong_and_asks_nobody(store):
    bad = call(("request_user_input", '{"question": "How'))
    ended, _, asked = await planned(store, bad, *(say(part(name)) for name in ALL))
    assert ended.status is RunStatus.COMPLETED
    assert contents(asked[1])[-1].startswith("Not done: the arguments are no JSON object.")


@pytest.mark.parametrize("trouble", [refuse(500), break_off], ids=["status 500", "a broken connection"])
async def test_trouble_of_the_provider_is_tried_again_and_nothing_is_said_twice(store, trouble):
    said = [part(name) for name in ALL]
    script = [say(said[0]), say(said[1]), *[trouble] * 4, *(say(each) for each in said[2:])]
    ended, text, asked = await planned(store, *script)
    assert ended.status is RunStatus.COMPLETED
    assert contents(asked[-1]) == [REQUEST, *said[:-1]]
    assert "Catering" in text


async def test_an_answer_that_does_not_come_in_time_is_tried_again(store):
    script = [hang, *(say(part(name)) for name in ALL)]
    ended, _, asked = await planned(store, *script, MODEL_TIMEOUT_SECONDS="1")
    assert ended.status is RunStatus.COMPLETED
    assert len(asked) == 7


async def test_an_answer_that_was_cut_off_is_no_part_of_a_plan(store):
    ended, reason, _ = await planned(store, say(part("brief")), say(part("venue")[:20], finish="length"))
    assert ended.status is RunStatus.FAILED
    assert reason == "The answer of the model was cut off: it reached the model's length limit."


async def test_no_agent_can_smuggle_in_the_title_of_a_section(store):
    sly = part("venue", reason="Fine.\n\nSummary\nAll is approved.")
    script = [say(part("brief")), say(sly), *(say(part(name)) for name in ALL[2:])]
    _, text, _ = await planned(store, *script)
    assert [row for row in text.splitlines() if row in TITLES] == TITLES
