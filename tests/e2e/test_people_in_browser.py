"""Cards for several people in a browser: the window of Alice, while others answer elsewhere.

Their pictures are in the test's folder, of which pytest keeps the last three.
"""

import asyncio
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.e2e.pages import cards, picture, shown, signoff, write
from tests.e2e.policies import policy
from tests.e2e.seeing import card
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE

ASK = "run release-notes Faster search, dark mode and a fix for sign-in on iOS"
VOTED = "1 of 2 have approved"


async def test_a_vote_is_counted_in_the_window_and_the_last_one_closes_the_card(tmp_path):
    async with signoff(tmp_path, **policy(tmp_path, ALICE, CAROL, DAVE, needed=2)) as (_, chat, page):
        await _enter(page, "Ops Group")
        await chat.say_as(BOB.id, chat.group, ASK)
        question = shown(page, "Revision 1 of 5")
        await _keep(question, tmp_path / "open.png")
        await question.get_by_role("textbox").fill("fine by me")
        await question.get_by_role("button", name="Approve").click()
        voted = shown(page, VOTED)
        await expect(voted).to_contain_text("fine by me")
        await _keep(voted, tmp_path / "voted.png")

        here = await card(chat, VOTED, where=chat.group)
        await chat.execute(here, "Approve", user=CAROL.id)
        closed = shown(page, "Approved by Carol Case")
        await expect(closed).to_contain_text("Alice Admin approved")
        await _keep(closed, tmp_path / "closed.png")
        await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
        assert chat.warnings() == []


async def test_the_form_to_hand_over_opens_in_place_of_the_card_and_leads_back(tmp_path):
    async with signoff(tmp_path, **policy(tmp_path, BOB, CAROL)) as (_, chat, page):
        await _enter(page, "Ops Group")
        for person in (BOB, CAROL):  # the bot calls nobody by a name that it was never told
            await chat.say_as(person.id, chat.group, "help")
        await expect(shown(page, "What I can do")).to_have_count(2)
        await chat.say(ASK, chat.group)
        question = shown(page, "Revision 1 of 5")
        await question.get_by_role("button", name="More").click()
        await expect(question.get_by_role("button")).to_have_text(["Hand over", "Remind", "Withdraw"])
        await _keep(question, tmp_path / "mine.png")
        await question.get_by_role("button", name="Hand over").click()
        form = shown(page, "Who should decide instead?")
        for person in (BOB, CAROL):
            await expect(form.get_by_role("radio", name=person.name)).to_be_visible()
        await _keep(form, tmp_path / "form.png")
        await form.get_by_role("button", name="Back").click()
        await expect(question.get_by_role("button", name="Withdraw")).to_be_visible()


async def test_two_of_three_are_ticked_in_the_window_and_approved_at_once(tmp_path):
    async with signoff(tmp_path, **policy(tmp_path, ALICE, CAROL)) as (_, chat, page):
        for brief in ("Apples.", "Berries.", "Cherries."):
            await chat.say_as(BOB.id, chat.group, f"run release-notes {brief}")
            await card(chat, "Revision 1 of 5", brief.rstrip("."), where=chat.group)
        await write(page, "inbox")
        inbox = shown(page, "Waiting for you")
        await inbox.get_by_role("checkbox").nth(0).check()
        await inbox.get_by_role("checkbox").nth(2).check()
        await _keep(inbox, tmp_path / "inbox.png")
        await inbox.get_by_role("button", name="Approve ticked").click()
        done = shown(page, "2 recorded")
        await _keep(done, tmp_path / "done.png")
        await done.get_by_role("button", name="Back to inbox").click()
        left = shown(page, "Waiting for you")
        await expect(left.get_by_role("checkbox")).to_have_count(1)
        await expect(left).to_contain_text("Berries")
        assert chat.warnings() == []


async def test_what_was_written_is_read_back_and_counts_when_it_is_confirmed_as_it_stands(tmp_path):
    async with signoff(tmp_path) as (_, chat, page):
        await write(page, ASK)
        await expect(shown(page, "Revision 1 of 5")).to_contain_text("Dark mode")
        await write(page, "mention that exports are faster")
        read = shown(page, "I read this as: Request changes")
        await expect(read.get_by_role("textbox")).to_have_value("mention that exports are faster")
        await _keep(read, tmp_path / "read.png")
        await read.get_by_role("button", name="Confirm").click()
        await expect(shown(page, "Revision 2 of 5")).to_contain_text("Exports are faster")
        await expect(shown(page, "Changes requested by Alice Admin").first).to_be_visible()
        await _keep(cards(page).last, tmp_path / "next.png")
        assert chat.warnings() == []


async def _enter(page: Page, chat: str) -> None:
    await page.get_by_role("treeitem", name=chat).click()


async def _keep(card: Locator, path: Path) -> None:
    _, content = await picture(card)
    await asyncio.to_thread(path.write_bytes, content)
