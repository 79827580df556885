"""Values against schemas: the sentence for each fault, and what no schema may do."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.errors import InvalidInputError, SignoffError, StepError
from orchestration.values import canonical, checked, digest, sound, titled
from orchestration.values.patterns import PatternError, found

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)

ORDER = {
    "type": "object",
    "required": ["amount"],
    "additionalProperties": False,
    "properties": {
        "amount": {"type": "number", "title": "Amount", "minimum": 1, "maximum": 500, "multipleOf": 0.01},
        "due_date": {"type": "string", "format": "date"},
        "items": {"type": "array", "maxItems": 2, "uniqueItems": True, "items": {"$ref": "#/$defs/item"}},
        "code": {"type": "string", "pattern": "^[A-Z]{2}\\d+$", "examples": ["AB12"]},
        "color": {"enum": ["red", "green", None]},
        "limit": {"anyOf": [{"type": "integer", "exclusiveMinimum": 3}, {"type": "null"}]},
        "name": {"type": "string", "minLength": 3},
        "mail": {"type": "string", "format": "email"},
    },
    "$defs": {"item": {"type": "object", "properties": {"qty": {"type": "integer"}}}},
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": 900}, "Amount must be at most 500, not 900."),
        ({"amount": 0}, "Amount must be at least 1, not 0."),
        ({"amount": 1.001}, "Amount must be a multiple of 0.01, not 1.001."),
        ({"amount": True}, "Amount must be a number, not yes."),
        ({"amount": "[9](http://x)"}, "Amount must be a number, not “9 http x”."),
        ({"due_date": "2026-13-01"}, "Due date must be a date such as 2026-11-21, not “2026-13-01”."),
        (
            {"items": [{"qty": 1}, {"qty": 1.5}]},
            "Items \u203a entry 2 \u203a Qty must be a whole number, not 1.5.",
        ),
        ({"items": [{}, {"qty": 1}, {"qty": 2}]}, "Items must have at most 2 entries; it has 3."),
        ({"items": [{"qty": 1}, {"qty": 1.0}]}, "Items must not have the same entry twice."),
        ({"code": "ab"}, "Code must look like “AB12”, not like “ab”."),
        ({"color": "blue"}, "Color must be “red”, “green” or empty, not “blue”."),
        ({"limit": 3}, "Limit must be more than 3, not 3."),
        ({"name": "Al"}, "Name must have at least 3 characters; it has 2."),
        ({"mail": "mia"}, "Mail must be an email address, not “mia”."),
        ({"more_of_it": 1}, "More of it is not one of the known fields."),
    ],
)
def test_a_fault_is_a_sentence_with_where_what_and_what_instead(changes, sentence):
    with pytest.raises(InvalidInputError) as caught:
        checked(ORDER, {"amount": 5, **changes})
    assert str(caught.value) == sentence


def test_a_missing_value_is_named():
    with pytest.raises(InvalidInputError, match=r"^Amount is needed\.$"):
        checked(ORDER, {})


def test_what_fits_passes():
    checked(ORDER, {"amount": 19.99, "limit": None, "items": [{"qty": 2.0}], "mail": "mia@contoso.com"})


@pytest.mark.parametrize(
    ("format", "good", "bad"),
    [
        ("date", ["2026-11-21"], ["20261121", "2026-W47-6", "2026-02-30", "٢٠٢٦-11-21", ""]),
        ("time", ["14:30", "14:30:05", "14:30:05Z"], ["25:00", "1430", "14"]),
        (
            "date-time",
            ["2026-11-21T14:30:00Z", "2026-11-21T14:30:00+01:00"],
            ["2026-11-21", "2026-11-21T14:30"],
        ),
        ("email", ["a.b+c@x.org"], ["a b@x.org", "@x.org", "a@", "a@b@c", "x" * 300 + "@y"]),
        ("uri", ["https://contoso.com/a?b=c", "mailto:mia@contoso.com"], ["contoso.com", "http://[", "a b"]),
        ("uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000", "{}"]),
        ("unknown", ["anything"], []),
    ],
)
def test_formats_are_checked(format, good, bad):
    schema = {"type": "string", "format": format}
    for text in good:
        checked(schema, text)
    for text in bad:
        with pytest.raises(InvalidInputError):
            checked(schema, text)


def says(schema, value):
    try:
        checked(schema, value)
    except SignoffError as error:
        return str(error)
    return "It fits."


def fan(levels, times):
    """A schema of which each level refers so many times to the next."""
    level = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * times} for n in range(levels)}
    return {"$ref": "#/$defs/a0", "$defs": {**level, f"a{levels}": {"type": "string"}}}


def nested(levels):
    """Models within models, as Python's own tools write them: the last one has a whole number."""
    models = {f"m{n}": {"properties": {"part": {"anyOf": [{"$ref": f"#/$defs/m{n + 1}"}, {"type": "null"}]}}}
              for n in range(levels)}  # fmt: skip
    return {"$ref": "#/$defs/m0", "$defs": {**models, f"m{levels}": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "https://evil.example/schema.json"}, "only references within it"),
        ({"$ref": "other.json#/a"}, "only references within it"),
        ({"$ref": "#"}, "refers to itself"),
        ({"properties": {"a": {"items": {"$ref": "#/properties/a"}}}}, "refers to itself"),
        ({"$ref": "#/$defs/none"}, "there is no"),
        (fan(25, 1), "more than 40 levels"),
        (fan(8, 6), "more than 2,000 parts"),
        ({"enum": ["x" * 70_000]}, "characters"),
        ({"type": "strin"}, "at “type”"),
        ({"minimum": "x"}, "at “minimum”"),
        ({"properties": 5}, "at “properties”"),
        ({"const": float("nan")}, "nan"),
        ({"pattern": "(?=a)b"}, "pattern"),
        ({"patternProperties": {"(a+)+$": {}}}, "not supported"),
        ({"items": {"$id": "https://x"}}, "not supported"),
        (["no schema"], "no JSON object"),
        (True, "no JSON object"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_in_words(schema, words):
    with pytest.raises(StepError, match=re.escape(words)):
        checked(schema, "x")


def test_models_ten_levels_deep_work():
    schema, value = nested(10), 5
    for _ in range(10):
        value = {"part": value}
    checked(schema, value)
    with pytest.raises(InvalidInputError, match=re.escape("\u2026 \u203a Part \u203a")):
        checked(schema, json.loads(json.dumps(value).replace("5", '"x"')))


def test_references_are_filled_in_and_names_may_look_like_words_of_the_schema():
    schema = {
        "properties": {"$ref": {"$ref": "#/$defs/a~1b", "title": "Own"}},
        "$defs": {"a/b": {"type": "null"}},
    }
    assert sound(schema) == {"properties": {"$ref": {"type": "null", "title": "Own"}}}


TYPES = st.sampled_from(["string", "number", "integer", "boolean", "array", "object", "null"])
NAMES = st.lists(st.sampled_from(["a", "b"]), unique=True)
PART = st.deferred(lambda: st.booleans() | SCHEMAS)
SCHEMAS = st.fixed_dictionaries(
    {},
    optional={
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
        "enum": st.lists(JSON, max_size=2),
        "const": JSON,
        "minimum": st.integers(-2, 2),
        "exclusiveMaximum": st.floats(-2, 2),
        "multipleOf": st.floats(1e-9, 3),
        "minLength": st.integers(0, 3),
        "maxItems": st.integers(0, 2),
        "maxProperties": st.integers(0, 1),
        "uniqueItems": st.booleans(),
        "format": st.sampled_from(["date", "email", "unknown"]),
        "pattern": st.sampled_from(["^a", "b$", "\\d"]),
        "title": st.text(max_size=5),
        "examples": st.lists(JSON, max_size=1),
        "required": NAMES,
        "properties": st.dictionaries(st.sampled_from(["a", "b"]), PART, max_size=2),
        "additionalProperties": PART,
        "propertyNames": PART,
        "dependentRequired": st.dictionaries(st.sampled_from(["a", "b"]), NAMES, max_size=1),
        "items": PART,
        "prefixItems": st.lists(PART, min_size=1, max_size=1),
        "contains": PART,
        "anyOf": st.lists(PART, min_size=1, max_size=2),
        "oneOf": st.lists(PART, min_size=1, max_size=2),
        "not": PART,
        "if": PART,
        "else": PART,
    },
)
VALUES = JSON | st.dictionaries(st.sampled_from(["a", "b", "c"]), JSON, max_size=3)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(SCHEMAS, VALUES)
@example({"enum": []}, None)
@example({"type": "object", "required": ["a"], "properties": {"a": False}}, {"a": 1})
def test_whatever_a_schema_asks_for_there_is_a_sentence_or_nothing(schema, value):
    assert says(schema, value).endswith(".")


@given(
    JSON | st.dictionaries(st.sampled_from(["$ref", "items", "pattern", "enum", "anyOf", "type"]), JSON), JSON
)
def test_whatever_the_schema_and_the_value_there_is_a_sentence_or_nothing(schema, value):
    assert says(schema, value).endswith(".")


@given(JSON)
@example(float("inf"))
@example("\ud800")
def test_any_value_is_judged_by_the_same_schema(value):
    assert says(ORDER, value).endswith(".")


def test_a_value_inside_itself_is_refused():
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(InvalidInputError, match="levels"):
        checked({}, deep)


# ---- patterns -------------------------------------------------------------------------------

ATOMS = st.sampled_from(["a", "b", ".", "\\d", "[ab]", "[^a]", "[a-c1]", "\\w", "^", "$", "\\b"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds("".join, st.lists(inner, max_size=3))
        | st.builds("({}|{})".format, inner, inner)
        | st.builds("(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"]))
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text("abc1 ", max_size=8))
@example("^(a|b)*c$", "ababc")
@example("(?:^){2}a", "a")
def test_a_pattern_finds_what_pythons_own_expressions_find(pattern, text):
    assert found(pattern, text) == bool(re.search(pattern.replace("$", "\\Z"), text, re.ASCII))


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*a){20}$", "a*a*a*a*a*b$"])
def test_no_pattern_takes_forever(pattern):
    with pytest.raises(InvalidInputError):
        checked({"pattern": pattern}, "a" * 9_000 + "!")


@pytest.mark.parametrize(
    "pattern", ["(", ")", "[a", "*", "a**", "a{2000}", "(?=a)", "\\1", "[b-a]", "((a{999}){999}){9}"]
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern):
    with pytest.raises(StepError, match="pattern"):
        checked({"pattern": pattern}, "a")


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_refused(pattern):
    with suppress(PatternError):
        assert found(pattern, "some text 1") in {True, False}


# ---- one text -------------------------------------------------------------------------------


@given(JSON)
def test_the_one_text_of_a_value_reads_back_as_the_same_value(value):
    try:
        text = canonical(value)
    except ValueError:
        return
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


def test_equal_values_have_one_text_and_one_digest():
    text = canonical({"b": 2.0, "a": [1e16, -0.0, "é"]})
    assert text == '{"a":[10000000000000000,0,"é"],"b":2}'
    assert canonical({"a": [10**16, 0, "é"], "b": 2}) == text
    assert digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: 2}, object(), (1,), "\ud800", [10**5000]])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(ValueError, match="it has"):
        canonical(value)


@pytest.mark.parametrize(
    ("name", "title"), [("due_date", "Due date"), ("dueDate", "Due date"), ("URL", "URL"), ("", "Unnamed")]
)
def test_a_name_without_title_is_put_in_words(name, title):
    assert titled(name) == title
