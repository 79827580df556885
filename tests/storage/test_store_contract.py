"""What every store does, whatever it keeps its records in."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.book import Book, asking, life, showing
from orchestration.errors import ConflictError
from orchestration.model import Failure, Person, Place, RunKey, RunStatus
from orchestration.ports import Store
from tests.storage.conftest import WITH_BATCHES, NewStore
from tests.storage.samples import (
    JON,
    MIA,
    NOW,
    OTHER,
    TENANT,
    a_checkpoint,
    a_decision,
    a_failure,
    a_full_book,
    a_posting,
    a_question,
    a_remedied_failure,
    a_run,
    as_read,
    later,
    opened,
)

HERE, THERE = "19:here@thread.v2", "19:there@thread.v2"
ODD = [
    "a/b\\c?d#e",
    "",
    ".",
    "..",
    "%2F",
    "=2F",
    "a b",
    "a\nb",
    "ä😀\x00",
    "run",
    "x" * 3000,
    "x" * 3000 + "y",
]

many_texts = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
any_text = st.text(max_size=200)


async def with_questions(store: Store, *names: str, **changes: object) -> Book:
    """A stored run that asks questions."""
    book = await store.write(None, opened())
    questions = [a_question(book.run, name, **changes) for name in names]
    return await store.write(
        book, life.progressed(book, a_checkpoint(1), "graph", questions, frozenset(names))
    )


async def answered(store: Store, source: str = "activity-1") -> Book:
    """A stored run whose only question was answered, and the answer taken in."""
    book = await with_questions(store, "question-1")
    book = await store.write(book, asking.decided(book, book.approvals["question-1"], a_decision(source)))
    return await store.write(book, life.progressed(book, a_checkpoint(2), "graph", [], frozenset()))


# ---- round trips ------------------------------------------------------------------------------


async def test_every_field_of_every_record_comes_back(store: Store):
    book = a_full_book()
    assert await store.write(None, book) == as_read(book, 1)
    assert await store.read(book.run.key) == as_read(book, 1)


async def test_events_texts_and_checkpoints_come_back(store: Store):
    book = a_full_book()
    await store.write(None, book)
    key = book.run.key
    assert tuple(await store.history(key)) == book.news
    assert {name: await store.text(key, name) for name in book.texts} == book.texts
    assert await store.checkpoint(key, 7) == book.checkpoint


async def test_what_write_returns_is_what_read_returns(store: Store):
    book = await with_questions(store, "question-2", "question-1")
    assert await store.read(book.run.key) == book
    book = await answered(store)
    assert await store.read(book.run.key) == book


async def test_the_oldest_question_comes_first(store: Store):
    run = a_run()
    asked = {name: a_question(run, name, asked=later(at)) for name, at in (("x", 9), ("b", 1), ("a", 5))}
    book = await store.write(None, Book(run, approvals=asked))
    read = await store.read(run.key)
    assert read
    assert list(read.approvals) == list(book.approvals) == ["b", "a", "x"]
    assert [question.id for question in await store.approvals(run.key)] == ["b", "a", "x"]


@many_texts
@given(text=any_text, name=any_text)
async def test_any_text_comes_back_as_it_was(store: Store, text: str, name: str):
    run = a_run(title=text, requester=Person(TENANT, "id", text))
    question = a_question(run, name, text=text, title=text)
    book = Book(run, approvals={name: question}, texts={name: text})
    await store.write(None, book)
    assert await store.read(run.key) == as_read(book, 1)
    assert await store.text(run.key, name) == text
    assert await store.approval(run.key, name) == question


async def test_odd_ids_stay_apart(store: Store):
    run = a_run()
    questions = {name: a_question(run, name, title=name) for name in ODD}
    failures = {name: a_failure(name) for name in ODD}
    texts = {name: f"text {name}" for name in ODD}
    book = Book(run, approvals=questions, failures=failures, texts=texts)
    await store.write(None, book)
    assert await store.read(run.key) == as_read(book, 1)
    for name in ODD:
        assert await store.approval(run.key, name) == questions[name]
        assert await store.failure(run.key, name) == failures[name]
        assert await store.text(run.key, name) == texts[name]


async def test_long_texts_and_checkpoints_come_back(store: Store):
    long = "😀 Ångström \x01\n" * 350_000  # 5 MB in JSON and more
    data = bytes(range(256)) * 8_000
    run = a_run()
    question = a_question(run, text=long[:1_000_000])
    book = Book(run, {question.id: question}, texts={"input": long}, checkpoint=a_checkpoint(1, data))
    await store.write(None, book)
    assert await store.read(run.key) == as_read(book, 1)
    assert await store.text(run.key, "input") == long
    assert await store.checkpoint(run.key, 1) == book.checkpoint


async def test_many_middling_records_fit_into_one_write(store: Store):
    run = a_run()
    questions = {str(n): a_question(run, str(n), text="ä" * 50_000) for n in range(12)}  # 300 KB each
    book = Book(run, approvals=questions)
    await store.write(None, book)
    assert await store.read(run.key) == as_read(book, 1)


async def test_what_is_not_there_is_none(store: Store):
    key = a_run().key
    assert await store.read(key) is None
    assert await store.approval(key, "x") is None
    assert await store.failure(key, "x") is None
    assert await store.text(key, "x") is None
    assert await store.checkpoint(key, 1) is None
    assert await store.history(key) == []
    assert await store.approvals(key) == []


# ---- writing ----------------------------------------------------------------------------------


async def test_the_version_grows_with_every_write(store: Store):
    book = await store.write(None, opened())
    assert book.run.version == 1
    assert (await store.write(book, life.claimed(book, "worker", NOW))).run.version == 2


async def test_a_write_over_an_older_state_conflicts(store: Store):
    old = await store.write(None, opened())
    new = await store.write(old, life.claimed(old, "worker-1", NOW))
    with pytest.raises(ConflictError):
        await store.write(old, life.claimed(old, "worker-2", NOW))
    assert await store.read(old.run.key) == new


async def test_of_two_writers_exactly_one_wins(new_store: NewStore):
    one, two = await new_store(), await new_store()
    book = await one.write(None, opened())
    for turn in range(5):
        writes = [
            store.write(book, life.claimed(book, f"{name}-{turn}", NOW))
            for name, store in (("one", one), ("two", two))
        ]
        results = await asyncio.gather(*writes, return_exceptions=True)
        (won,) = [result for result in results if isinstance(result, Book)]
        assert sum(isinstance(result, ConflictError) for result in results) == 1
        assert await one.read(book.run.key) == await two.read(book.run.key) == won
        book = won


async def test_a_run_is_created_only_once(new_store: NewStore):
    one, two = await new_store(), await new_store()
    book = opened()
    first = await one.write(None, book)
    for store in (one, two):
        with pytest.raises(ConflictError):
            await store.write(None, replace(book, texts={"input": "other"}))
    assert await two.read(book.run.key) == first
    assert await two.text(book.run.key, "input") == "payments API"


async def test_a_write_to_a_run_that_is_not_there_conflicts(store: Store):
    book = replace(opened(), run=a_run(version=1))
    with pytest.raises(ConflictError):
        await store.write(book, life.claimed(book, "worker", NOW))
    assert await store.read(book.run.key) is None


async def test_nothing_of_a_refused_write_is_stored(store: Store):
    book = await store.write(None, opened())
    other = await store.write(book, life.claimed(book, "worker-1", NOW))
    late = life.progressed(book, a_checkpoint(1), "graph", [a_question(book.run)], frozenset({"question-1"}))
    with pytest.raises(ConflictError):
        await store.write(book, replace(late, texts={"result": "x" * 1_000_000}))
    key = book.run.key
    assert await store.read(key) == other
    assert await store.approval(key, "question-1") is None
    assert (entry := await store.checkpoint(key, 1))
    assert entry.state == 0
    assert await store.text(key, "result") is None
    assert len(await store.history(key)) == 1


# The only one that a batch must refuse after its head was accepted.
@pytest.mark.parametrize("new_store", WITH_BATCHES, indirect=True)
async def test_a_checkpoint_is_never_written_over(store: Store):
    book = await store.write(None, replace(opened(), checkpoint=a_checkpoint(1)))
    with pytest.raises(ConflictError):
        await store.write(book, replace(book, checkpoint=a_checkpoint(1, b"other")))
    assert await store.checkpoint(book.run.key, 1) == a_checkpoint(1)
    assert await store.read(book.run.key) == book


# ---- live and closed --------------------------------------------------------------------------


async def test_a_closed_question_is_no_longer_read_but_found(store: Store):
    book = await answered(store)
    key = book.run.key
    assert book.approvals == {}
    closed = await store.approval(key, "question-1")
    assert closed
    assert (closed.decision, closed.delivered) == (a_decision(), True)
    assert await store.approvals(key) == [closed]
    assert await store.answered_by(TENANT, "activity-1") == closed


async def test_a_settled_card_of_a_closed_question_is_no_longer_read(store: Store):
    book = await with_questions(store, "question-1")
    card = replace(book.postings["question-1-card-1"], shown=1, activity="a")
    book = await store.write(book, showing.presented(book, card))
    assert card.id in book.postings  # the question is open, so the card can still change
    book = await store.write(book, asking.decided(book, book.approvals["question-1"], a_decision()))
    book = await store.write(book, showing.presented(book, replace(card, wanted=2, shown=2)))
    book = await store.write(book, life.progressed(book, a_checkpoint(2), "graph", [], frozenset()))
    assert card.id not in book.postings
    assert await store.read(book.run.key) == book


async def test_a_remedied_failure_is_found_by_its_id_only(store: Store):
    run, failures = a_run(), (a_failure(), a_remedied_failure())
    book = await store.write(None, Book(run, failures={failure.id: failure for failure in failures}))
    assert list(book.failures) == ["failure-1"]
    assert await store.read(run.key) == book
    assert await store.failure(run.key, "failure-0") == a_remedied_failure()


async def test_a_record_can_become_live_again(store: Store):
    run = replace(a_run(), status=RunStatus.COMPLETED)
    card = a_posting(shown=1)
    book = await store.write(None, Book(run, postings={card.id: card}))
    assert book.postings == {}
    failure: Failure = a_failure()
    after = replace(book, postings={card.id: card}, failures={failure.id: failure})
    book = await store.write(book, after)
    assert list(book.postings) == [card.id]
    assert await store.read(run.key) == book


# ---- finding ----------------------------------------------------------------------------------


async def test_runs_are_found_by_requester_newest_first(store: Store):
    for at in (3, 1, 2):
        await store.write(None, opened(title=str(at), started=later(at)))
    await store.write(None, opened(requester=JON))
    found = await store.runs_of(TENANT, MIA.id, 10)
    assert [run.title for run in found] == ["3", "2", "1"]
    assert [run.title for run in await store.runs_of(TENANT, MIA.id, 2)] == ["3", "2"]


async def test_runs_are_found_by_conversation_newest_first(store: Store):
    for at in (3, 1, 2):
        await store.write(None, opened(title=str(at), started=later(at)))
    await store.write(None, opened(conversation=THERE))
    assert [run.title for run in await store.runs_in(TENANT, HERE, 10)] == ["3", "2", "1"]
    assert [run.title for run in await store.runs_in(TENANT, HERE, 1)] == ["3"]


async def test_runs_are_found_by_their_short_id(store: Store):
    for day, at in (("20260301", 1), ("20260302", 2)):
        await store.write(None, opened(id=f"run-{day}-abcdefgh", started=later(at)))
    await store.write(None, opened(id="run-20260301-xbcdefgh"))
    found = await store.runs_named(TENANT, "abcdefgh")
    assert [run.id for run in found] == ["run-20260302-abcdefgh", "run-20260301-abcdefgh"]
    assert await store.runs_named(TENANT, "nothing") == []


async def test_runs_of_a_tenant_are_found_since_a_time_newest_first(store: Store):
    for at in (3, 1, 2):
        await store.write(None, opened(title=str(at), started=later(at)))
    await store.write(None, opened(tenant=OTHER, started=later(3)))
    assert [run.title for run in await store.runs_since(TENANT, later(2), 10)] == ["3", "2"]
    assert [run.title for run in await store.runs_since(TENANT, later(0), 1)] == ["3"]


async def test_completed_runs_of_a_workflow_are_found_the_last_one_first(store: Store):
    async def ended(title: str, at: int, status: RunStatus = RunStatus.COMPLETED, **changes: object):
        book = await store.write(None, opened(title=title, **changes))
        run = replace(book.run, status=status, ended=later(at))
        return await store.write(book, replace(book, run=run))

    for title, at in (("first", 1), ("third", 3), ("second", 2)):
        last = await ended(title, at)
    await ended("rejected", 9, RunStatus.REJECTED)
    await ended("other workflow", 9, workflow="release")
    await ended("other tenant", 9, tenant=OTHER)
    await store.write(None, opened(title="not ended"))
    found = await store.completed(TENANT, last.run.workflow, 10)
    assert [run.title for run in found] == ["third", "second", "first"]
    assert [run.title for run in await store.completed(TENANT, last.run.workflow, 2)] == ["third", "second"]


async def test_the_longest_overdue_run_comes_first_of_all_tenants(store: Store):
    for at, tenant in ((3, TENANT), (1, OTHER), (2, TENANT), (9, TENANT)):
        await store.write(None, Book(a_run(title=str(at), due=later(at), tenant=tenant)))
    await store.write(None, Book(a_run(title="not due")))
    assert [run.title for run in await store.due(later(3), 10)] == ["1", "2", "3"]
    assert [run.title for run in await store.due(later(3), 2)] == ["1", "2"]
    assert await store.due(NOW, 10) == []


async def test_a_run_without_due_time_is_no_longer_due(store: Store):
    book = await store.write(None, opened())
    assert [run.id for run in await store.due(NOW, 10)] == [book.run.id]
    await store.write(book, replace(book, run=replace(book.run, due=None)))
    assert await store.due(later(9999), 10) == []


async def test_times_are_compared_to_the_microsecond_in_any_zone(store: Store):
    moment = timedelta(microseconds=1)
    await store.write(None, Book(a_run(due=NOW.replace(microsecond=0))))
    whole = NOW.replace(microsecond=0)
    assert await store.due(whole - moment, 10) == []
    assert len(await store.due(whole, 10)) == 1
    assert len(await store.due(whole + moment, 10)) == 1


async def test_open_questions_are_found_by_conversation_oldest_first(store: Store):
    run = a_run()
    asked = {str(at): a_question(run, str(at), asked=later(at)) for at in (3, 1, 2)}
    closed = a_question(run, "closed").cancelled(NOW)
    answered_one = a_question(run, "answered").decided(a_decision())
    elsewhere = a_question(run, "elsewhere", conversation=THERE)
    rest = {question.id: question for question in (closed, answered_one, elsewhere)}
    await store.write(None, Book(run, approvals={**asked, **rest}))
    assert [question.id for question in await store.waiting_in(TENANT, HERE, 10)] == ["1", "2", "3"]
    assert [question.id for question in await store.waiting_in(TENANT, HERE, 2)] == ["1", "2"]


async def test_a_question_is_found_by_the_click_that_answered_it(store: Store):
    book = await answered(store, "click-1")
    found = await store.answered_by(TENANT, "click-1")
    assert found == await store.approval(book.run.key, "question-1")
    assert await store.answered_by(TENANT, "click-2") is None
    assert await store.answered_by(TENANT, "") is None


async def test_tenants_are_apart(store: Store):
    book = await answered(store, "click-1")
    asked = await with_questions(store, "question-2")
    run = replace(book.run, tenant=OTHER, title="theirs")
    other = await store.write(None, Book(replace(run, version=0)))
    assert await store.read(RunKey(OTHER, run.id)) == other
    assert await store.read(book.run.key) == book
    assert await store.approval(other.run.key, "question-1") is None
    assert [run.title for run in await store.runs_of(OTHER, MIA.id, 9)] == ["theirs"]
    assert [run.title for run in await store.runs_in(OTHER, HERE, 9)] == ["theirs"]
    assert [run.title for run in await store.runs_named(OTHER, run.short_id)] == ["theirs"]
    assert {run.id for run in await store.runs_of(TENANT, MIA.id, 9)} == {book.run.id, asked.run.id}
    assert await store.waiting_in(OTHER, HERE, 9) == []
    assert await store.answered_by(OTHER, "click-1") is None


# ---- workers and places -----------------------------------------------------------------------


async def test_a_worker_is_alive_until_its_time_or_until_it_leaves(new_store: NewStore):
    one, two = await new_store(), await new_store()
    await one.beat("worker/1", later(10))
    await two.beat("worker 2", later(10))
    await one.beat("worker/1", later(20))
    assert await two.alive(later(5)) == {"worker/1", "worker 2"}
    assert await two.alive(later(15)) == {"worker/1"}
    assert await two.dead(later(15)) == {"worker 2"}
    await one.forget("worker/1")
    await one.forget("never came")
    assert await two.alive(later(5)) == {"worker 2"}


async def test_the_runs_that_a_worker_has_claimed_are_found_in_every_tenant(store: Store):
    books = [await store.write(None, opened(tenant=tenant)) for tenant in (TENANT, OTHER)]
    claimed = [await store.write(book, life.claimed(book, "one", NOW)) for book in books]
    assert {run.tenant for run in await store.claimed_by("one", 10)} == {TENANT, OTHER}
    assert len(await store.claimed_by("one", 1)) == 1
    assert await store.claimed_by("two", 10) == []
    await store.write(claimed[0], life.rested(claimed[0], NOW))
    assert [run.tenant for run in await store.claimed_by("one", 10)] == [OTHER]


async def test_the_newest_word_on_a_place_counts(new_store: NewStore):
    one, two = await new_store(), await new_store()
    place = Place(TENANT, "19:a/b?c#d\\e@thread.v2;messageid=1", "channel", '{"serviceUrl": "ä"}')
    await one.remember(place)
    await two.remember(replace(place, reference="{}"))
    assert await one.place(TENANT, place.conversation) == replace(place, reference="{}")
    await one.remember(place)
    assert await two.place(TENANT, place.conversation) == place
    assert await one.place(OTHER, place.conversation) is None


async def test_the_chat_of_a_person_is_found_by_the_person(new_store: NewStore):
    one, two = await new_store(), await new_store()
    chat = Place(TENANT, "a:chat", "personal", "{}", MIA.id)
    await one.remember(Place(TENANT, HERE, "groupChat", "{}"))
    assert await one.personal_place(TENANT, MIA.id) is None
    await one.remember(chat)
    assert await two.personal_place(TENANT, MIA.id) == chat
    assert await two.personal_place(TENANT, JON.id) is None
    assert await two.personal_place(OTHER, MIA.id) is None
    await two.remember(replace(chat, conversation="a:new"))
    assert (await one.personal_place(TENANT, MIA.id)).conversation == "a:new"


async def test_a_chat_remembered_before_persons_were_is_found_after_the_next_message(store: Store):
    chat = Place(TENANT, "a:chat", "personal", "{}")
    await store.remember(chat)
    await store.remember(replace(chat, person=MIA.id))
    assert await store.personal_place(TENANT, MIA.id) == replace(chat, person=MIA.id)


async def test_a_question_is_found_in_every_conversation_where_it_is_asked_and_read_once(store: Store):
    book = await with_questions(store, "question-1")
    card = book.postings["question-1-card-1"]
    chats = {MIA.id: "a:mia", JON.id: "a:jon"}
    book = await store.write(book, showing.moved(book, replace(card, trouble="403"), chats, NOW))
    assert await store.read(book.run.key) == book
    for conversation in (HERE, *chats.values()):
        found = await store.waiting_in(TENANT, conversation, 9)
        assert found == [book.approvals["question-1"]], conversation
    assert len(await store.approvals(book.run.key)) == 1
    decided = asking.decided(book, book.approvals["question-1"], a_decision("click"))
    await store.write(book, decided)
    for conversation in (HERE, *chats.values()):
        assert await store.waiting_in(TENANT, conversation, 9) == []
    assert (await store.answered_by(TENANT, "click")).id == "question-1"


async def test_notices_are_switched_on_and_off(store: Store):
    assert list(await store.notice_places(TENANT)) == []
    for conversation in (HERE, THERE, HERE):
        await store.set_notices(TENANT, conversation, wanted=True)
    assert list(await store.notice_places(TENANT)) == [HERE, THERE]
    await store.set_notices(TENANT, HERE, wanted=False)
    await store.set_notices(TENANT, "unknown", wanted=False)
    assert list(await store.notice_places(TENANT)) == [THERE]
    assert list(await store.notice_places(OTHER)) == []


async def test_switches_at_the_same_time_are_all_kept(new_store: NewStore):
    stores = [await new_store() for _ in range(3)]
    names = [f"conversation-{number}" for number in range(9)]
    switches = [
        stores[number % 3].set_notices(TENANT, name, wanted=True) for number, name in enumerate(names)
    ]
    await asyncio.gather(*switches)
    assert sorted(await stores[0].notice_places(TENANT)) == names


async def test_a_store_says_whether_it_is_ready(store: Store):
    assert await store.ready()
    await store.close()
    assert not await store.ready()
