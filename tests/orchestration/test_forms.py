"""Which fields a schema gives."""

import pytest

from orchestration.errors import StepError
from orchestration.forms import ABSENT, Kind, form_of

LONG_CHOICES = ["x" * 60, "y" * 60, "z" * 60, "w" * 60]


def only(part, start=None, **schema):
    fields = form_of({"properties": {"x": part}, **schema}, start).fields
    assert len(fields) == 1
    return fields[0]


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"type": "string"}, Kind.TEXT),
        ({"type": "string", "maxLength": 200}, Kind.TEXT),
        ({"type": "string", "maxLength": 201}, Kind.LONG_TEXT),
        ({"type": "string", "x-multiline": True}, Kind.LONG_TEXT),
        ({"type": "string", "default": "two\nlines"}, Kind.LONG_TEXT),
        ({"type": "string", "format": "date"}, Kind.DATE),
        ({"type": "string", "format": "time"}, Kind.TIME),
        ({"type": "string", "format": "email"}, Kind.TEXT),
        ({"type": "number"}, Kind.NUMBER),
        ({"type": "integer"}, Kind.WHOLE),
        ({"type": "boolean"}, Kind.YES_NO),
        ({"enum": ["a", 1]}, Kind.CHOICE),
        ({"const": "a"}, Kind.CHOICE),
        ({"oneOf": [{"const": "a", "title": "First"}, {"const": "b"}]}, Kind.CHOICE),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, Kind.CHOICES),
        ({"type": "array", "items": {"enum": [1, 2]}}, Kind.JSON),
        ({"type": "array", "items": {"type": "object"}}, Kind.JSON),
        ({"type": "object"}, Kind.JSON),
        ({"type": ["string", "number"]}, Kind.JSON),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, Kind.JSON),
        ({}, Kind.JSON),
        (True, Kind.JSON),
    ],
)
def test_each_part_of_a_schema_has_its_kind_of_field(part, kind):
    assert only(part).kind is kind


@pytest.mark.parametrize(
    "part",
    [
        {"type": ["integer", "null"], "minimum": 2},
        {"anyOf": [{"type": "integer", "minimum": 2}, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/n"}], "default": None},
    ],
)
def test_what_may_also_be_null_is_a_field_that_may_stay_empty(part):
    field = only(part, **{"$defs": {"n": {"type": "integer", "minimum": 2}}})
    assert (field.kind, field.nullable, field.least) == (Kind.WHOLE, True, 2)


def test_a_reference_with_a_title_of_its_own_is_one_field():
    field = only({"$ref": "#/$defs/c", "title": "Shade"}, **{"$defs": {"c": {"enum": ["red"], "title": "C"}}})
    assert (field.title, [choice.value for choice in field.choices]) == ("Shade", ["red"])


def test_fields_keep_the_order_of_the_schema_and_names_may_be_anything():
    names = ["z", "__proto__", "a b.c", "é" * 300, "", "v.0"]
    form = form_of({"properties": {name: {"type": "string"} for name in names}, "required": ["z"]})
    assert [field.name for field in form.fields] == names
    assert [field.id for field in form.fields] == [f"v.{index}" for index in range(6)]
    assert [field.required for field in form.fields] == [True] + [False] * 5


def test_defaults_begin_a_form_and_given_values_replace_them_all():
    schema = {"properties": {"a": {"type": "string", "default": "x"}, "b": {"default": 1}}}
    assert [field.start for field in form_of(schema).fields] == ["x", 1]
    assert [field.start for field in form_of(schema, {"b": 2}).fields] == [ABSENT, 2]


def test_values_without_a_field_have_one_together():
    form = form_of({"properties": {"a": {}}}, {"a": 1, "b": 2, "c": 3})
    assert form.rest
    assert (form.rest.kind, form.rest.start) == (Kind.JSON, {"b": 2, "c": 3})
    assert form_of({"properties": {"a": {}}}, {"a": 1}).rest is None
    assert form_of({"type": "object"}).rest


def test_too_many_choices_for_a_card_are_typed():
    assert only({"type": "string", "enum": [f"choice {n}" for n in range(121)]}).kind is Kind.TEXT


@pytest.mark.parametrize(
    ("schema", "start", "words"),
    [
        ({"properties": {str(n): {} for n in range(31)}}, None, "30 fields"),
        ({"properties": {f"{n}" * 100: {"enum": LONG_CHOICES} for n in range(30)}}, None, "too long"),
        ({"type": "array"}, None, "group of named values"),
        ({"properties": {"a": {"type": "wrong"}}}, None, "cannot be used"),
        ({"properties": {"a": {}}}, [1], "group of named values"),
        ({"properties": {"a": {}}}, {"a": float("nan")}, "nan"),
        ("x", None, "cannot be used"),
    ],
)
def test_what_no_form_can_show_is_refused_when_it_is_asked(schema, start, words):
    with pytest.raises(StepError, match=words):
        form_of(schema, start)
