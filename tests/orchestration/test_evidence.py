"""The file of evidence: what is in it, and that no change to it stays unseen."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration import exports
from orchestration.checkpoints.keyring import Keyring
from orchestration.clock import system_clock
from orchestration.errors import NotAllowedError
from orchestration.evidence import Broken, Records, Verified, chained, facts, header, verify
from orchestration.evidence import chain as chains
from orchestration.evidence.plain import plain
from orchestration.exports import Exports, file_of
from orchestration.model import (
    Approval,
    ApprovalStatus,
    Decision,
    Event,
    Handover,
    Person,
    RunKey,
    Verdict,
)
from orchestration.register import Asker, Register
from tests.fakes.core import ALICE, BOB, CAROL, CHAT, STRANGER, core
from tests.fakes.keyring import KEYRING
from tests.fakes.workflows import Work, gated
from tests.storage.samples import JON, MIA, NOW, TENANT, a_failure, a_run, later

OTHER_KEYS = Keyring(("another key for tests, which is long enough to sign",))


def question(**changes) -> Approval:
    plain = Approval("q", TENANT, "run-1", "Pay?", "9 EUR", "pay", NOW, "19:here@thread.v2")
    return replace(plain, **changes)


def records(**changes) -> Records:
    vote = Decision(Verdict.APPROVE, "fine by me", JON, later(9), "click-1", values='{"eur":9}')
    asked = question(
        approvers=("ann", JON.id),
        proposed='{"eur":9}',
        votes=(vote,),
        decision=vote,
        status=ApprovalStatus.APPROVED,
        handovers=(Handover("ben", Person(TENANT, "ann", "Ann"), MIA, later(5)),),
    )
    events = (
        Event(1, NOW, "started", MIA),
        Event(2, later(1), "asked", about="q", values='{"eur":9}'),
        Event(3, later(3), "reminded", about="q", detail="ben, jon-object-id"),
        Event(4, later(5), "handed over", MIA, about="q", detail="ben to ann"),
        Event(5, later(9), "decided: approve", JON, "q", "fine by me", '{"eur":9}', "click-1"),
        Event(6, later(10), "executed", about="pay", values='{"eur":9}'),
        Event(7, later(11), "failed", about="failure-1", detail="the bank was away"),
    )
    whole = Records(a_run(), "pay the rent 😀", (asked,), (a_failure(),), events, "Paid.\nAll of it.")
    return replace(whole, **changes)


def lines(of: Records | None = None, keyring: Keyring = KEYRING) -> list[bytes]:
    of = of or records()
    return list(chained([header(of.run, JON, NOW), *facts(of)], keyring))


def read(content: list[bytes]) -> list[dict]:
    return [json.loads(line) for line in content]


def sentence(content: list[bytes], keyring: Keyring | None = None) -> str:
    found = verify(content, keyring)
    assert isinstance(found, Broken), found
    return found.sentence


# ---- what is in it ------------------------------------------------------------------------------


def test_every_fact_is_a_line_in_its_order_between_the_header_and_the_seal():
    kinds = [record["kind"] for record in read(lines())]
    assert kinds == [
        "header",
        "input",
        "started",
        "asked",
        "reminded",
        "handed over",
        "decided",
        "executed",
        "failed",
        "question as it stands",
        "failure as it stands",
        "run as it stands",
        "result",
        "seal",
    ]


def test_the_header_says_what_it_is_about_and_who_took_it_out():
    first = read(lines())[0]
    assert (first["format"], first["program"], first["workflow"]) == (1, "Signoff", "release-notes")
    assert (first["requester"]["name"], first["exported_by"]["name"]) == (MIA.name, "Jon")
    assert first["exported"] == "2026-03-04T05:06:07.000089+00:00"


def test_a_question_is_there_as_it_was_asked_and_as_it_stands():
    by_kind = {record["kind"]: record for record in read(lines())}
    asked, now = by_kind["asked"]["question"], by_kind["question as it stands"]["question"]
    assert (asked["text"], asked["proposed"], sorted(asked["approvers"])) == (
        "9 EUR",
        '{"eur":9}',
        ["ben", "jon-object-id"],
    )
    assert "decision" not in asked
    assert (now["status"], now["decision"]["by"]["name"], now["approvers"]) == (
        "approved",
        "Jon",
        ["ann", "jon-object-id"],
    )
    assert by_kind["handed over"]["handover"]["to"]["name"] == "Ann"
    decision = by_kind["decided"]["decision"]
    assert (decision["verdict"], decision["comment"], decision["values"], decision["source"]) == (
        "approve",
        "fine by me",
        '{"eur":9}',
        "click-1",
    )


def test_every_field_of_a_question_and_a_decision_is_in_the_file_without_being_named():
    now = next(record for record in read(lines()) if record["kind"] == "question as it stands")["question"]
    assert set(now) == set(Approval.__dataclass_fields__)
    assert set(now["decision"]) == set(Decision.__dataclass_fields__)


def test_who_was_asked_first_is_there_after_an_escalation():
    asked = question(approvers=("ben",), superiors=("boss",), escalate_to=(("owner",),))
    events = (
        Event(1, NOW, "asked", about="q"),
        Event(2, later(9), "escalated", about="q", detail="boss"),
    )
    first = read(lines(records(approvals=(asked,), events=events)))[2]["question"]
    assert (first["approvers"], first["escalate_to"]) == (["ben"], [["boss"], ["owner"]])


def test_what_the_clock_decided_is_the_decision_of_the_clock():
    clock = Decision(Verdict.REJECT, "Nobody answered in time.", Person(TENANT, "", "Signoff"), later(9), "x")
    asked = question(status=ApprovalStatus.TIMED_OUT, decision=clock)
    events = (Event(1, later(9), "timed out: reject", about="q"),)
    line = read(lines(records(approvals=(asked,), events=events)))[2]
    assert (line["kind"], line["decision"]["by"]["name"]) == ("timed out", "Signoff")


def test_records_become_plain_json_whatever_they_are_made_of():
    value = {
        "when": NOW,
        "long": timedelta(minutes=1),
        "some": frozenset({"b", "a"}),
        "key": RunKey("t", "r"),
    }
    assert plain(value) == {
        "when": "2026-03-04T05:06:07.000089+00:00",
        "long": 60.0,
        "some": ["a", "b"],
        "key": ["t", "r"],
    }
    with pytest.raises(TypeError, match="bytes has no place"):
        plain(b"x")


# ---- the chain ----------------------------------------------------------------------------------


def test_each_line_has_its_number_and_the_hash_of_the_bytes_before_it():
    content = lines()
    before = b""
    for number, line in enumerate(content, 1):
        record = json.loads(line)
        assert record["n"] == number
        assert record["previous"] == (hashlib.sha256(before).hexdigest() if before else "0" * 64)
        before = line.removesuffix(b"\n")


def test_a_whole_file_is_found_whole_with_its_keys_and_without():
    content = lines()
    assert verify(content, KEYRING) == Verified(json.loads(content[0]), len(content) - 1, genuine=True)
    assert verify(content, None) == Verified(json.loads(content[0]), len(content) - 1, genuine=False)


@given(st.text(), st.text(st.characters(categories=["Cs", "Cc", "Lu"])))
@settings(max_examples=50, deadline=None)
def test_whatever_people_write_the_file_is_whole(text: str, strange: str):
    content = lines(records(input=text, result=strange))
    assert isinstance(verify(content, KEYRING), Verified)


WHOLE = b"".join(lines())
COUNT = WHOLE.count(b"\n")


@given(place=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255))
@settings(max_examples=400, deadline=None)
def test_a_changed_byte_anywhere_is_found_without_any_key(place: int, byte: int):
    changed = WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :]
    found = verify(changed.splitlines(keepends=True), None)
    assert isinstance(found, Broken if changed != WHOLE else Verified)


@given(place=st.integers(0, len(WHOLE) - 1), more=st.binary(max_size=3))
@settings(max_examples=400, deadline=None)
def test_a_byte_left_out_or_put_in_is_found(place: int, more: bytes):
    for changed in (WHOLE[:place] + WHOLE[place + 1 :], WHOLE[:place] + more + WHOLE[place:]):
        if changed != WHOLE:
            assert isinstance(verify(changed.splitlines(keepends=True), None), Broken)


@given(one=st.integers(0, COUNT - 1), other=st.integers(0, COUNT - 1), kept=st.integers(0, COUNT - 1))
@settings(max_examples=400, deadline=None)
def test_lines_removed_swapped_or_repeated_are_found(one: int, other: int, kept: int):
    content = lines()
    swapped = list(content)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    repeated = [*content[:other], content[one], *content[other:]]
    for changed in (content[:one] + content[one + 1 :], repeated, content[:kept]):
        assert isinstance(verify(changed, None), Broken)
    assert isinstance(verify(swapped, None), Broken if one != other else Verified)


# ---- what it says -------------------------------------------------------------------------------


def rewritten(content: list[bytes], at: int, **changes) -> list[bytes]:
    """Change a line as somebody would who knows how lines are written."""
    line = chains.written({**json.loads(content[at]), **changes}) + b"\n"
    return [*content[:at], line, *content[at + 1 :]]


def test_the_first_line_that_does_not_fit_is_named():
    content = lines()
    assert sentence(rewritten(content, 5, detail="x")) == "Line 7 was changed, or line 6 before it."
    assert sentence(rewritten(content, 0, previous="1" * 64)) == "Line 1 was changed."
    assert sentence(content[:3] + content[4:]).startswith("Line 4 says that it is line 5: lines were removed")
    assert sentence([content[0], content[2], content[1], *content[3:]]).startswith("Line 2 says that it is")
    assert sentence([*content[:4], content[3], *content[4:]]) == "Line 5 repeats the line before it."
    assert sentence(content[:-1]) == f"The end is missing: there is no seal after line {len(content) - 1}."
    assert "is cut off" in sentence([*content[:-1], content[-1][:-1]])
    assert "comes after the seal" in sentence([*content, content[2]])
    assert sentence([*content, content[-1]]).endswith("repeats the line before it.")
    assert sentence([]) == "The file is empty."
    assert sentence(content[1:]).startswith("Line 1 says that it is line 2")
    assert "seal for other lines" in sentence(rewritten(content, -1, lines=3))
    assert "does not fit itself" in sentence(rewritten(content, -1, signature="00"))
    assert "does not know" in sentence(rewritten(content, 0, format=2))
    assert "beginning of evidence" in sentence(rewritten(content, 0, kind="x"))
    assert "has no number" in sentence(rewritten(content, 0, n="1"))
    assert "has no number" in sentence(rewritten(content, 0, n=True))


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"hello\n",
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        b'{"a":NaN}\n',
        b'{"n":' + b"9" * 5_000 + b"}\n",
    ],
    ids=lambda line: repr(line[:9]),
)
def test_what_is_no_json_is_told(line: bytes):
    assert sentence([line]) == "Line 1 is not JSON, so it was changed."
    assert sentence([lines()[0], line]) == "Line 2 is not JSON, so it was changed."


@pytest.mark.parametrize("line", [b"{}", b'"x"', b"null", b'{"n": 1}', b'{"n":1,"n":1}', b'{"b":1,"a":1}'])
def test_what_is_written_in_another_way_is_told(line: bytes):
    assert sentence([line + b"\n"]).startswith("Line 1 ")


def test_lines_and_files_that_are_too_large_are_told(monkeypatch: pytest.MonkeyPatch):
    assert "longer than 20 MB" in sentence([b"x" * (20 * 1024 * 1024 + 1)])
    content = lines()
    monkeypatch.setattr("orchestration.evidence.checking.MOST_BYTES", 2_000)
    assert "The file is larger than" in sentence(content)


# ---- the seal -----------------------------------------------------------------------------------


def test_a_file_made_up_afresh_is_recognised_when_the_keys_are_at_hand():
    made_up = lines(keyring=OTHER_KEYS)
    assert isinstance(verify(made_up, None), Verified)
    assert "a key that is not among these" in sentence(made_up, KEYRING)


def resealed(content: list[bytes], **changes) -> list[bytes]:
    """Change the seal, and give it the digest that it needs then."""
    seal = {**json.loads(content[-1]), **changes}
    seal["digest"] = chains.digest_of(seal)
    return [*content[:-1], chains.written(seal) + b"\n"]


def test_somebody_elses_signature_under_our_keys_name_is_not_genuine():
    content = lines()
    signature = json.loads(content[-1])["signature"]
    forged = resealed(content, signature=signature[:8] + "0" * 64)
    assert isinstance(verify(forged, None), Verified)
    assert "not genuine" in sentence(forged, KEYRING)
    for nonsense in ("", "xyz", 5, None):
        assert isinstance(verify(resealed(content, signature=nonsense), KEYRING), Broken)
    assert "not genuine" in sentence(resealed(content, remark="approved by the board"), KEYRING)


def test_the_seal_of_one_file_does_not_fit_another():
    one, other = lines(), lines(records(input="another"))
    taken = resealed(other, signature=json.loads(one[-1])["signature"])
    assert "not genuine" in sentence(taken, KEYRING)


def test_a_seal_stays_genuine_when_a_new_key_is_put_in_front():
    both = Keyring((*OTHER_KEYS.secrets, *KEYRING.secrets))
    assert isinstance(verify(lines(), both), Verified)


def test_a_signature_of_a_file_is_none_of_a_saved_state():
    seal = json.loads(lines()[-1])
    content = chains.written({name: seal[name] for name in ("kind", "n", "previous", "lines", "head")})
    assert not KEYRING.verifies(bytes.fromhex(seal["signature"]), content)


# ---- from a store -------------------------------------------------------------------------------


async def test_a_real_run_becomes_a_file_that_fits(any_store):
    work = Work()
    async with core(any_store, definitions=[gated(work)]) as it:
        run = await it.start("anything 😀", workflow="gated")
        await it.asked(run.key, "gate-1")
        await it.decide(run.key, "gate-1", Verdict.APPROVE, "go, go")
        await it.ended(run.key)
        content = await file_of(any_store, run.key, KEYRING, system_clock, by=ALICE)
    found = content.splitlines(keepends=True)
    assert isinstance(verify(found, KEYRING), Verified)
    said = read(found)
    assert [record["kind"] for record in said] == [
        "header",
        "input",
        "started",
        "asked",
        "decided",
        "completed",
        "question as it stands",
        "run as it stands",
        "result",
        "seal",
    ]
    assert said[1]["text"] == "anything 😀"
    assert (said[4]["decision"]["comment"], said[4]["decision"]["by"]["name"]) == ("go, go", "Bob Builder")


class Busy:
    """A store in which something happens while questions are read for the first time."""

    def __init__(self, store, happening):
        self._store, self._happening = store, [happening]

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    async def approvals(self, key: RunKey):
        found = await self._store.approvals(key)
        while self._happening:
            await self._happening.pop()()
        return found


async def test_a_run_that_changes_while_it_is_read_is_read_again(store):
    async with core(store) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")

        async def cancelled():
            await it.runs.cancel(run.id, Asker(ALICE, CHAT))

        content = await file_of(Busy(store, cancelled), run.key, KEYRING, system_clock, by=ALICE)
    said = {record["kind"]: record for record in read(content.splitlines(keepends=True))}
    assert said["cancelled"]["by"]["name"] == "Alice Admin"
    assert said["question as it stands"]["question"]["status"] == "cancelled"
    assert said["run as it stands"]["over"]


async def test_a_failed_run_has_its_failure_in_the_file_without_the_stack(store):
    work = Work()
    work.on["last"] = lambda text: (_ for _ in ()).throw(ValueError("the printer burns"))
    async with core(store, definitions=[gated(work)]) as it:
        run = await it.start("anything", workflow="gated")
        await it.asked(run.key, "gate-1")
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        await it.ended(run.key)
        content = (await file_of(store, run.key, KEYRING, system_clock, by=ALICE)).decode()
    assert "failure as it stands" in content
    assert "Traceback" not in content


async def test_whoever_may_act_on_a_run_may_export_it_and_nobody_else(store):
    async with core(store, approvers=[BOB.id]) as it:
        run = await it.start()
        register = Register(store=store, finder=store, places=store)
        taking = Exports(
            store=store,
            register=register,
            clock=lambda: datetime.now(UTC),
            keyring=KEYRING,
            administrators=["root"],
        )
        for person in (ALICE, BOB, Person(ALICE.tenant, "root", "Root")):
            content = await taking.file(run.key, Asker(person, "a:their-own", personal=True))
            assert isinstance(verify(content.splitlines(keepends=True), KEYRING), Verified)
        with pytest.raises(NotAllowedError, match="can export it"):
            await taking.file(run.key, Asker(CAROL, CHAT))
        with pytest.raises(exports.NotFoundError):
            await taking.file(run.key, Asker(STRANGER, CHAT))
        with pytest.raises(exports.InvalidInputError, match="is the most here"):
            await taking.file(run.key, Asker(ALICE, CHAT), most=100)
