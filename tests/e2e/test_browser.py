"""The whole story in a browser: what Microsoft's client shows, and that its buttons work.

``SIGNOFF_PICTURES=write`` writes the picture to ``docs/``; otherwise it is taken as well, and thrown away.
"""

import base64
import os
import re
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests import needs
from tests.e2e.playground import Playground
from tests.e2e.process import Bot
from tests.renderer import ARGUMENTS

ASK = "run release-notes Faster search, dark mode and a fix for sign-in on iOS"
PATIENCE = 15_000
"""Milliseconds."""
FOREIGN = re.compile(r"^https?://(?!localhost|127\.0\.0\.1)")
# The page asks for a font that only Windows has, and would mix two others where that is missing.
FONTS = "* { font-family: 'Segoe UI', 'Liberation Sans', sans-serif !important; }"
SIDE_BY_SIDE = """
<body style="margin: 0; padding: 12px; display: inline-flex; gap: 20px; align-items: flex-start">
  <img width="{widths[0]}" src="data:image/png;base64,{pictures[0]}">
  <img width="{widths[1]}" src="data:image/png;base64,{pictures[1]}">
</body>
"""
FACE, NAME, EDGE = 52, 20, 8
"""Pixels left of a card, where the face of its sender is, above it, where the name is, and around it."""


async def test_from_the_first_word_to_the_published_text_in_a_browser(tmp_path):
    async with signoff(tmp_path) as (browser, chat, page):
        await expect(cards(page).last).to_contain_text("Hello, I am Signoff")
        await write(page, ASK)
        question = shown(page, "Revision 1 of 5")
        await expect(question).to_contain_text("Dark mode")
        await question.get_by_role("textbox").fill("mention that exports are faster")
        await question.get_by_role("button", name="Request changes").click()
        await expect(shown(page, "Changes requested")).to_contain_text("mention that exports are faster")

        question = shown(page, "Revision 2 of 5")
        await expect(question).to_contain_text("Exports are faster")
        before = await picture(question)
        await question.get_by_role("button", name="Approve").click()
        answered = shown(page, "Approved by Alice Admin")
        await expect(answered.get_by_role("button")).to_have_text(["Show whole text"])
        await expect(cards(page).last).to_contain_text("Completed")
        await expect(cards(page).last).to_contain_text("Exports are faster")
        await expect(shown(page, "Publish, done").get_by_role("button")).to_have_count(0)
        await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
        assert chat.warnings() == []

        await side_by_side(browser, before, await picture(answered), place(tmp_path) / "approve.png")


@asynccontextmanager
async def signoff(folder: Path):
    """The bot, the Playground, and its page with the personal chat."""
    program = needs.chromium()
    async with Bot(folder) as bot, Playground(bot.endpoint) as chat, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        await bot.ready()
        try:
            yield browser, chat, await opened(browser, chat)
        finally:
            await browser.close()


async def opened(browser: Browser, chat: Playground) -> Page:
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


# ---- pictures -----------------------------------------------------------------------------


def place(otherwise: Path) -> Path:
    return needs.ROOT / "docs" if os.environ.get("SIGNOFF_PICTURES") == "write" else otherwise


async def picture(card: Locator) -> tuple[float, bytes]:
    """How wide a message is, and what it looks like, with the name and the face of its sender."""
    page = card.page
    bubble = card.locator("xpath=ancestor::*[contains(@class, 'fai-OutputCard')]")
    await bubble.evaluate("element => element.scrollIntoView({block: 'center'})")
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


async def side_by_side(
    browser: Browser, left: tuple[float, bytes], right: tuple[float, bytes], path: Path
) -> None:
    page = await browser.new_page(device_scale_factor=2, viewport={"width": 1280, "height": 900})
    widths = [width for width, _ in (left, right)]
    pictures = [base64.b64encode(content).decode() for _, content in (left, right)]
    await page.set_content(SIDE_BY_SIDE.format(widths=widths, pictures=pictures))
    await page.locator("body").screenshot(path=path)
