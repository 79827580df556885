"""Draws the gallery of cards: docs/cards.md and a picture of each card, light and wide, dark and narrow.

``python -m tests.gallery [--out FOLDER] [STATE ...]``; without states all those that the gallery shows.
"""

import argparse
import asyncio
import base64
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import async_playwright

from tests import needs
from tests.cards.states import STATES
from tests.renderer import ARGUMENTS, MARGIN, Renderer

DOCS = Path(__file__).parent.parent / "docs"
LOOKS = (("light", 600), ("dark", 320))
HEAD = """# The cards

Every picture is drawn by Microsoft's Adaptive Cards renderer: on the left as in a channel, on the right as
on a phone with a dark theme. Teams itself draws a little differently. `make gallery` draws them anew.
"""
CHAPTERS = {
    "A question": [
        "approval-pending",
        "approval-approved",
        "approval-changes-requested",
        "approval-rejected",
        "approval-pending-reminder",
        "approval-expired",
        "approval-cancelled",
        "approval-held",
    ],
    "Several people decide": [
        "approval-quorum",
        "approval-quorum-voted",
        "approval-quorum-handed-over",
        "approval-escalated",
        "approval-quorum-approved",
    ],
    "What each person sees": [
        "approval-for-approver",
        "approval-for-requester",
        "approval-for-others",
        "hand-over",
    ],
    "Other kinds of questions": [
        "tool-call",
        "data-review",
        "data-review-editing",
        "choice",
        "choice-made",
        "form",
        "form-filled-in",
        "plan",
        "budget",
    ],
    "A conversation": ["reply", "reply-answered", "reply-ended", "run-roles"],
    "Answers in words": ["confirm", "confirm-yes", "which"],
    "The inbox": ["inbox", "inbox-results", "inbox-empty"],
    "Workflows": ["workflows", "workflow", "workflow-rule"],
    "A run": [
        "run-running-left",
        "run-waiting-since",
        "run-completed-cost",
        "usage",
        "run-completed-times",
        "run-failed-times",
        "result",
        "failure",
        "runs",
        "saved",
        "stats",
        "stats-cost",
        "memory",
        "help",
    ],
}


async def draw(states: Sequence[str], folder: Path) -> None:
    """Write a picture of each state into the folder."""
    async with Renderer() as renderer, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=needs.chromium(), args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1010, "height": 100})
        with tempfile.TemporaryDirectory() as parts:
            for state in states:
                await page.set_content(await _side_by_side(renderer, state, Path(parts)))
                await page.screenshot(path=folder / f"{state}.png", full_page=True)
        await browser.close()


async def _side_by_side(renderer: Renderer, state: str, parts: Path) -> str:
    images: list[str] = []
    for theme, width in LOOKS:
        part = parts / f"{theme}.png"
        await renderer.render(STATES[state](), theme=theme, width=width, picture=part)
        data = base64.b64encode(part.read_bytes()).decode()
        images.append(f'<img width="{width + 2 * MARGIN}" src="data:image/png;base64,{data}">')
    style = "margin:0;display:flex;gap:8px;align-items:flex-start;background:#d8d8d8"
    return f'<body style="{style}">{"".join(images)}</body>'


def page(chapters: dict[str, list[str]]) -> str:
    """Return the gallery as Markdown."""
    lines = [HEAD]
    for title, states in chapters.items():
        lines.append(f"## {title}\n")
        lines += [f"![{state.replace('-', ' ')}](cards/{state}.png)\n" for state in states]
    return "\n".join(lines)


def main() -> None:
    """Draw what the command line says."""
    parser = argparse.ArgumentParser(description="Draw cards.")
    parser.add_argument("--out", type=Path, default=DOCS / "cards")
    parser.add_argument("states", nargs="*")
    arguments = parser.parse_args()
    known = {title: [state for state in states if state in STATES] for title, states in CHAPTERS.items()}
    arguments.out.mkdir(parents=True, exist_ok=True)
    asyncio.run(draw(arguments.states or [each for some in known.values() for each in some], arguments.out))
    if not arguments.states:
        (DOCS / "cards.md").write_text(page(known))


if __name__ == "__main__":
    main()
