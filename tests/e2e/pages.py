"""The page of the Agents Playground in a browser: one person's window, and pictures of its cards."""

import re
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests import needs
from tests.e2e.playground import Playground
from tests.e2e.process import Bot
from tests.renderer import ARGUMENTS

PATIENCE = 30_000
"""Milliseconds."""
FOREIGN = re.compile(r"^https?://(?!localhost|127\.0\.0\.1)")
# The page asks for a font that only Windows has, and would mix two others where that is missing.
FONTS = "* { font-family: 'Segoe UI', 'Liberation Sans', sans-serif !important; }"
FACE, NAME, EDGE = 52, 20, 8
"""Pixels left of a card, where the face of its sender is, above it, where the name is, and around it."""


@asynccontextmanager
async def signoff(folder: Path, **variables: str):
    """The bot, the Playground, and its page with the personal chat."""
    program = needs.chromium()
    async with (
        Bot(folder, **variables) as bot,
        Playground(bot.endpoint) as chat,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        await bot.ready()
        try:
            yield browser, chat, await _opened(browser, chat)
        finally:
            await browser.close()


async def _opened(browser: Browser, chat: Playground) -> Page:
    page = await browser.new_page(viewport={"width": 1280, "height": 1000}, device_scale_factor=2)
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    await page.route(FOREIGN, lambda route: route.abort())
    await page.goto(f"http://localhost:{chat.port}/", wait_until="domcontentloaded")
    await page.get_by_role("treeitem", name="Personal Chat").wait_for()
    await page.add_style_tag(content=FONTS)
    return page


async def write(page: Page, text: str) -> None:
    await page.locator("[role=textbox][contenteditable=true]:visible").last.click()
    await page.keyboard.type(text)
    await page.get_by_label("Send Message").last.click()


def cards(page: Page) -> Locator:
    return page.locator(".ac-adaptiveCard:visible")


def shown(page: Page, words: str) -> Locator:
    """The card with these words."""
    return cards(page).filter(has_text=words)


async def picture(card: Locator) -> tuple[float, bytes]:
    """How wide a message is, and what it looks like, with the name and the face of its sender."""
    page = card.page
    bubble = card.locator("xpath=ancestor::*[contains(@class, 'fai-OutputCard')]")
    await bubble.evaluate("element => element.scrollIntoView({block: 'center'})")
    # Beside some cards the Playground says what it cannot do; that is not part of the message.
    note = bubble.locator("xpath=../..").get_by_text("User specific view is not supported")
    await note.evaluate_all("all => all.forEach(one => one.parentElement.parentElement.style.opacity = 0)")
    await page.mouse.move(0, 0)  # away from the buttons
    box = await bubble.bounding_box()
    assert box
    clip = {
        "x": box["x"] - FACE,
        "y": box["y"] - NAME,
        "width": box["width"] + FACE + EDGE,
        "height": box["height"] + NAME + EDGE,
    }
    return clip["width"], await page.screenshot(clip=clip, animations="disabled")
