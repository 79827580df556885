"""Forms on cards: what they show reads back as it was, and whatever a client sends is read or refused."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cards.elements import LIMIT, card
from cards.forms import inputs, read
from cards.forms.drawing import ROOM
from orchestration.errors import InvalidInputError
from orchestration.forms import form_of
from orchestration.values import canonical, checked
from tests.cards import hostile
from tests.cards.states import parts
from tests.cards.test_untrusted import HIDDEN, MARKUP, exposed

TEXT = (
    st.text(max_size=40)
    | st.sampled_from(hostile.MARKUP)
    | st.sampled_from(["", " ", "a\r\nb", "\t", "-", "0"])
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70)
COLORS = ["red", "green", "a,b", "-", "", "1"]
DAYS = st.dates().map(lambda day: day.isoformat())
HOURS = st.times().map(lambda time: time.isoformat()) | st.sampled_from(["14:30", "14:30Z"])

PARTS = st.one_of(
    st.tuples(st.just({"type": "string"}), TEXT),
    st.tuples(st.just({"type": "string", "maxLength": 900}), TEXT),
    st.tuples(st.just({"type": "string", "format": "date"}), DAYS),
    st.tuples(st.just({"type": "string", "format": "time"}), HOURS),
    st.tuples(st.just({"type": "number"}), NUMBERS),
    st.tuples(st.just({"type": "integer"}), st.integers(-(2**70), 2**70)),
    st.tuples(st.just({"type": "integer", "minimum": 0, "maximum": 9}), st.integers(0, 9)),
    st.tuples(st.just({"type": "boolean"}), st.booleans()),
    st.tuples(st.just({"type": ["boolean", "null"]}), st.booleans() | st.none()),
    st.tuples(st.just({"type": ["string", "null"]}), TEXT | st.none()),
    st.tuples(st.just({"anyOf": [{"type": "number"}, {"type": "null"}]}), NUMBERS | st.none()),
    st.tuples(st.just({"enum": [*COLORS, 1, None, True]}), st.sampled_from([*COLORS, 1, None, True])),
    st.tuples(st.just({"type": ["string", "null"], "enum": ["a", None]}), st.sampled_from(["a", None])),
    st.tuples(st.just({"type": "array", "items": {"enum": COLORS}}), st.lists(st.sampled_from(COLORS))),
    st.tuples(st.just({"type": ["array", "null"], "items": {"enum": COLORS}}), st.none()),
    st.tuples(st.just({}), JSON),
)
ENTRIES = st.dictionaries(TEXT, st.tuples(PARTS, st.booleans(), st.booleans()), max_size=6)


@st.composite
def filled_schemas(draw):
    """A schema and a value that fits it; some fields are optional and absent, some values have no field."""
    entries = draw(ENTRIES)
    required = [name for name, (_, needed, _) in entries.items() if needed]
    values = {name: value for name, ((_, value), needed, given) in entries.items() if needed or given}
    others = draw(st.dictionaries(TEXT.filter(lambda name: name not in entries), JSON, max_size=2))
    schema = {"properties": {name: part for name, ((part, _), _, _) in entries.items()}, "required": required}
    return {"type": "object", **schema}, {**values, **others}


def sent(form, **changes):
    """What a client sends of a form that nobody touched."""
    drawn = [part for part in inputs(form) if part["type"].startswith("Input.")]
    return {part["id"]: kept(part) for part in drawn} | changes


def kept(part):
    """What the input of a client makes of a value."""
    value = part.get("value", "")
    match part["type"]:
        case "Input.Number":
            number = float(value or 0)  # a client has no other numbers
            plain = str(int(number)) if number.is_integer() and abs(number) < 1e21 else repr(number)
            return plain if "value" in part else ""
        case "Input.Text" if not part.get("isMultiline"):
            return value.replace("\n", "").replace("\r", "")
        case "Input.Text":
            return value.replace("\n", "\r\n")
        case "Input.ChoiceSet":
            known = {choice["value"] for choice in part["choices"]}
            return ",".join(each for each in value.split(",") if each in known)
        case _:
            return value


@settings(deadline=None)
@given(filled_schemas())
def test_what_a_form_shows_of_a_valid_value_reads_back_as_the_same_value(made):
    schema, values = made
    checked(schema, values)
    form = form_of(schema, values)
    assert canonical(read(form, sent(form))) == canonical(values)
    assert canonical(read(form, {})) == canonical(values)


HALF = '"\\ud800"'
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=30)
    | st.sampled_from(["1e999", "9" * 5000, "[" * 9000, "0,0,0", "٣", '{"a":NaN}', HALF, "x" * 200_000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
IDS = st.sampled_from([f"v.{index}" for index in range(7)] + ["v.rest", "v.-1", "v", "__proto__"])


@settings(deadline=None)
@given(filled_schemas(), st.dictionaries(IDS, ANYTHING, max_size=8))
@example(({"properties": {"x": {"type": "number"}}}, {}), {"v.0": "9" * 400})
@example(({"properties": {"x": {"type": "integer"}}}, {}), {"v.0": "1e308"})
@example(({"properties": {"x": {"type": "integer"}}}, {}), {"v.0": "1e999"})
@example(({"properties": {"x": {"type": "integer"}}}, {}), {"v.0": 10**5000})
def test_whatever_a_client_sends_gives_values_that_fit_or_a_sentence(made, data):
    schema, values = made
    form = form_of(schema, values)
    try:
        result = read(form, data)
    except InvalidInputError as error:
        assert str(error).endswith(".")  # noqa: PT017 - both ends are right
    else:
        checked(schema, result)


@settings(max_examples=60, deadline=None)
@given(filled_schemas(), TEXT)
def test_a_form_is_drawn_without_markup_and_hidden_characters(made, text):
    schema, values = made
    schema["properties"]["hint"] = {
        "type": "string",
        "title": text,
        "description": text * 9,
        "enum": [text, "b"],
    }
    drawn = card(inputs(form_of(schema, values)), "A form")
    assert [words for words in exposed(drawn) if isinstance(words, str) and MARKUP.search(words)] == []
    labels = [part["label"] for part in parts(drawn) if "label" in part]
    assert [label for label in labels if HIDDEN.search(label)] == []


@pytest.mark.parametrize("name", ["x" * 300, "é" * 300, '"' * 300, "{{DATE(" * 50])
def test_the_largest_form_fits_on_a_card(name):
    part = {"type": "string", "description": name, "maxLength": 20_000}
    schema = {
        "properties": {f"{name}{n}": part for n in range(30)},
        "required": [f"{name}{n}" for n in range(30)],
    }
    values = {f"{name}{n}": name * n for n in range(30)}
    form = form_of(schema, values)
    drawn = card(inputs(form), "A form")
    assert len(json.dumps(drawn, ensure_ascii=False).encode()) < ROOM + 2000 < LIMIT
    assert read(form, sent(form)) == values


PRICE = {
    "properties": {
        "price": {"type": "number", "minimum": 0, "maximum": 500},
        "urgent": {"type": "boolean"},
        "tags": {"type": "array", "items": {"enum": ["a", "b", "c"]}},
        "size": {"enum": ["S", "M"]},
        "note": {"type": "string"},
    },
    "required": ["price", "note"],
}
BEGUN = {"price": 5, "urgent": False, "tags": ["a"], "size": "M", "note": "hello"}


@pytest.mark.parametrize(
    ("data", "changed"),
    [
        ({"v.0": "7.5"}, {"price": 7.5}),
        ({"v.0": 7}, {"price": 7}),
        ({"v.0": " 0 "}, {"price": 0}),
        ({"v.1": "true"}, {"urgent": True}),
        ({"v.1": True}, {"urgent": True}),
        ({"v.2": "2,0"}, {"tags": ["a", "c"]}),
        ({"v.2": ""}, {"tags": []}),
        ({"v.3": "0"}, {"size": "S"}),
        ({"v.4": "two\r\nlines"}, {"note": "two\nlines"}),
        ({"v.9": "x", "price": "9"}, {}),
    ],
)
def test_what_people_change_is_read_with_its_type(data, changed):
    form = form_of(PRICE, BEGUN)
    assert read(form, {**sent(form), **data}) == {**BEGUN, **changed}


@pytest.mark.parametrize("empty", ["", "-"])
def test_what_is_taken_away_is_not_there_any_more(empty):
    values = read(form_of(PRICE, BEGUN), {"v.3": empty})
    assert "size" not in values


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"v.0": "900"}, "Price must be at most 500, not 900."),
        ({"v.0": "3,5"}, "Price must be a number such as 12 or 3.5, not “3,5”."),
        ({"v.0": ""}, "Price is needed."),
        ({"v.4": "  "}, "Note is needed."),
        ({"v.1": "perhaps"}, "Urgent must be yes or no."),
        ({"v.2": "0,7"}, "Tags must be one of the choices."),
        ({"v.3": "M"}, "Size must be one of the choices."),
        ({"v.3": ["0"]}, "Size must be text or a number."),
        ({"v.4": "x" * 100_001}, "Note may have 100,000 characters; yours has 100,001."),
    ],
)
def test_what_does_not_fit_is_refused_with_the_title_of_the_field(data, sentence):
    with pytest.raises(InvalidInputError) as caught:
        read(form_of(PRICE, BEGUN), data)
    assert str(caught.value) == sentence


def test_zero_is_shown():
    (part,) = inputs(form_of({"properties": {"n": {"type": "integer", "minimum": 0}}}, {"n": 0}))
    assert (part["value"], part["min"]) == (0, 0)


def test_a_whole_number_that_a_client_would_round_is_shown_as_text():
    (part,) = inputs(form_of({"properties": {"n": {"type": "integer"}}}, {"n": 2**53 + 1}))
    assert (part["type"], part["value"]) == ("Input.Text", "9007199254740993")
