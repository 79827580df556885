"""Records as documents: what depends on no store."""

import json
import re
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.book import Book, asking, life, showing
from orchestration.errors import SignoffError
from orchestration.model import Approval, Event, Failure, Person, Place, Posting, Run, RunKey, RunStatus
from orchestration.rules import counted
from storage import changes, documents, kinds
from storage.cosmos import items, queries
from storage.cosmos.batch import Batch, require_room
from storage.documents import Document
from storage.kinds import Text
from tests.storage.samples import (
    NOW,
    TENANT,
    a_checkpoint,
    a_decision,
    a_full_book,
    a_posting,
    a_question,
    a_run,
    later,
    opened,
)

KEY = RunKey("tenant", "run-1")


def documents_of(book: Book) -> list[Document]:
    change = changes.between(None, book)
    return [change.head, *change.changed, *change.new]


# ---- ids --------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_an_id_holds_only_what_cosmos_db_takes(name: str):
    document_id = kinds.id_of(Approval, name)
    assert re.fullmatch(r"[A-Za-z0-9=_.~-]+", document_id)
    assert len(document_id) < 300


@given(st.text(max_size=300), st.text(max_size=300))
def test_different_names_have_different_ids(one: str, two: str):
    assert (kinds.id_of(Approval, one) == kinds.id_of(Approval, two)) is (one == two)


def test_ids_of_one_kind_never_look_like_another():
    names = ["run", "1", "e000001", "approval-1", "=hab", "failure-1"]
    ids = [kinds.id_of(kind, name) for kind in (Approval, Failure, Posting, Text) for name in names]
    ids += [kinds.further_id(name, 1) for name in names]
    ids += [kinds.RUN, kinds.event_id(1), kinds.checkpoint_id(1)]
    assert len(set(ids)) == len(ids)


# ---- what is found by what --------------------------------------------------------------------


def test_a_run_is_found_by_what_it_has():
    run = a_run(worker="w", due=NOW.replace(microsecond=0))
    document = documents.of_run(run)
    assert document.live
    assert document.index == {
        "due": "2026-03-04T05:06:07.000000+00:00",
        "requester": run.requester.id,
        "conversation": run.conversation,
        "started": "2026-03-04T05:06:07.000089+00:00",
        "short": run.short_id,
        "worker": "w",
    }
    completed = documents.of_run(replace(run, status=RunStatus.COMPLETED, ended=NOW))
    assert completed.index["completed"] == "release-notes|2026-03-04T05:06:07.000089+00:00"
    assert {"due", "worker"} & documents.of_run(a_run()).index.keys() == set()


def test_a_question_is_found_by_every_answer_to_it_and_by_those_who_have_not_answered():
    question = a_question(a_run(), approvers=("ann", "ben"), needed=2)
    before = Book(run=a_run(), approvals={question.id: question})
    decision = replace(a_decision("click"), by=Person(TENANT, "ann", "Ann"))
    change = changes.between(before, asking.voted(before, counted(question, decision), decision))
    (event,) = [each for each in change.new if each.kind == "event"]
    assert event.index["source"] == "click"
    (seat,) = [each for each in change.changed if each.kind == "seat"]
    assert (seat.record["person"], seat.index) == ("ann", {})


# ---- reading what others wrote ----------------------------------------------------------------


@pytest.mark.parametrize("document", documents_of(a_full_book()), ids=lambda document: document.id)
def test_every_document_is_json_that_other_versions_can_extend(document: Document):
    item = json.loads(json.dumps(items.item_of(document)))
    item |= {"_etag": "x", "_ts": 1, "added": "later"}
    item["record"]["added"] = {"some": "thing"}
    read = items.document_of(item)
    known = {kinds.kind_of(kind): kind for kind in (Run, Approval, Failure, Posting, Event, Place, Text)}
    if kind := known.get(document.kind):
        assert documents.read(kind, read) == documents.read(kind, document)


def test_fields_that_came_later_have_their_defaults():
    run, document = a_run(), documents.of_run(a_run())
    needed = {field.name for field in fields(Run)} - {"usage", "graph", "retry_of", "due", "approvers"}
    old = replace(document, record={name: document.record[name] for name in needed})
    assert documents.read(Run, old).graph == run.graph == ""
    assert documents.read(Run, old).approvers == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("started", "yesterday"),
        ("started", None),
        ("status", "sleeping"),
        ("epoch", "1"),
        ("epoch", True),
        ("steps", {}),
        ("steps", [{"id": "a"}]),
        ("requester", "Mia"),
    ],
)
def test_a_document_that_makes_no_sense_is_an_error(name: str, value: object):
    document = documents.of_run(a_run())
    broken = replace(document, record={**document.record, name: value})
    with pytest.raises(SignoffError, match=r"The stored record run of run-.* cannot be read"):
        documents.read(Run, broken)


def test_a_document_of_a_newer_format_is_an_error():
    with pytest.raises(SignoffError, match="a newer version of Signoff wrote it"):
        documents.read(Run, replace(documents.of_run(a_run()), v=2))


def test_an_item_without_a_record_is_an_error():
    with pytest.raises(SignoffError, match="cannot be read"):
        items.document_of({"id": "run", "tenant": "t", "run": "r", "kind": "run"})


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        documents.of_run(a_run(started=NOW.replace(tzinfo=None)))


def as_stored(book: Book) -> Book:
    return changes.stored(None, book, changes.between(None, book))


# ---- differences ------------------------------------------------------------------------------


def test_only_what_changed_is_written():
    before = as_stored(a_full_book())
    change = changes.between(before, showing.sending(before, before.postings["run-1"], "worker", NOW))
    assert [document.id for document in change.changed] == ["posting-run-1"]
    assert change.new == ()
    assert change.head.version == 2


def test_a_card_is_written_when_only_its_liveness_changed():
    run = a_run()
    card = a_posting("card", "question-1", shown=1)
    answered = a_question(run).decided(a_decision())
    before = as_stored(Book(run, {answered.id: answered}, postings={card.id: card}))
    after = life.progressed(before, a_checkpoint(1), "graph", [], frozenset())
    written = {document.id: document.live for document in changes.between(before, after).changed}
    assert written == {"approval-question-1": False, "posting-card": False}


def test_a_new_book_is_written_whole():
    change = changes.between(None, opened())
    assert [document.id for document in change.changed] == ["posting-run-1"]
    assert [document.id for document in change.new] == ["e000001", "text-input"]


# ---- items of Cosmos DB -----------------------------------------------------------------------


def test_what_stays_in_a_batch_fits_and_the_largest_go_first():
    sizes = [10, 390_000, 500_000, 380_000, 300_000]
    batch = [{"id": str(n), "text": "x" * size} for n, size in enumerate(sizes)]
    assert items.too_large(batch) == [2, 1]
    assert items.too_large([{"text": "x" * 450_000}, {"text": "x" * 390_000}]) == [0]


def test_more_records_than_a_batch_takes_are_refused_with_a_sentence():
    require_room([{}] * 100)
    with pytest.raises(SignoffError, match="This step changes 101 records at once"):
        require_room([{}] * 101)


@given(st.text(), st.binary())
def test_an_item_that_was_taken_apart_is_the_same_again(text: str, data: bytes):
    document = Document(KEY, "c000001", "checkpoint", {"text": text}, data=data)
    rest, parts = items.taken_apart(items.item_of(document), "nonce")
    assert items.document_of(items.put_together(rest, parts)) == document


def test_parts_are_small_enough_for_an_item_each():
    document = documents.of_text(KEY, "input", "".join(chr(33 + n * 7919 % 9000) for n in range(900_000)))
    _, parts = items.taken_apart(items.item_of(document), "nonce")
    assert len(parts) > 1
    assert all(len(json.dumps(part)) < 490_000 for part in parts)


def test_results_of_several_partitions_are_put_in_order():
    query = queries.FIND[queries.Find.RUNS_OF]
    assert query.arranged([{"started": at} for at in "31524"], 2) == [{"started": "5"}, {"started": "4"}]


def test_a_batch_can_be_sent_again_with_its_condition():
    batch = Batch(KEY, "etag", "nonce", [{"id": "run"}, {"id": "a"}, {"id": "b"}], changed=1)
    for _ in range(2):
        first, *rest = batch.operations()
        assert first[2].pop("if_match_etag") == "etag"
        assert [operation[0] for operation in rest] == ["upsert", "create"]


def test_times_sort_as_text():
    times = [NOW.replace(microsecond=0), NOW, later(1)]
    stamps = [documents.stamp(at) for at in times]
    assert stamps == sorted(stamps)
