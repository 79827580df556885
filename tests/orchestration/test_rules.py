"""Who may decide, and what the answers come to: every rule, every kind of person, every state."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import NotAllowedError
from orchestration.model import Approval, ApprovalStatus, Decision, Handover, Person, Verdict
from orchestration.rules import counted, may_hand_over, may_remind, may_withdraw, seat_of, verdict_of
from tests.fakes.core import TENANT
from tests.storage.samples import NOW, a_run

HERE, ELSEWHERE = "19:here@thread.v2", "19:elsewhere@thread.v2"
REQUESTER, ANN, BEN, CARA, DEPUTY, BOSS, GUEST = (
    Person(TENANT, name, name.title())
    for name in ("requester", "ann", "ben", "cara", "deputy", "boss", "guest")
)
OUTSIDER = Person("another-tenant", "ann", "Ann")
APPROVE, CHANGES, REJECT = Verdict.APPROVE, Verdict.REQUEST_CHANGES, Verdict.REJECT


def question(*approvers: Person, needed: int = 1, **more) -> Approval:
    plain = Approval("q", TENANT, "run-1", "Pay?", "9 EUR", "pay", NOW, HERE)
    return replace(plain, approvers=tuple(each.id for each in approvers), needed=needed, **more)


def vote(by: Person, verdict: Verdict, **more) -> Decision:
    return Decision(verdict, "why", by, NOW, f"click of {by.id} {verdict}", **more)


ANYBODY, NAMED = question(), question(ANN, BEN, excluded=REQUESTER.id)
OWN = question(ANN, REQUESTER)
RAISED = question(ANN, superiors=(BOSS.id,))
GIVEN = question(BEN, handovers=(Handover(ANN.id, BEN, ANN, NOW),))

MAY = {
    "whoever sees it": (ANYBODY, {REQUESTER, ANN, BEN, CARA, DEPUTY, BOSS, GUEST}),
    "named, without the requester": (NAMED, {ANN, BEN, DEPUTY}),
    "named, and the requester": (OWN, {ANN, REQUESTER, DEPUTY}),
    "escalated": (RAISED, {ANN, BOSS, DEPUTY}),
    "handed over": (GIVEN, {BEN}),
}
EVERYBODY = (REQUESTER, ANN, BEN, CARA, DEPUTY, BOSS, GUEST, OUTSIDER)
OTHER = Person(TENANT, "other", "Other")
STATES = {
    "open": {},
    "voted": {"votes": (vote(OTHER, APPROVE),)},
    "decided": {"status": ApprovalStatus.APPROVED, "decision": vote(OTHER, APPROVE)},
    "late": {"status": ApprovalStatus.TIMED_OUT},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("rule", MAY)
@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: f"{person.tenant[:7]}-{person.id}")
def test_exactly_those_whom_the_rule_names_may_decide(person: Person, rule: str, state: str):
    asked, may = MAY[rule]
    asked = replace(asked, **STATES[state])
    away = [ANN.id] if person == DEPUTY else []
    if person in may:
        seat = ANN.id if person == DEPUTY and asked.responders else person.id
        assert seat_of(asked, person, HERE, away) == seat
    else:
        with pytest.raises(NotAllowedError):
            seat_of(asked, person, HERE, away)


@pytest.mark.parametrize("rule", MAY)
@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: f"{person.tenant[:7]}-{person.id}")
def test_elsewhere_only_named_people_may_decide(person: Person, rule: str):
    asked, may = MAY[rule]
    away = [ANN.id] if person == DEPUTY else []
    if asked.responders and person in may:
        seat_of(asked, person, ELSEWHERE, away)
    else:
        with pytest.raises(NotAllowedError):
            seat_of(asked, person, ELSEWHERE, away)


def test_a_deputy_decides_only_while_somebody_is_away_and_only_for_a_free_place():
    with pytest.raises(NotAllowedError, match="not one of the approvers"):
        seat_of(NAMED, DEPUTY, HERE, [])
    answered = replace(NAMED, votes=(vote(ANN, APPROVE),))
    with pytest.raises(NotAllowedError, match="has answered already"):
        seat_of(answered, DEPUTY, HERE, [ANN.id])


def test_nobody_has_two_voices():
    both = question(ANN, BEN, needed=2)
    own = counted(both, vote(BEN, APPROVE))
    assert seat_of(own, BEN, HERE, [ANN.id]) == BEN.id
    twice = counted(own, vote(BEN, APPROVE))
    assert len(twice.votes) == 1
    assert verdict_of(twice) is None
    stand_in = counted(both, vote(DEPUTY, APPROVE, seat=ANN.id))
    assert seat_of(stand_in, DEPUTY, HERE, [ANN.id, BEN.id]) == ANN.id


def test_somebody_who_comes_back_answers_in_place_of_the_deputy():
    asked = counted(question(ANN, BEN, needed=2), vote(DEPUTY, APPROVE, seat=ANN.id))
    back = counted(asked, vote(ANN, APPROVE))
    assert [each.by for each in back.votes] == [ANN]
    assert verdict_of(back) is None


def test_who_handed_it_over_is_told_so():
    with pytest.raises(NotAllowedError, match="handed this question over"):
        seat_of(GIVEN, ANN, HERE, [])


# ---- what the answers come to ---------------------------------------------------------------

TALLIES = [
    # approvers, needed, answers, verdict
    ((), 1, [(ANN, APPROVE)], APPROVE),
    ((), 1, [(ANN, REJECT)], REJECT),
    ((ANN, BEN), 1, [(ANN, REJECT)], REJECT),
    ((ANN, BEN, CARA), 2, [(ANN, APPROVE)], None),
    ((ANN, BEN, CARA), 2, [(ANN, APPROVE), (BEN, REJECT)], None),
    ((ANN, BEN, CARA), 2, [(ANN, APPROVE), (BEN, REJECT), (CARA, APPROVE)], APPROVE),
    ((ANN, BEN, CARA), 2, [(ANN, REJECT), (BEN, REJECT)], REJECT),
    ((ANN, BEN, CARA), 2, [(ANN, APPROVE), (BEN, CHANGES)], CHANGES),
    ((ANN, BEN, CARA), 3, [(ANN, APPROVE), (BEN, APPROVE)], None),
    ((ANN, BEN, CARA), 3, [(ANN, REJECT)], REJECT),
    ((ANN, BEN, CARA), 3, [(ANN, APPROVE), (BEN, APPROVE), (CARA, APPROVE)], APPROVE),
    ((ANN, BEN, CARA), 2, [(ANN, REJECT), (ANN, APPROVE), (BEN, APPROVE)], APPROVE),
    ((), 2, [(ANN, APPROVE)], None),
    ((), 2, [(ANN, APPROVE), (BEN, APPROVE)], APPROVE),
    ((), 2, [(ANN, REJECT), (BEN, APPROVE)], None),
    ((), 2, [(ANN, REJECT), (BEN, REJECT)], REJECT),
]


@pytest.mark.parametrize(("approvers", "needed", "answers", "verdict"), TALLIES)
def test_the_answers_come_to_what_the_rule_says(approvers, needed, answers, verdict):
    asked = question(*approvers, needed=needed)
    for by, said in answers:
        assert verdict_of(asked) is None
        asked = counted(asked, vote(by, said))
    assert verdict_of(asked) is verdict


def test_somebody_it_was_escalated_to_decides_alone():
    asked = question(ANN, BEN, needed=2, superiors=(BOSS.id,))
    assert verdict_of(counted(asked, vote(ANN, REJECT))) is REJECT
    kept = question(ANN, BEN, CARA, needed=2, superiors=(BOSS.id,))
    assert verdict_of(counted(kept, vote(BOSS, APPROVE))) is APPROVE


def test_whoever_changes_the_values_sets_aside_what_others_approved():
    asked = question(ANN, BEN, CARA, needed=2, proposed='{"amount":9}', schema="{}")
    first = counted(asked, vote(ANN, APPROVE, values='{"amount":9}'))
    second = counted(first, vote(BEN, APPROVE, values='{"amount":8}'))
    assert second.values == '{"amount":8}'
    assert verdict_of(second) is None
    assert verdict_of(counted(second, vote(ANN, APPROVE, values='{"amount":8}'))) is APPROVE


def test_different_options_do_not_add_up():
    asked = question(ANN, BEN, CARA, needed=2, kind="decision")
    split = counted(counted(asked, vote(ANN, APPROVE, option="a")), vote(BEN, APPROVE, option="b"))
    assert verdict_of(split) is None
    assert verdict_of(counted(split, vote(CARA, APPROVE, option="b"))) is APPROVE


answers = st.lists(st.tuples(st.sampled_from([ANN, BEN, CARA]), st.sampled_from([APPROVE, REJECT])))


@given(st.integers(1, 3), answers)
def test_whatever_the_order_the_newest_word_of_each_counts(needed: int, said):
    asked = question(ANN, BEN, CARA, needed=needed)
    for by, verdict in said:
        if verdict_of(asked) is not None:
            break
        asked = counted(asked, vote(by, verdict))
    assert len({each.by.id for each in asked.votes}) == len(asked.votes)
    if needed > 1:
        outcomes = {verdict_of(replace(asked, votes=order)) for order in itertools.permutations(asked.votes)}
        assert outcomes == {verdict_of(asked)}


# ---- who may do what else -------------------------------------------------------------------


def test_places_are_handed_over_by_their_holder_the_requester_and_administrators():
    run = a_run(requester=REQUESTER, tenant=TENANT)
    assert may_hand_over(run, ANN, ANN.id)
    assert may_hand_over(run, REQUESTER, ANN.id)
    assert may_hand_over(run, BOSS, ANN.id, {BOSS.id})
    assert not may_hand_over(run, BEN, ANN.id)
    assert not may_hand_over(run, replace(REQUESTER, tenant="another"), ANN.id)


def test_the_requester_and_administrators_withdraw_and_approvers_remind_as_well():
    run = a_run(requester=REQUESTER, tenant=TENANT)
    for person, withdraws, reminds in [
        (REQUESTER, True, True),
        (ANN, False, True),
        (GUEST, False, False),
        (replace(ANN, tenant="another"), False, False),
    ]:
        assert may_withdraw(run, person) is withdraws
        assert may_remind(NAMED, run, person) is reminds
