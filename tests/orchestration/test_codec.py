"""Saved states as bytes and back: nothing is lost, and what could not be read back is refused."""

from collections import Counter, OrderedDict, deque
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from agent_framework import Content, Message, WorkflowCheckpoint
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.checkpoints.numbers import packed, packed_pairs, unpacked, unpacked_pairs
from orchestration.messages import Conversation, Question, Value
from tests.fakes.checkpoints import CONTENTS, LONG, Log, checkpoint, example, kept, plain, sent


async def there_and_back(state: WorkflowCheckpoint) -> WorkflowCheckpoint:
    log = Log()
    await log.save(state)
    return await log.load()


def nested(levels: int) -> dict:
    return {"in": nested(levels - 1), "text": LONG} if levels else {}


VALUES = {
    "numbers": [0, -1, 2**70, 1.5, float("inf"), True, None, 1 + 2j],
    "tuples and sets": ((), (1, (2, "x")), {1, 2}, frozenset({"a"}), set()),
    "times": (datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2), timedelta(1.5)),
    "other values": (UUID(int=1), Decimal("1.10"), range(3), bytearray(b"x" * 300)),
    "collections": (OrderedDict(a=1), Counter("aab"), deque([1, 2], 5)),
    "short and long bytes": (b"", b"\x00", b"\xff" * 199, b"\xff" * 200),
    "keys that are no texts": {1: "a", "1": "b", (2, 3): "c", None: "d", LONG: "e"},
    "empty things": {"list": [], "dict": {}, "tuple": (), "text": "", "nested": [[], [{}], {"a": {}}]},
    "texts around the limit": ["x" * 199, "x" * 200, "ü" * 200, "世" * 22_000],
    "half surrogates": ["\ud83c", "\udf89" * 300, "🎉" * 300],
    "ten levels": nested(10),
    "the words of the encoding": {"__pickled__": "x", "__type__": "y"},
    "our own": [Question("Go?", LONG), Value(LONG), Conversation([]), Conversation()],
    "a message without contents": Message("user", []),
}


@pytest.mark.parametrize("name", VALUES)
async def test_every_value_comes_back_as_it_was(name):
    state = checkpoint(VALUES[name], value=VALUES[name])
    assert plain(await there_and_back(state)) == plain(state)


@pytest.mark.parametrize("name", CONTENTS)
async def test_every_kind_of_content_comes_back_as_it_was(name):
    message = Message(
        "assistant", [CONTENTS[name]], author_name="A", message_id="m", additional_properties={"x": 1}
    )
    state = checkpoint(Conversation([message]), same=message, list=[message, CONTENTS[name]])
    back = await there_and_back(state)
    assert plain(back) == plain(state)
    assert sent(back).messages[0].contents[0] == CONTENTS[name]


@pytest.mark.parametrize("name", CONTENTS)
async def test_a_message_that_was_loaded_is_known_when_it_is_saved_again(name):
    log = Log()
    await log.save(checkpoint([Message("assistant", [CONTENTS[name]])]))
    log.codec = (loading := Log()).codec
    back = await log.load(codec=loading.codec)
    again = await log.save(back)
    assert again.draft.rows == []
    assert again.entry.sources == (1,)


async def test_a_waiting_run_comes_back_with_its_question():
    assert plain(await there_and_back(example())) == plain(example())


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.binary()
    | st.text(st.characters(exclude_categories=())) | st.datetimes()
)  # fmt: skip
texts = st.text(st.characters(exclude_categories=()), min_size=1).map(lambda text: text * 200)
messages = st.builds(
    lambda role, text: Message(role, [text]), st.sampled_from(["user", "tool"]), texts | st.text()
)
keys = st.integers() | st.text() | st.tuples(st.integers()) | texts
things = st.recursive(
    scalars | texts | messages | st.sets(st.integers()),
    lambda inner: st.lists(inner) | st.dictionaries(keys, inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(things, st.lists(messages))
async def test_whatever_a_step_keeps_comes_back_as_it_was(thing, said):
    state = checkpoint(Conversation(said), thing=thing, again=[thing, said])
    assert plain(await there_and_back(state)) == plain(state)


@given(st.lists(st.integers()), st.lists(st.tuples(st.integers(), st.integers())))
def test_numbers_come_back_as_they_were(numbers, pairs):
    assert unpacked(packed(numbers)) == numbers
    assert unpacked_pairs(packed_pairs(pairs)) == pairs


# ---- one object or two ------------------------------------------------------------------


async def test_a_message_that_is_kept_twice_is_still_one_object_and_equal_ones_are_still_two():
    one, other = Message("user", [LONG]), Message("user", [LONG])
    back = kept(await there_and_back(checkpoint(all=[one, one, other])))["all"]
    assert back[0] is back[1]
    assert back[0] is not back[2]


async def test_a_conversation_that_is_kept_twice_is_still_one_object():
    talk = Conversation().saying("user", LONG)
    back = await there_and_back(checkpoint(talk, talk=talk))
    assert sent(back) is kept(back)["talk"]


async def test_a_message_that_contains_itself_comes_back():
    message = Message("user", ["x"])
    message.additional_properties["me"] = message
    back = sent(await there_and_back(checkpoint(message)))
    assert back.additional_properties["me"] is back


async def test_what_the_model_library_sent_is_not_kept():
    message = Message(
        "user", [Content.from_text("x", raw_representation=object())], raw_representation=object()
    )
    back = sent(await there_and_back(checkpoint(message)))
    assert back.raw_representation is None
    assert back.contents[0].raw_representation is None


# ---- what could not be read back --------------------------------------------------------


class Stranger:
    """Nobody registered it."""


class Mood(Enum):
    GOOD = 1


class Word(str):
    __slots__ = ()


class Sneaky:
    def __reduce__(self):
        return print, ("read",)


STRANGERS = [Stranger(), Mood.GOOD, Word("x" * 300), Sneaky(), lambda: None, Stranger, print, ValueError("x")]


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: type(stranger).__name__)
async def test_what_could_not_be_read_back_is_refused_before_it_is_stored(stranger):
    inside = Message("user", ["x"], additional_properties={"x": stranger})
    for state in (checkpoint(stranger), checkpoint(x=[{"y": stranger}]), checkpoint(inside)):
        for _ in range(2):
            with pytest.raises(Exception, match=r"blocked|pickle"):
                await Log().codec.encode(state, 1)


async def test_it_is_refused_in_a_conversation_too_and_still_at_the_second_attempt():
    log = Log()
    await log.save(checkpoint(Conversation().saying("user", LONG)))
    talk = Conversation([Message("user", ["x"], additional_properties={"x": Stranger()})])
    for _ in range(2):
        with pytest.raises(Exception, match="blocked"):
            await log.save(checkpoint(talk))
