import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.renderer import Field, Link, Renderer

# Starting the browser takes longer than drawing a card, so all tests here share one and its event loop.
pytestmark = pytest.mark.asyncio(loop_scope="module")

PHISHING = "[Sign in](https://evil.example/login) **now** _or_\n- else"
WIDE = {"type": "ColumnSet", "columns": [{"type": "Column", "width": "500px", "items": []}]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def renderer() -> AsyncIterator[Renderer]:
    async with Renderer() as started:
        yield started


def card(*body: dict[str, Any], actions: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body), "actions": list(actions)}


def block(text: str, **options: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, "wrap": True, **options}


def run_of(text: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}


def facts(title: str, value: str) -> dict[str, Any]:
    return {"type": "FactSet", "facts": [{"title": title, "value": value}]}


async def test_the_text_of_a_card_is_shown(renderer: Renderer) -> None:
    shown = await renderer.render(card(block("Publish these notes?"), facts("Asked by", "Mia")))
    assert shown.text.split("\n") == ["Publish these notes?", "Asked by", "Mia"]


async def test_hidden_text_is_not_shown(renderer: Renderer) -> None:
    shown = await renderer.render(card(block("Here"), block("Gone", isVisible=False)))
    assert shown.text == "Here"


async def test_a_link_in_a_text_block_is_found(renderer: Renderer) -> None:
    shown = await renderer.render(card(block(PHISHING)))
    assert shown.links == [Link("Sign in", "https://evil.example/login")]


async def test_a_link_in_a_fact_is_found(renderer: Renderer) -> None:
    shown = await renderer.render(card(facts("Asked by", PHISHING)))
    assert shown.links == [Link("Sign in", "https://evil.example/login")]


async def test_markup_in_a_text_block_is_found(renderer: Renderer) -> None:
    shown = await renderer.render(card(block(PHISHING)))
    assert shown.markup == ["strong: now", "em: or", "li: else"]


async def test_a_text_run_has_neither_links_nor_markup(renderer: Renderer) -> None:
    shown = await renderer.render(card(run_of(PHISHING)))
    assert (shown.links, shown.markup) == ([], [])
    assert "[Sign in](https://evil.example/login) **now** _or_" in shown.text


@pytest.mark.parametrize(
    "text",
    [
        r"\[Sign in\](https://evil.example)",
        r"\*\*now\*\* \_or\_",
        "<a href='https://evil.example'>Sign in</a>",
        "<img src='https://evil.example/pixel.png'><strong>now</strong>",
        "snake_case_name and 2 * 3 * 4",
        "\ue000 \ue03cb\ue03e \uf8ff",
    ],
)
async def test_what_is_no_markdown_stays_text(renderer: Renderer, text: str) -> None:
    shown = await renderer.render(card(block(text)))
    assert (shown.links, shown.markup, shown.requests) == ([], [], [])
    assert shown.text == text.replace("\\", "")


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("**[Sign in](https://evil.example/a_b_c)**", "https://evil.example/a_b_c"),
        ("[**Sign in**](https://evil.example 'title')", "https://evil.example"),
        ("[Sign in](https://evil.example/(x))", "https://evil.example/(x)"),
        ('[Sign in](javascript:alert("x"))', 'javascript:alert("x")'),
        ("![Sign in](https://evil.example/pixel.png)", "https://evil.example/pixel.png"),
    ],
)
async def test_a_link_is_found_in_any_spelling(renderer: Renderer, text: str, href: str) -> None:
    shown = await renderer.render(card(block(text)))
    assert shown.links == [Link("Sign in", href)]


async def test_an_address_in_angle_brackets_is_a_link(renderer: Renderer) -> None:
    shown = await renderer.render(card(block("See <https://evil.example/a_b_>")))
    assert shown.links == [Link("https://evil.example/a_b_", "https://evil.example/a_b_")]


async def test_buttons_are_known_by_their_accessible_names(renderer: Renderer) -> None:
    approve = {"type": "Action.Execute", "title": "Approve", "verb": "approve"}
    more = {"type": "Action.OpenUrl", "title": "Open the run", "url": "https://signoff.example/"}
    shown = await renderer.render(card(block("?"), actions=(approve, more)))
    assert shown.buttons == ["Approve", "Open the run"]


async def test_inputs_are_known_by_their_labels(renderer: Renderer) -> None:
    comment = {
        "type": "Input.Text",
        "id": "comment",
        "label": "Comment",
        "isMultiline": True,
        "value": "fine",
    }
    choices = [{"title": "Low", "value": "low"}, {"title": "High", "value": "high"}]
    risk = {"type": "Input.ChoiceSet", "id": "risk", "label": "Risk", "choices": choices, "value": "high"}
    expanded = {**risk, "id": "again", "style": "expanded"}
    sure = {"type": "Input.Toggle", "id": "sure", "title": "I am sure"}
    unnamed = {"type": "Input.Text", "id": "unnamed"}
    shown = await renderer.render(card(comment, risk, expanded, sure, unnamed))
    assert shown.inputs == [
        Field("Comment", "textarea", "fine"),
        Field("Risk", "select-one", "high"),
        Field("Risk Low", "radio", "false"),
        Field("High", "radio", "true"),
        Field("I am sure", "checkbox", "false"),
        Field("", "text", ""),
    ]


async def test_the_inputs_of_a_closed_card_are_not_shown(renderer: Renderer) -> None:
    inner = card({"type": "Input.Text", "id": "why", "label": "Why?"})
    shown = await renderer.render(
        card(actions=({"type": "Action.ShowCard", "title": "Reject", "card": inner},))
    )
    assert (shown.buttons, shown.inputs) == (["Reject"], [])


async def test_an_element_wider_than_the_card_overflows(renderer: Renderer) -> None:
    assert not (await renderer.render(card(WIDE))).overflows
    assert (await renderer.render(card(WIDE), width=320)).overflows


async def test_long_text_wraps_and_does_not_overflow(renderer: Renderer) -> None:
    sentences = "a sentence " * 50
    texts = block(sentences), block(f"- {sentences}"), block("x" * 500), run_of(sentences)
    shown = await renderer.render(card(*texts), width=320)
    assert (shown.overflowing, shown.cut_off) == ([], [])


async def test_a_long_word_in_a_text_run_overflows(renderer: Renderer) -> None:
    """Microsoft's renderer breaks words in a TextBlock only."""
    shown = await renderer.render(card(run_of("y" * 100)), width=320)
    assert shown.overflowing == [f"span: {'y' * 60}"]


async def test_text_that_may_not_wrap_is_cut_off(renderer: Renderer) -> None:
    text = "one line that is far too long for the narrow screen of a phone"
    shown = await renderer.render(card(block(text, wrap=False)), width=320)
    assert (shown.cut_off, shown.overflows) == ([text], False)


async def test_a_picture_from_elsewhere_is_not_fetched(renderer: Renderer) -> None:
    shown = await renderer.render(card({"type": "Image", "url": "https://evil.example/pixel.png"}))
    assert shown.requests == ["https://evil.example/pixel.png"]


async def test_the_picture_is_as_wide_as_the_card_with_its_margin(renderer: Renderer, tmp_path: Path) -> None:
    await renderer.render(card(block("Hello")), width=320, picture=tmp_path / "card.png")
    head = (tmp_path / "card.png").read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert struct.unpack(">I", head[16:20]) == (2 * (320 + 2 * 16),)


async def test_the_themes_look_different(renderer: Renderer, tmp_path: Path) -> None:
    pictures = [tmp_path / "light.png", tmp_path / "dark.png"]
    await renderer.render(card(block("Hello")), theme="light", picture=pictures[0])
    await renderer.render(card(block("Hello")), theme="dark", picture=pictures[1])
    assert pictures[0].read_bytes() != pictures[1].read_bytes()


async def test_one_card_leaves_nothing_behind_for_the_next(renderer: Renderer) -> None:
    image = {"type": "Image", "url": "https://evil.example/pixel.png"}
    first, second = await asyncio.gather(
        renderer.render(card(block("First"), image), theme="dark", width=320),
        renderer.render(card(block("Second"))),
    )
    assert (first.text, second.text, second.requests) == ("First", "Second", [])
