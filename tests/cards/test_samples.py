"""Forms, values and choices as Microsoft's renderer shows them."""

import asyncio
from itertools import product

import pytest
import pytest_asyncio

from cards import values
from cards.elements import LIMIT, card, size
from tests.cards import hostile
from tests.cards.samples import SAMPLES
from tests.cards.states import parts
from tests.cards.test_untrusted import exposed
from tests.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOOKS = list(product(("light", "dark"), (600, 320)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def renderer():
    async with Renderer() as started:
        yield started


@pytest.mark.parametrize("name", SAMPLES)
async def test_everything_can_be_seen_wide_and_narrow_light_and_dark(renderer, name):
    drawn = SAMPLES[name]()
    assert size(drawn) <= LIMIT
    for look in await asyncio.gather(
        *(renderer.render(drawn, theme=theme, width=width) for theme, width in LOOKS)
    ):
        assert (look.overflowing, look.cut_off) == ([], [])
        labels = [part["label"] for part in parts(drawn) if part["type"].startswith("Input.")]
        assert [label for label in labels if label not in look.text] == []


async def test_hostile_values_are_shown_as_text(renderer):
    call = {text: text for text in hostile.MARKUP}
    drawn = card([*values.arguments(call)[0], *values.changes(call, {"x": call})[0]], "Values")
    look = await renderer.render(drawn, width=320)
    assert (look.links, look.markup, look.requests, look.overflowing) == ([], [], [], [])
    assert list(exposed(drawn)) == ["Values"]
