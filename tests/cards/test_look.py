"""Every card as Microsoft's renderer shows it: wide and narrow, light and dark, friendly and hostile."""

import asyncio
import json
from itertools import product

import pytest
import pytest_asyncio

from tests.cards import hostile
from tests.cards.states import STATES, parts
from tests.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOOKS = list(product(("light", "dark"), (600, 320)))
HOSTILE = "\n".join(hostile.MARKUP)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def renderer():
    async with Renderer() as started:
        yield started


async def looks(renderer, card):
    return await asyncio.gather(*(renderer.render(card, theme=theme, width=width) for theme, width in LOOKS))


@pytest.mark.parametrize("state", STATES)
async def test_everything_on_a_card_can_be_seen_and_used(renderer, state):
    card = STATES[state]()
    titles = [part["title"] for part in parts(card) if part["type"] == "Action.Execute"]
    labels = [part["label"] for part in parts(card) if part["type"] == "Input.Text"]
    for shown in await looks(renderer, card):
        assert (shown.overflowing, shown.cut_off) == ([], [])
        assert shown.buttons == titles
        assert set(labels) <= {field.label for field in shown.inputs}
        assert [run["text"] for run in parts(card) if run["type"] == "TextRun" and not seen(run, shown)] == []


def seen(run, shown):
    return " ".join(run["text"].split()) in " ".join(shown.text.split())


@pytest.mark.parametrize("name", hostile.cards("x"))
async def test_hostile_text_is_shown_as_text(renderer, name):
    card = hostile.cards(HOSTILE)[name]
    for shown in await looks(renderer, card):
        assert (shown.links, shown.markup, shown.requests) == ([], [], [])
        assert "\u202e" not in shown.text
        assert "[click](https://evil.example)" in shown.text or "(click)(https:" in shown.text


@pytest.mark.parametrize("name", hostile.cards("x"))
@pytest.mark.parametrize("text", ["x" * 5000, "https://evil.example/" + "a" * 500, "😀" * 3000, "W" * 400])
async def test_nothing_sticks_out_of_a_card(renderer, name, text):
    shown = await renderer.render(hostile.cards(text)[name], width=320)
    assert shown.overflowing == []


async def test_the_renderer_would_show_a_link_where_one_is(renderer):
    text = {"type": "TextBlock", "text": "[click](https://evil.example)"}
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [text]}
    assert (await renderer.render(json.loads(json.dumps(card)))).links
