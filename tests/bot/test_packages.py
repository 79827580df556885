"""Workflows that somebody installed as a package of their own, in the real program."""

import asyncio
import sys

import aiohttp
import pytest

from tests.e2e.process import Bot, environment
from tests.fakes.packages import GREETING, install

BROKEN = "raise RuntimeError('no licence *here*')"
CLASH = GREETING.replace('name="greet"', 'name="release-notes"')


async def signoff(folder, packages, *arguments):
    """Run the program; return its status, what it printed, and what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env=environment(PYTHONPATH=str(packages)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode(), complained.decode()


async def test_a_workflow_of_an_installed_package_runs_and_its_messages_are_saved(tmp_path):
    packages = install(tmp_path / "site", "acme_greetings", GREETING, "acme_greetings:DEFINITION")
    status, said, complained = await signoff(tmp_path, packages, "try", "greet", "Grace")
    assert (status, complained) == (0, "")
    assert said.splitlines()[0].startswith("A greeting, a test run.")
    lines = [line.strip() for line in said.splitlines()]
    shown = [line for line in lines if line[:1] in set("✓?") or line.startswith("Hello")]
    assert shown == [
        "✓ Compose the greeting",
        "? Send this greeting?",
        "Hello, Grace!",
        "✓ Ask whether to send it",
        "Hello, Grace!",
    ]


async def test_a_test_run_ends_a_conversation_by_itself(tmp_path):
    status, said, _ = await signoff(tmp_path, tmp_path, "try", "support")
    assert status == 0
    assert said.count("Answer: Yes, please.") == 5
    assert "Answer: I am done" in said
    assert "Helped by: Billing." in said


async def test_a_message_class_that_nobody_registered_fails_the_run_with_a_reason(tmp_path):
    forgetful = GREETING.replace("register_checkpoint_type(Greeting)\n", "")
    packages = install(tmp_path / "site", "acme_greetings", forgetful, "acme_greetings:DEFINITION")
    status, said, _ = await signoff(tmp_path, packages, "try", "greet")
    assert status == 1
    assert "Failed: " in said
    assert "Greeting" in said


async def test_what_is_wrong_with_packages_is_said_and_the_others_work(tmp_path):
    site = tmp_path / "site"
    install(site, "acme_broken", BROKEN, "acme_broken:DEFINITION")
    install(site, "acme_greetings", GREETING, "acme_greetings:DEFINITION", "acme_greetings:Greeting")
    async with Bot(tmp_path, PYTHONPATH=str(site)) as bot:
        await bot.ready()
        async with aiohttp.ClientSession() as http, http.get(f"{bot.url}/readyz") as response:
            assert response.status == 200
        assert (
            "Workflows of the package acme_broken (acme_broken:DEFINITION) are left out, because it raised "
            "RuntimeError: no licence here." in bot.output
        )
        assert "(acme_greetings:Greeting) are left out, because it names neither a Definition" in bot.output
        assert "Traceback" not in bot.output


async def test_two_workflows_of_one_name_are_refused_at_the_start_and_both_owners_are_named(tmp_path):
    site = install(tmp_path / "site", "acme_notes", CLASH, "acme_notes:DEFINITION")
    for arguments in (["serve", "--local", "--port", "0"], ["try", "release-notes"]):
        status, _, complained = await signoff(tmp_path, site, *arguments)
        assert status == 2
        assert complained.strip() == (
            "Two workflows are called “release-notes”: one of Signoff itself, one of the package acme_notes. "
            "Remove one of the packages, or give its workflow another name."
        )


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--answer", "reject: not now"], 0, ["Reject: not now", "✓ Review", "Rejected."]),
        (["--answer", "changes: shorter"], 0, ["Request changes: shorter", "Answer: Approve", "✓ Publish"]),
        (["--answer", "blue"], 2, ["? Publish"]),
        (["  ", "--answer", "approve"], 0, ["Faster search", "✓ Publish", "Completed."]),
    ],
)
async def test_a_test_run_is_answered_as_asked(tmp_path, arguments, status, words):
    ended, said, complained = await signoff(tmp_path, tmp_path, "try", "release-notes", *arguments)
    assert ended == status, complained
    for word in words:
        assert (word in said) == (status != 2), said
    assert list(tmp_path.iterdir()) == []


async def test_a_test_run_of_a_workflow_that_does_not_exist_is_refused(tmp_path):
    status, said, complained = await signoff(tmp_path, tmp_path, "try", "poems")
    assert (status, said) == (2, "")
    assert "There is no workflow called “poems”. Known: " in complained
