"""Support: a conversation that is handed over, over restarts and over the wire."""

import sqlite3
from contextlib import asynccontextmanager

import pytest

from orchestration.agents import models
from orchestration.agents.demo import DemoChatClient
from orchestration.errors import InvalidInputError, NotAllowedError, StoreUnavailableError
from orchestration.messages import REPLY, Rule
from orchestration.model import ApprovalStatus, RunStatus, Verdict
from tests.fakes.clock import MovableClock
from tests.fakes.core import ALICE, BOB, core
from tests.fakes.openai import FakeOpenAI, break_off, call, refuse, say
from tests.fakes.stores import Between

ASK = "I was charged twice for my invoice"


async def question(it, key):
    """Return the question that waits now; None when the run has ended."""
    book = await it.until(key, lambda book: book.run.over or (book.run.status == "waiting" and book.pending))
    return None if book.run.over else book.pending[0]


async def answered(it, key, words, verdict=Verdict.APPROVE):
    asked = await question(it, key)
    await it.decide(key, asked.id, verdict, words, by=ALICE)
    await it.until(key, lambda book: asked.id not in book.approvals)
    return await question(it, key)


async def test_each_topic_goes_to_who_knows_it_until_the_person_says_that_it_is_all(any_store):
    async with core(any_store) as it:
        run = await it.start(ASK, workflow="support")
        first = await question(it, run.key)
        assert (first.kind, first.step, first.title) == (REPLY, "billing", "Billing")
        assert first.approvers == (ALICE.id,)
        assert "INV-4711" in (await answered(it, run.key, "INV-4711")).text
        moved = await answered(it, run.key, "By the way, the app crashes")
        assert (moved.step, moved.title) == ("technical", "Technical support")
        assert (await answered(it, run.key, "What does an upgrade cost?")).step == "sales"
        assert await answered(it, run.key, "thanks, that's all") is None
        run = (await it.store.read(run.key)).run
        result = await it.store.text(run.key, "result")
    assert run.status is RunStatus.COMPLETED
    assert "Helped by: Billing, Technical support, Sales." in result
    assert ASK in result


async def test_the_first_contact_knows_the_last_talk_with_the_same_person_and_with_nobody_else(any_store):
    async with core(any_store) as it:
        run = await it.start(ASK, workflow="support")
        assert await answered(it, run.key, "thanks, that's all") is None
    async with core(any_store, worker="worker-2") as it:
        again = await it.start("hello", workflow="support", source="later")
        assert f"Last time: It was about: {ASK}" in (await question(it, again.key)).text
        other = await it.start("hello", workflow="support", by=BOB, source="bob")
        assert "Last time" not in (await question(it, other.key)).text


async def test_a_new_process_at_every_turn_goes_on_with_the_whole_conversation(any_store):
    told = ["INV-4711", "49 euros, by card", "yes", "no, thank you"]
    async with core(any_store) as it:
        run = await it.start(ASK, workflow="support")
        await question(it, run.key)
    for number, words in enumerate(told):
        async with core(any_store, worker=f"worker-{number + 2}") as it:
            left = await answered(it, run.key, words)
    assert left is None
    assert "It was solved." in await any_store.text(run.key, "result")


async def test_the_person_can_end_it_at_any_turn(store):
    async with core(store) as it:
        run = await it.start("hello", workflow="support")
        assert (await question(it, run.key)).step == "triage"
        assert await answered(it, run.key, "", Verdict.REJECT) is None
        run = (await it.store.read(run.key)).run
        closed = await it.store.approval(run.key, "turn-1")
    assert run.status is RunStatus.COMPLETED
    assert closed.status is ApprovalStatus.REJECTED


async def test_silence_ends_a_conversation_also_where_it_approves_other_things(store):
    clock, rule = MovableClock(), Rule(expires_after=3600, on_expiry="approve")
    async with core(store, clock=clock, rules={"support": rule}) as it:
        run = await it.start(ASK, workflow="support")
        await question(it, run.key)
        clock.forward(hours=2)
        await it.until(run.key, lambda book: book.run.over or "turn-2" in book.approvals)
        ended = (await it.store.read(run.key)).run
        assert len(await it.store.approvals(run.key)) == 1, "nobody is there to talk with"
    assert ended.status is RunStatus.COMPLETED


async def test_only_the_person_answers_and_only_with_words(store):
    async with core(store, approvers=[BOB.id], administrators=[BOB.id]) as it:
        run = await it.start(ASK, workflow="support")
        asked = await question(it, run.key)
        with pytest.raises(NotAllowedError, match="for somebody else"):
            await it.decide(run.key, asked.id, Verdict.APPROVE, "INV-1", by=BOB)
        for verdict in (Verdict.APPROVE, Verdict.REQUEST_CHANGES):
            with pytest.raises(InvalidInputError, match="Please write your answer"):
                await it.decide(run.key, asked.id, verdict, "  ", by=ALICE)
        assert (await question(it, run.key)) == asked


async def test_a_turn_whose_question_could_not_be_saved_is_asked_once(any_store):
    """The superstep is repeated after a crash: the same turn has the same id, and there is one card."""
    lost = []

    async def away(_before, after):
        if not lost and "turn-2" in after.approvals:
            lost.append(after)
            raise StoreUnavailableError("away")

    async with core(Between(any_store, before=away)) as it:
        run = await it.start(ASK, workflow="support")
        assert (await answered(it, run.key, "INV-4711")).id == "turn-2"
        kept = await it.store.approvals(run.key)
        book = await it.store.read(run.key)
    assert lost
    assert [approval.id for approval in kept] == ["turn-1", "turn-2"]
    assert [card.id for card in book.postings.values() if card.about == "turn-2"] == ["turn-2-card-1"]


async def test_words_that_come_twice_count_once(store):
    async with core(store) as it:
        run = await it.start(ASK, workflow="support")
        asked = await question(it, run.key)
        for _ in range(2):
            outcome = await it.decide(
                run.key, asked.id, Verdict.APPROVE, "INV-1", by=ALICE, source="chat|message-9"
            )
            assert outcome.counted
        await it.until(run.key, lambda book: "turn-2" in book.approvals)
        assert await it.store.answered_by(ALICE.tenant, "chat|message-9")
        assert len(await it.store.approvals(run.key)) == 2


class Reading(DemoChatClient):
    """The demo model, which also keeps how many messages it read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[int] = []

    def _inner_get_response(self, *, messages, **kwargs):
        self.read.append(len(messages))
        return super()._inner_get_response(messages=messages, **kwargs)


async def test_a_conversation_of_120_turns_costs_the_same_at_its_end_as_at_its_beginning(store, tmp_path):
    client, sizes = Reading(), []
    async with core(store, client=client) as it:
        run = await it.start(ASK, workflow="support")
        for turn in range(1, 121):
            if turn in {20, 40, 100, 120}:
                sizes.append(stored(tmp_path / "signoff.db"))
            asked = await answered(it, run.key, f"One more thing, number {turn}. {'word ' * 30}")
            assert asked.id == f"turn-{turn + 1}"
        run = (await it.store.read(run.key)).run
        assert await answered(it, run.key, "that's all") is None
    early, late = sizes[1] - sizes[0], sizes[3] - sizes[2]
    assert late < 1.5 * early
    assert run.superstep == 122  # one for each turn, and one to hand over
    # The conversation is read whole and nothing in it twice: two messages more with each turn.
    assert client.read[2:122] == list(range(3, 243, 2))


def stored(path):
    """Return the bytes of all records."""
    with sqlite3.connect(path) as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        total = 0
        for table in tables:
            columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
            sums = ", ".join(f"coalesce(sum(length(cast({name} as blob))), 0)" for name in columns)
            total += sum(connection.execute(f"select {sums} from {table}").fetchone())  # noqa: S608 - our own names
    return total


# ---- over the wire ------------------------------------------------------------------------------


@asynccontextmanager
async def wired(store, *script, worker="worker-1"):
    async with FakeOpenAI(*script) as server:
        model = models.choose(
            {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "m", "LOCAL_MODEL_API_KEY": "-"},
            azure_credential=None,
        )
        async with core(store, client=model.client, worker=worker) as it:
            yield it, server
        await model.aclose()


def said(request):
    """Return what a model was sent, without the instructions."""
    return [
        (each["role"], each.get("content")) for each in request.body["messages"] if each["role"] != "system"
    ]


async def test_the_model_reads_the_conversation_once_whoever_is_at_work(any_store):
    script = [
        call(("hand_over_to_billing", {})),
        say("Which invoice?"),
        call(("hand_over_to_technical", {})),
        say("Which device?"),
        call(("end_conversation", {})),
        say("All solved."),
    ]
    async with wired(any_store, *script) as (it, server):
        run = await it.start(ASK, workflow="support")
        assert (await question(it, run.key)).text == "Which invoice?"
        assert (await answered(it, run.key, "The app crashes, too")).text == "Which device?"
        assert await answered(it, run.key, "Never mind, it works") is None
        result = await it.store.text(run.key, "result")
    talk = [("user", ASK), ("assistant", "Which invoice?"), ("user", "The app crashes, too")]
    assert [said(each) for each in server.asked[:4]] == [talk[:1], talk[:1], talk, talk]
    assert said(server.asked[4]) == [*talk, ("assistant", "Which device?"), ("user", "Never mind, it works")]
    assert result == "Helped by: Billing, Technical support. Answers: 2.\n\nAll solved."
    offered = [{each["function"]["name"] for each in asked.body["tools"]} for asked in server.asked[:5]]
    assert offered[0] - {"remember", "recall", "share_note"} == {
        "end_conversation",
        *(f"hand_over_to_{name}" for name in ("technical", "billing", "sales")),
    }
    assert "hand_over_to_triage" not in offered[1]  # nobody gets it twice for the same words
    assert "hand_over_to_triage" in offered[2]


async def test_what_is_said_while_notes_are_looked_up_or_kept_is_told_to_nobody(store):
    script = [
        call(("recall", {"key": "last talk"}), words="Let me look into my notes."),
        say("What is it about?"),
        call(("remember", {"key": "last talk", "text": "All solved."}), words="I keep that."),
        say("All solved."),
    ]
    async with wired(store, *script) as (it, _):
        run = await it.start("hello", workflow="support")
        assert (await question(it, run.key)).text == "What is it about?"
        await answered(it, run.key, "", Verdict.REJECT)
        assert (await it.store.text(run.key, "result")).endswith("Answers: 1.\n\nAll solved.")


async def test_a_call_that_cannot_be_understood_goes_back_to_the_model(store):
    script = [
        call(("hand_over_to_nobody", "{not json")),
        call(("hand_over_to_billing", {}), ("hand_over_to_sales", {})),
        say("What is it about?"),
    ]
    async with wired(store, *script) as (it, server):
        run = await it.start("hello", workflow="support")
        assert (await question(it, run.key)).text == "What is it about?"
        await answered(it, run.key, "Bye")
    last = server.asked[2].body["messages"]
    calls = [each["id"] for message in last for each in message.get("tool_calls") or []]
    results = [message["tool_call_id"] for message in last if message["role"] == "tool"]
    assert sorted(calls) == sorted(results)
    assert len(calls) == 3
    # What the model did wrong is no part of the conversation.
    assert said(server.asked[3]) == [("user", "hello"), ("assistant", "What is it about?"), ("user", "Bye")]


async def test_a_model_that_never_says_anything_useful_fails_the_run_and_loses_nothing(store):
    async with wired(store, say("Which?"), *[say("  ")] * 3) as (it, _):
        run = await it.start(ASK, workflow="support")
        await question(it, run.key)
        await it.decide(run.key, "turn-1", Verdict.APPROVE, "INV-1", by=ALICE)
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
    assert run.status is RunStatus.FAILED
    assert "no usable answer" in next(iter(book.failures.values())).reason


async def test_a_broken_connection_is_tried_again_with_the_same_words(store):
    script = [say("Which invoice?"), *[break_off] * 3, refuse(503), say("Thank you.")]
    async with wired(store, *script) as (it, server):
        run = await it.start(ASK, workflow="support")
        await question(it, run.key)
        asked = await answered(it, run.key, "INV-4711")
    assert asked.text == "Thank you."
    assert {str(said(each)) for each in server.asked[1:]} == {str(said(server.asked[-1]))}
