"""What a step gets of earlier outputs: by path, as it is, and a sentence when it is not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import StepError
from orchestration.mapping import mapped, picked, sources

OUTPUTS = {
    "input": "Ticket CS-1",
    "analyse": {"id": "CS-1", "tags": ["a", {"b": None}], "none": None, "zero": 0, "no": False, "": "blank"},
    "list": [],
}


def at(path: str) -> object:
    return picked(path, OUTPUTS, step="solve", name="x")


def test_a_path_names_a_whole_a_field_and_an_entry():
    assert at("input") == "Ticket CS-1"
    assert at("analyse") is OUTPUTS["analyse"]
    assert at("analyse.tags.1.b") is None
    assert at("analyse.tags.0") == "a"


@pytest.mark.parametrize(("path", "value"), [("none", None), ("zero", 0), ("no", False), ("", "blank")])
def test_what_is_empty_is_there_all_the_same(path, value):
    assert at(f"analyse.{path}") is value


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (
            "analyse.custom",
            "“analyse” has no field “custom”; it has “id”, “tags”, “none”, “zero”, “no” and “”",
        ),
        ("analyse.tags.2", "“analyse.tags” has no entry “2”; it is a list of 2"),
        ("analyse.tags.-1", "“analyse.tags” has no entry “-1”"),
        ("analyse.tags.one", "“analyse.tags” has no entry “one”"),
        ("analyse.tags.99999999999999999999", "“analyse.tags” has no entry"),
        ("analyse.id.more", "“analyse.id” has no field “more”; it is “CS-1”"),
        ("analyse.none.more", "it is empty"),
        ("other.id", "no step “other” has come to anything yet; there is “input”, “analyse” and “list”"),
        ("list.0", "it is a list of 0"),
    ],
)
def test_what_is_missing_is_named_with_where_it_was_expected_and_what_is_there(path, why):
    with pytest.raises(StepError) as missing:
        at(path)
    assert str(missing.value).startswith(f"Step “solve” takes “x” from “{path}”, but ")
    assert why in str(missing.value)


def test_of_many_fields_some_are_named():
    with pytest.raises(StepError, match="“f9” and 90 more"):
        picked("a.x", {"a": {f"f{i}": i for i in range(100)}}, step="s", name="n")


names = st.text(st.characters(exclude_characters="."), min_size=1)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
    max_leaves=20,
)


@given(names, values)
def test_every_part_is_found_at_its_path_and_is_itself(step, value):
    def walk(part: object, path: str) -> None:
        assert mapped({"it": path}, {step: value}, step="s")["it"] is part
        items = part.items() if isinstance(part, dict) else enumerate(part if isinstance(part, list) else [])
        for name, each in items:
            walk(each, f"{path}.{name}")

    walk(value, step)


def test_only_the_steps_that_are_named_are_read():
    assert sources({"a": "input", "b": "x.y", "c": "x.z"}) == {"input", "x"}
