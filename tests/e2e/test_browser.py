"""The whole story in a browser: what Microsoft's client shows, and that its buttons work.

``SIGNOFF_PICTURES=write`` writes the picture to ``docs/``; otherwise it is taken as well, and thrown away.
"""

import base64
import os
from pathlib import Path

from playwright.async_api import Browser, expect

from tests import needs
from tests.e2e.pages import cards, picture, shown, signoff, write

ASK = "run release-notes Faster search, dark mode and a fix for sign-in on iOS"
SIDE_BY_SIDE = """
<body style="margin: 0; padding: 12px; display: inline-flex; gap: 20px; align-items: flex-start">
  <img width="{widths[0]}" src="data:image/png;base64,{pictures[0]}">
  <img width="{widths[1]}" src="data:image/png;base64,{pictures[1]}">
</body>
"""


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


def place(otherwise: Path) -> Path:
    return needs.ROOT / "docs" if os.environ.get("SIGNOFF_PICTURES") == "write" else otherwise


async def side_by_side(
    browser: Browser, left: tuple[float, bytes], right: tuple[float, bytes], path: Path
) -> None:
    page = await browser.new_page(device_scale_factor=2, viewport={"width": 1280, "height": 900})
    widths = [width for width, _ in (left, right)]
    pictures = [base64.b64encode(content).decode() for _, content in (left, right)]
    await page.set_content(SIDE_BY_SIDE.format(widths=widths, pictures=pictures))
    await page.locator("body").screenshot(path=path)
