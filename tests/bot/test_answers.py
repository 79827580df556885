"""What a test run answers, and that a question takes it."""

import json
from dataclasses import replace

import pytest

from bot.answers import reaction
from orchestration.errors import InvalidInputError
from orchestration.forms import form_of, sample
from orchestration.messages import DATA, DECISION, INPUT, REPLY, TOOL, Option
from orchestration.model import Verdict
from orchestration.values import checked
from tests.cards.samples import BEGUN, TRIP
from tests.cards.states import CHOICE, QUESTION

FORM = replace(QUESTION, kind=INPUT, schema=json.dumps(TRIP))


@pytest.mark.parametrize(
    ("words", "verdict", "comment"),
    [
        ("", Verdict.APPROVE, ""),
        ("Approve", Verdict.APPROVE, ""),
        ("reject", Verdict.REJECT, "Rejected in a test run."),
        ("reject: too long", Verdict.REJECT, "too long"),
        ("changes: shorter, please", Verdict.REQUEST_CHANGES, "shorter, please"),
        ("request_changes", Verdict.REQUEST_CHANGES, "Please make it shorter."),
    ],
)
def test_a_review_is_answered_as_asked(words, verdict, comment):
    answer = reaction(QUESTION, words)
    assert (answer.verdict, answer.comment) == (verdict, comment)


def test_a_conversation_is_ended_in_its_own_words():
    talk = replace(QUESTION, kind=REPLY, options=(Option("done", "I am done"),))
    assert reaction(talk, "reject").said == "I am done"
    assert reaction(replace(talk, options=()), "reject").said.startswith("Reject: ")


@pytest.mark.parametrize(
    ("words", "option"),
    [("", "berlin"), ("approve", "berlin"), ("2", "rome"), ("ROME", "rome"), ("online", "online")],
)
def test_a_choice_is_the_first_option_or_the_one_that_is_named(words, option):
    assert reaction(CHOICE, words).option == option


def test_what_is_none_of_the_options_is_refused_with_their_names():
    assert CHOICE.kind == DECISION
    with pytest.raises(
        InvalidInputError, match=r"“Paris” is none of the options .* “Berlin”, “Rome”, “Online”"
    ):
        reaction(CHOICE, "Paris")


def test_a_form_gets_values_that_fit_its_schema():
    answer = reaction(FORM, "")
    checked(TRIP, json.loads(answer.values))
    begun = reaction(replace(FORM, proposed=json.dumps(BEGUN)), "approve")
    assert json.loads(begun.values) == BEGUN
    given = json.dumps({**BEGUN, "destination": "Rome"})
    assert reaction(FORM, given).values == given


@pytest.mark.parametrize("kind", [DATA, TOOL])
def test_proposed_values_are_approved_as_they_are(kind):
    asked = replace(QUESTION, kind=kind, proposed='{"amount":1}')
    assert (reaction(asked, "").verdict, reaction(asked, "").values) == (Verdict.APPROVE, "")


@pytest.mark.parametrize("words", ["blue", "[1]", "{"])
def test_words_that_fit_nothing_are_refused(words):
    for asked in (QUESTION, FORM):
        with pytest.raises(InvalidInputError, match="is no answer to"):
            reaction(asked, words)


def test_what_an_agent_asks_gets_words():
    asked = replace(QUESTION, kind=REPLY)
    assert reaction(asked, "").comment == "Yes, please."
    assert reaction(asked, "On Friday").comment == "On Friday"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "string"},
        {"type": "string", "minLength": 30},
        {"type": "string", "maxLength": 3},
        {"type": "string", "format": "email"},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "time"},
        {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["ABC"]},
        {"enum": ["a", "b"]},
        {"type": "array", "items": {"enum": ["a", "b"]}},
        {"type": "array", "items": {"type": "object"}},
        {"type": "object"},
        {"type": "boolean"},
        {"type": "integer", "minimum": 5},
        {"type": "integer", "maximum": -2},
        {"type": "number", "minimum": 0.5, "maximum": 0.75},
        {"type": "integer", "default": 9},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
    ],
)
def test_a_sample_fits_the_schema(part):
    schema = {
        "type": "object",
        "required": ["it"],
        "properties": {"it": part, "optional": {"type": "integer"}},
    }
    values = sample(form_of(schema))
    checked(schema, values)
    assert set(values) == {"it"}
