"""JSON between steps: it comes back as it was, says what it cannot hold, and lets the event loop work."""

import copy
import json
from datetime import date
from enum import IntEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.errors import StepError
from orchestration.jsontext import reading, writing
from orchestration.messages import Value
from orchestration.sizes import MB
from tests.fakes.checkpoints import plain
from tests.fakes.stalls import Stalls

texts = st.text(st.characters(exclude_categories=()))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=50,
)


@settings(deadline=None)
@given(values)
async def test_every_json_comes_back_as_it_was(value):
    assert plain(await (await Value.of(value)).read()) == plain(value)


@settings(deadline=None)
@given(values)
def test_it_is_the_same_in_many_small_pieces(value):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "LIGHT", 2)
        patch.setattr(writing, "BATCH", 2)
        patch.setattr(reading, "WINDOW", 5)
        text = writing.written(value)
        assert plain(json.loads(text)) == plain(value)
        assert plain(reading.read(text)) == plain(value)
        assert plain(reading.read(json.dumps(value, indent=2))) == plain(value)


@settings(deadline=None)
@given(st.text('[]{}",:1a \n\\-.', max_size=30))
def test_what_is_no_json_is_refused_as_json_itself_does(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "WINDOW", 3)
        try:
            expected = json.loads(text)
        except ValueError:
            with pytest.raises(ValueError):  # noqa: PT011  which sentence does not matter
                reading.read(text)
        else:
            assert plain(reading.read(text)) == plain(expected)


class Size(IntEnum):
    SMALL = 1


def circle() -> list:
    ring: list = []
    ring.append(ring)
    return ring


NOT_JSON = {
    "nan": ({"rows": [{"price": float("nan")}]}, r"the number nan, at \$\.rows\[0\]\.price\."),
    "infinity": ([1, -float("inf")], r"the number -inf, at \$\[1\]\."),
    "date": ({"when": date(2026, 1, 2)}, r"a value of the type date, at \$\.when\."),
    "tuple": ({"pair": (1, 2)}, r"a value of the type tuple, at \$\.pair\."),
    "set": (set(), r"a value of the type set, at \$\."),
    "bytes": ([b"x"], r"a value of the type bytes, at \$\[0\]\."),
    "enum": ([Size.SMALL], r"a value of the type Size, at \$\[0\]\."),
    "key": ({"a": {1: 2}}, r"the key 1, which is no text, at \$\.a\."),
    "number": ([10**5_000], r"a whole number of more than 4,200 digits, at \$\[0\]\."),
    "circle": (circle(), r"more than 200 levels, or something inside itself"),
}


@pytest.mark.parametrize("name", NOT_JSON)
async def test_what_json_cannot_hold_is_refused_with_what_and_where(name):
    value, why = NOT_JSON[name]
    with pytest.raises(StepError, match=why):
        await Value.of(value)


async def test_more_than_ten_megabytes_are_refused():
    with pytest.raises(StepError, match=r"passes on 12\.0 MB; 10 MB is the most"):
        await Value.of(["x" * MB] * 12)
    with pytest.raises(StepError, match="10 MB is the most"):
        await Value.of([0] * (11 * MB))


def test_a_copy_is_the_value_itself():
    value = Value("[1]")
    assert copy.deepcopy({"x": value})["x"] is value


def rows() -> list:
    return [
        {
            "id": i,
            "name": f"Müller {i}",
            "price": i / 4,
            "tags": ["a", "b"],
            "note": f"{i} " * 25,
            "at": {"zip": i},
        }
        for i in range(40_000)
    ]


def deep(value: object, levels: int) -> object:
    return {"inner": [deep(value, levels - 1)]} if levels else value


@pytest.mark.parametrize("levels", [0, 10])
async def test_ten_megabytes_do_not_stop_the_event_loop(levels):
    value, longest = deep(rows(), levels), []
    for _ in range(3):  # the best of three: other programs use the machine, too
        async with Stalls() as stalls:
            text = await Value.of(value)
            back = await text.read()
        longest.append(stalls.longest)
    assert back == value
    assert len(text.text) > 8 * MB
    assert min(longest) < 0.1
