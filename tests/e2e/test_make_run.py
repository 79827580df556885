"""`make run` on a fresh machine: what it prints, how it ends, and what it says when it cannot start."""

import re
import shutil
import socket
import sqlite3
import sys
from pathlib import Path

import aiohttp
import pytest

from tests import needs
from tests.e2e.playground import PACKAGE, Playground
from tests.e2e.seeing import card
from tests.e2e.terminal import CTRL_C, Terminal
from tests.fakes.signoff import text_of
from tests.ports import free_port

END_SECONDS = 8.0
LAST_LINE = "Ctrl-C ends both."


@pytest.fixture
def window() -> None:
    """What the chat window needs."""
    needs.node()
    needs.node_module(PACKAGE)


def signoff(folder: Path, *arguments: str, **variables: str) -> Terminal:
    command = (sys.executable, "-m", "bot", "serve", "--local", "--database", "signoff.db", *arguments)
    return Terminal(folder, *command, **variables)


def page_of(shown: str) -> str:
    """The one address that a person is told to open."""
    (page,) = re.findall(r"Open (http://localhost:\d+/) ", shown)
    return page


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def port_of(page: str) -> int:
    return int(page.rstrip("/").rsplit(":", 1)[1])


async def test_it_says_where_the_chat_is_and_what_to_type_and_ctrl_c_ends_both(window, tmp_path):
    port = free_port()
    async with signoff(tmp_path, "--playground", "--port", str(port)) as terminal:
        shown = await terminal.shows(LAST_LINE)
        page = page_of(shown)
        things = [line.strip() for line in shown.splitlines() if line.startswith("  ")]
        assert len(things) == 4
        assert things[0].startswith("run release-notes ")
        async with aiohttp.ClientSession() as http, http.get(page) as response:
            assert response.status == 200
            assert "<html" in (await response.text()).lower()
        terminal.press(CTRL_C)
        assert await terminal.ended(END_SECONDS) == 0
        assert "Traceback" not in terminal.shown
        assert is_free(port)
        assert is_free(port_of(page))


async def test_what_it_says_to_type_works(window, tmp_path):
    async with signoff(tmp_path, "--playground", "--port", "0") as terminal:
        shown = await terminal.shows(LAST_LINE)
        things = [line.strip() for line in shown.splitlines() if line.startswith("  ")]
        async with Playground("", start=False, port=port_of(page_of(shown))) as chat:
            ask, change, yes, more = things
            await chat.say(more)
            await card(chat, "Workflows", "Event planning")
            await chat.say(ask)
            await card(chat, "Revision 1 of 5")
            await chat.say(change)
            read = await card(chat, "I read this as: Request changes")
            await chat.execute(read, "Confirm", {"comment": change})
            await card(chat, "Revision 2 of 5")
            await chat.say(yes)
            await card(chat, "Completed")
        terminal.press(3 * CTRL_C)  # somebody is impatient
        assert await terminal.ended(END_SECONDS) == 0
        assert "Traceback" not in terminal.shown


async def test_make_run_starts_it_and_ctrl_c_ends_all_of_it(window, tmp_path):
    port = free_port()
    stub = tmp_path / "uv-run"  # what is installed already is not installed again
    stub.write_text(
        f'#!/bin/sh\nshift\n[ "$1" = signoff ] && shift\n'
        f'exec "{sys.executable}" -m bot "$@" --port {port} --database "{tmp_path}/signoff.db"\n'
    )
    stub.chmod(0o755)
    made = ("-o", "node_modules/.installed", f"UV={stub}", f"RUN={stub}", "run")
    async with Terminal(needs.ROOT, shutil.which("make") or "make", *made) as terminal:
        page = page_of(await terminal.shows(LAST_LINE))
        assert not is_free(port)
        terminal.press(CTRL_C)
        await terminal.ended(END_SECONDS)
        assert "Traceback" not in terminal.shown
        assert is_free(port)
        assert is_free(port_of(page))


async def test_closing_the_terminal_ends_both(window, tmp_path):
    port = free_port()
    async with signoff(tmp_path, "--playground", "--port", str(port)) as terminal:
        await terminal.shows(LAST_LINE)
        terminal.close()
        await terminal.ended(END_SECONDS)
        assert is_free(port)


async def test_without_node_the_bot_runs_and_says_how_to_get_the_chat_window(tmp_path):
    port = free_port()
    async with signoff(tmp_path, "--playground", "--port", str(port), PATH=str(tmp_path)) as terminal:
        shown = await terminal.shows("The bot itself is running.")
        assert "Node.js is not installed" in shown
        assert "npm ci" in shown
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{port}/readyz") as response,
        ):
            assert response.status == 200
        terminal.press(CTRL_C)
        assert await terminal.ended(END_SECONDS) == 0


async def test_a_port_in_use_is_told_in_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with signoff(tmp_path, "--playground", "--port", str(port)) as terminal:
            assert await terminal.ended(30) == 2
            assert _sentence(terminal).startswith(f"Port {port} cannot be used (")


async def test_a_database_of_a_newer_version_is_told_in_one_sentence(tmp_path):
    connection = sqlite3.connect(tmp_path / "signoff.db")
    connection.execute("PRAGMA user_version = 1000")
    connection.close()
    async with signoff(tmp_path, "--port", "0") as terminal:
        assert await terminal.ended(30) == 2
        assert "signoff.db was written by a newer version of Signoff" in _sentence(terminal)


async def test_a_mistake_in_the_environment_is_told_in_one_sentence(tmp_path):
    async with signoff(tmp_path, LOCAL_MODEL_BASE_URL="http://127.0.0.1:1/v1") as terminal:
        assert await terminal.ended(30) == 2
        assert "LOCAL_MODEL is not" in _sentence(terminal)


def _sentence(terminal: Terminal) -> str:
    (line,) = terminal.shown.strip().splitlines()
    return line


async def test_two_bots_at_once_have_a_chat_window_each(window, tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (signoff(folder, "--playground", "--port", "0") for folder in folders)
    async with one:
        first = port_of(page_of(await one.shows(LAST_LINE)))  # nobody starts both in the same millisecond
        async with two:
            second = port_of(page_of(await two.shows(LAST_LINE)))
            assert first != second
            async with (
                Playground("", start=False, port=first) as here,
                Playground("", start=False, port=second) as there,
            ):
                await here.say("run release-notes Apples")
                await here.wait(lambda message: "Revision 1 of 5" in text_of(message.card or {}))
                await there.say("runs")
                await there.wait(lambda message: "No runs yet" in text_of(message.card or {}))
