"""What was decided in the Agents Playground, as a file, and whether somebody has changed it."""

import asyncio
import re
import sys
from pathlib import Path

import aiohttp

from tests.e2e.process import environment
from tests.e2e.seeing import ASK, before, card, signoff, told
from tests.fakes.teams import BOB


async def verified(file: Path) -> tuple[int, str]:
    """Run `signoff verify` beside the database; return its status and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "verify", file.name, "--database", "signoff.db"),
        cwd=file.parent,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_a_run_is_exported_from_the_chat_and_every_change_to_the_file_is_found(tmp_path: Path):
    async with signoff(tmp_path) as (_, chat):
        await chat.say(ASK, chat.group)
        question = await card(chat, "Publish these release notes?", where=chat.group)
        await chat.execute(before(question), "Approve", {"comment": "fine by me"}, user=BOB.id)
        await card(chat, "Completed", "What is new", where=chat.group)
        run = re.search(r"\brun ([a-z2-7]{8})\b", question.card_text)
        assert run
        await chat.say(f"export {run[1]}")
        link = re.search(r"http://\S+", (await told(chat, f"Everything about run {run[1]}")).text)
        assert link
        async with aiohttp.ClientSession() as http, http.get(link[0]) as answer:
            file = tmp_path / "evidence.jsonl"
            file.write_bytes(await answer.read())
        assert "fine by me" in file.read_text(encoding="utf-8")
        status, said = await verified(file)
        assert (status, "genuine" in said.lower() or "good" in said.lower()) == (0, True), said
        file.write_text(
            file.read_text(encoding="utf-8").replace("fine by me", "fine by all"), encoding="utf-8"
        )
        status, said = await verified(file)
        assert status == 1, said
        assert "was changed" in said
