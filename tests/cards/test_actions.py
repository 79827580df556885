"""What buttons send comes back as the value it was made from; anything else is refused in a sentence."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.actions import (
    Confirm,
    Decide,
    DecideChosen,
    DecideMany,
    EndAbsence,
    HandOver,
    ListWorkflows,
    Remind,
    ResumeRun,
    RetryRun,
    SetAway,
    ShowCard,
    ShowEdit,
    ShowHandOver,
    ShowInbox,
    ShowMine,
    ShowPage,
    ShowWorkflow,
    StartExample,
    StopRun,
    Withdraw,
    unpack,
)
from orchestration.errors import InvalidInputError
from orchestration.model import Verdict
from tests.cards.states import STATES, parts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KINDS = (
    *(Confirm, Decide, DecideChosen, DecideMany, HandOver, Remind, Withdraw),
    *(EndAbsence, SetAway),
    *(ShowCard, ShowEdit, ShowHandOver, ShowInbox, ShowMine, ShowPage),
    *(ResumeRun, RetryRun, StopRun),
    *(ListWorkflows, ShowWorkflow, StartExample),
)
VERBS = [kind.verb for kind in KINDS]
NAMES = [
    *(
        "run",
        "approval",
        "verdict",
        "comment",
        "question",
        "name",
        "page",
        "about",
        "seen",
        "edits",
        "option",
    ),
    *("before", "by", "to", "of", "shown", "ticked", "v.0", "until", "deputy", "workflow", "trial"),
]
LIKELY = st.sampled_from(
    [
        *("approve", "reject", "run-1", "run-1|approval-1", "3", "٣", "|", "", "x" * 201, "\ud800"),
        *(
            '[["run-1", "a-1", ""]]',
            "[[1, 2, 3]]",
            "[" * 500,
            "0,1",
            "2026-11-21T10:00:00+00:00",
            "2026-11-21",
        ),
    ]
)
CLICKS = st.fixed_dictionaries(
    {
        "action": st.fixed_dictionaries(
            {
                "verb": st.sampled_from(VERBS) | JSON,
                "data": st.dictionaries(st.sampled_from(NAMES), LIKELY | JSON) | JSON,
            }
        ),
        "trigger": st.sampled_from(["manual", "automatic"]) | JSON,
    }
)


def clicked(payload, trigger="manual", **inputs):
    data = {**json.loads(json.dumps(payload.pack())), **inputs}
    return {"action": {"type": "Action.Execute", "verb": payload.verb, "data": data}, "trigger": trigger}


@pytest.mark.parametrize(
    "payload",
    [
        Decide("run-1", "approval-1", Verdict.REQUEST_CHANGES),
        ShowPage("run-1", "result", 3),
        ShowCard("run-1", "failure-1"),
        RetryRun("run-1", "failure-1"),
        ResumeRun("run-1", "failure-1"),
        StopRun("run-1"),
        Decide("run-1", "approval-1", Verdict.APPROVE, "9c41", edits=True),
        Confirm("run-1", "approval-1", Verdict.APPROVE, "entra-mia", option="rome", seen="9c41"),
        Withdraw("run-1", "approval-1"),
        Remind("run-1", "approval-1"),
        ShowMine("run-1", "approval-1"),
        ShowEdit("run-1", "approval-1"),
        ShowHandOver("run-1", "approval-1"),
        ShowInbox("2026-11-21T10:00:00+00:00"),
    ],
)
def test_what_a_button_sends_is_read_as_what_it_was_made_from(payload):
    assert unpack(clicked(payload)) == payload


def test_the_button_that_ends_an_absence_works_on_cards_of_any_age():
    assert unpack({"action": {"verb": "come-back", "data": {}}, "trigger": "manual"}) == EndAbsence()


def test_only_what_was_shown_can_be_ticked():
    shown = (("run-1", "a-1", ""), ("run-2", "a-2", "9c41"))
    many = DecideMany(Verdict.APPROVE, shown)
    assert unpack(clicked(many, ticked="1,7,-1,x")) == DecideMany(Verdict.APPROVE, shown, (shown[1],))
    with pytest.raises(InvalidInputError, match="Tick the questions"):
        unpack(clicked(many, ticked="2"))


@pytest.mark.parametrize("person", ["", "Ben", "a,b", "*", 7, "aaaaaaaa-0000-4000-8000-000000000009,x"])
def test_a_question_is_handed_over_to_one_person_only(person):
    with pytest.raises(InvalidInputError, match="Choose"):
        unpack(clicked(HandOver("run-1", "a-1"), to=person))


def test_the_comment_is_what_stands_in_the_input():
    payload = unpack(clicked(Decide("run-1", "a-1", Verdict.REJECT), comment=" not yet \n"))
    assert payload == Decide("run-1", "a-1", Verdict.REJECT, comment="not yet")


def test_the_chosen_question_names_run_and_approval():
    payload = unpack(clicked(DecideChosen(Verdict.APPROVE), question="run-1|a-1", comment="fine"))
    assert payload == DecideChosen(Verdict.APPROVE, "fine", "run-1", "a-1")


def test_no_chosen_question_is_told_in_words():
    with pytest.raises(InvalidInputError, match="Choose the question"):
        unpack(clicked(DecideChosen(Verdict.APPROVE)))


def test_a_comment_that_is_too_long_is_told_with_its_length():
    with pytest.raises(InvalidInputError, match="4,000 characters; yours has 4,001"):
        unpack(clicked(Decide("run-1", "a-1", Verdict.APPROVE), comment="x" * 4001))


def test_half_a_character_in_a_comment_cannot_stop_the_store():
    payload = unpack(clicked(Decide("run-1", "a-1", Verdict.APPROVE), comment="a\ud800"))
    assert isinstance(payload, Decide)
    assert payload.comment == "a?"


@pytest.mark.parametrize(
    "payload", [Decide("r", "a", Verdict.APPROVE), RetryRun("r", "f"), ResumeRun("r", "f"), StopRun("r")]
)
def test_a_card_that_refreshes_itself_changes_nothing(payload):
    with pytest.raises(InvalidInputError, match="needs a click"):
        unpack(clicked(payload, trigger="automatic"))


def test_a_card_that_refreshes_itself_can_show_something_and_is_recognisable():
    assert unpack(clicked(ShowCard("run-1", "run"), trigger="automatic")).automatic
    assert not unpack(clicked(ShowCard("run-1", "run"))).automatic


def test_a_click_without_a_trigger_is_a_click():
    value = clicked(StopRun("run-1"))
    del value["trigger"]  # the Agents Playground sends none
    assert unpack(value) == StopRun("run-1")


@pytest.mark.parametrize(
    ("payload", "changes", "sentence"),
    [
        (ShowPage("r", "result"), {"page": "two"}, "does not work any more"),
        (Decide("r", "a", Verdict.APPROVE), {"verdict": "maybe"}, "does not work any more"),
        (Decide("r", "a", Verdict.APPROVE), {"comment": ["x"]}, "must be text"),
        (Decide("r", "a", Verdict.APPROVE), {"run": "x" * 201}, "does not work any more"),
    ],
)
def test_what_was_tampered_with_is_refused(payload, changes, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        unpack(clicked(payload, **changes))


@given(JSON | CLICKS)
def test_anything_else_is_refused_in_a_sentence(value):
    with suppress(InvalidInputError):
        assert unpack(value).verb in VERBS


@pytest.mark.parametrize("state", STATES)
def test_every_button_on_every_card_can_be_read(state):
    for part in parts(STATES[state]()):
        if part["type"] == "Action.Execute":
            somebody = "aaaaaaaa-0000-4000-8000-000000000009"
            inputs = {"question": "run-1|a-1", "to": somebody, "ticked": "0", "deputy": somebody}
            inputs["until"] = "2026-12-01"
            value = {"action": {**part, "data": {**part["data"], **inputs}}}
            assert unpack(value).verb == part["verb"]
