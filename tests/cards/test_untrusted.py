"""Whatever people, models or exceptions say: a card stays a card, and small enough to be sent."""

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cards import elsewhere
from cards.elements import LIMIT
from tests.cards import hostile
from tests.cards.states import parts

ANY = st.text(st.characters(), max_size=200)
HUGE = st.builds(lambda piece, times: piece * times, ANY.filter(bool), st.integers(1, 3000))

RENDERS_MARKDOWN = {"title", "value", "label", "errorMessage", "placeholder", "fallbackText", "speak"}
"""The names of properties where some client renders Markdown, or might one day."""
MARKUP = re.compile(r"[*`\[\]<>~\\]|&#?\w+;|://|(?<![^\W_])_|_(?![^\W_])|^\s*(?:[-+#]|\d+[.)])")
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def texts(node, name=""):
    """Every string of a card, with the name of the property that holds it."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value, name)
    elif isinstance(node, str):
        yield name, node


def exposed(card):
    """The strings that Markdown could be rendered in. A prefilled input is characters only."""
    for part in parts(card):
        if part["type"] == "Input.ChoiceSet":
            yield from (choice["title"] for choice in part["choices"])
        for name in RENDERS_MARKDOWN & set(part) - ({"value"} if part["type"] == "Input.Text" else set()):
            yield part[name]


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        ANY, st.sampled_from(hostile.MARKUP), st.builds("".join, st.lists(st.sampled_from(hostile.MARKUP)))
    )
)
@example("".join(hostile.MARKUP))
def test_nothing_untrusted_stands_where_markdown_is_rendered(text):
    for card in hostile.cards(text).values():
        assert [shown for shown in exposed(card) if MARKUP.search(shown)] == []
        assert {part["type"] for part in parts(card)} <= {
            "AdaptiveCard",
            "Container",
            "ColumnSet",
            "Column",
            "RichTextBlock",
            "TextRun",
            "Image",
            "ActionSet",
            "Action.Execute",
            "Input.Text",
            "Input.ChoiceSet",
        }


@settings(max_examples=60, deadline=None)
@given(ANY)
@example("\ud800 half a character \u202e and the wrong way round")
def test_nothing_on_a_card_is_hidden_or_reorders_the_words_around_it(text):
    for card in hostile.cards(text).values():
        for name, shown in texts(card):
            assert name == "value" or not HIDDEN.search(shown)


@settings(max_examples=25, deadline=None)
@given(HUGE)
@example("x" * 100_000)
@example("😀" * 25_000)
@example('"' * 100_000)
@example("\n" * 100_000)
@example("a\n" * 50_000)
@example("e\u0301" * 30_000)
@example("\u0301" * 50_000)
@example("👩‍👩‍👧‍👦" * 4_000)
@example(" \u00a0" * 50_000 + "the end")
@example("{{DATE(" * 10_000)
def test_every_card_can_be_sent(text):
    for name, card in hostile.cards(text).items():
        sent = elsewhere.explained(card)  # the longest that is ever made of it
        assert len(json.dumps(sent, ensure_ascii=False).encode()) <= LIMIT, name


@pytest.mark.parametrize("name", ["pending", "held", "decided", "cancelled", "run", "result", "failure"])
@pytest.mark.parametrize(
    "text", ["x" * 100_000, "word " * 20_000, " " * 50_000 + "\n.\n" * 9000, "😀" * 25_000]
)
def test_a_card_that_cuts_a_text_shows_the_way_to_the_whole(name, text):
    card = hostile.cards(text)[name]
    assert "Show whole text" in [part.get("title") for part in parts(card)]
