"""Values on cards: all of them, or a word of what is missing; and nothing looks like what it is not."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cards import values
from cards.elements import LIMIT, size
from cards.text import shown
from orchestration.values import titled
from tests.cards.samples import CALL, CUSTOMER, NEW
from tests.cards.states import parts
from tests.cards.test_cards import said
from tests.cards.test_forms import JSON, TEXT
from tests.cards.test_untrusted import HIDDEN

OBJECTS = st.dictionaries(TEXT, JSON, max_size=8)


def words(drawn):
    return said({"type": "AdaptiveCard", "body": drawn[0]})


def test_a_call_is_shown_with_every_argument_in_full():
    text = words(values.arguments(CALL))
    assert values.arguments(CALL)[1] is False
    assert [name for name in CALL if titled(name) not in text] == []
    assert [line for line in CALL["body"].split("\n") if line and line not in text] == []


def test_a_text_is_never_taken_for_another_kind_of_value():
    text = words(values.arguments({"a": "42", "b": 42, "c": "yes", "d": True, "e": "", "f": None, "g": "[]"}))
    assert [line.split(": ")[1] for line in text.split("\n")] == [
        "“42”",
        "42",
        "“yes”",
        "yes",
        "“”",
        "empty",
        "“[]”",
    ]


def test_what_cannot_be_seen_is_said():
    assert "cannot be seen" in words(values.arguments({"to\u200b": "mia"}))
    assert "cannot be seen" not in words(values.arguments({"to": "mia"}))


def test_changes_come_first_and_what_stays_is_there_too():
    text = words(values.changes(CUSTOMER, NEW, {"name": "Company"}))
    before, _, after = text.partition("Stays as it is")
    assert "5000 → 7500" in before
    assert "not set → 2.5" in before
    assert "C-17 → not set" in before
    assert after.split("\n")[1:] == ["Company: Contoso Ltd", "Payment days: 30", "Active: yes"]


def test_two_names_that_read_the_same_stay_as_they_are():
    text = words(values.changes({"a_b": 1, "a b": 1}, {"a_b": 2, "a b": 1}))
    assert "a_b\n1 → 2" in text


def test_equal_numbers_are_no_change():
    assert "Nothing would change" in words(values.changes({"a": 2}, {"a": 2.0}))


def test_a_long_argument_leaves_room_for_the_others_and_the_whole_is_on_pages():
    call = {"body": "A long text. " * 4000, **{f"name {n}": n for n in range(10)}}
    drawn = values.arguments(call)
    assert drawn[1] is True
    assert [name for name in call if titled(name) not in words(drawn)] == []
    assert values.arguments_text(call).count("A long text.") == 4000


def test_how_many_more_there_are_is_said():
    drawn = values.arguments({f"name {n}": "x" * 40 for n in range(500)})
    count = words(drawn).count("Name")
    assert drawn[1] is True
    assert f"and {500 - count} more arguments" in words(drawn)


@settings(deadline=None, max_examples=60)
@given(OBJECTS, OBJECTS)
@example({"a": "x" * 100_000}, {"a": '"' * 100_000, "b" * 9000: "\n" * 9000})
@example({str(n): "😀" * 300 for n in range(300)}, {str(n): "W" * 300 for n in range(300)})
@example({"a": "{{DATE(" * 10_000}, {"\u202e": "\u0301" * 9000})
def test_values_stay_small_and_are_only_shown_as_text(before, proposed):
    for drawn, _ in (values.changes(before, proposed), values.arguments(proposed)):
        assert size(drawn) <= values.ROOM < LIMIT
        assert {part["type"] for part in parts(drawn)} <= {"Container", "RichTextBlock", "TextRun"}
        texts = [part["text"] for part in parts(drawn) if part["type"] == "TextRun"]
        assert [text for text in texts if HIDDEN.search(text) or text != shown(text)] == []


@settings(deadline=None, max_examples=60)
@given(OBJECTS, OBJECTS)
def test_the_pages_have_every_value(before, proposed):
    text = values.changes_text(before, proposed)
    assert text.count(":\n") >= len({*before, *proposed})
    for value in [*before.values(), *proposed.values()]:
        assert type(value) is not int or str(value) in text
