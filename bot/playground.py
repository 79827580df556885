"""The chat window for trying Signoff: Microsoft's Agents Playground as a child process."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLI = ROOT / "node_modules/@microsoft/m365agentsplayground/cli.js"
PARTS = ROOT / "infra/playground"
LOG = Path(".signoff/playground.log")
START = 30.0
"""Seconds to wait for its page."""
ENDS_WITH_US = 'data:text/javascript,process.stdin.on("end", () => process.exit()).resume();'
"""Its input is a pipe from us, which is at its end when we die without a chance to end it."""

WITHOUT_NODE = (
    "There is no chat window, because {missing}. Install Node.js 20 or newer, then run “npm ci --omit=dev” "
    "and start again. The bot itself is running."
)
THINGS_TO_TYPE = """
Open {url} and type, for example:

  run release-notes Faster search, dark mode and a fix for sign-in on iOS
  make it shorter
  approve
  workflows

Ctrl-C ends both."""


@asynccontextmanager
async def beside(bot: str) -> AsyncGenerator[None]:
    """Run the chat window until left, and say where it is; say how to get it when it cannot run."""
    node = shutil.which("node")
    if node is None or not CLI.is_file():
        missing = "Node.js is not installed" if node is None else "its package is not installed"
        _say(WITHOUT_NODE.format(missing=missing))
        yield
        return
    process = await _started(node, bot)
    try:
        _say(await _address(process))
        yield
    finally:
        await _ended(process)


async def _started(node: str, bot: str) -> asyncio.subprocess.Process:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    return await asyncio.create_subprocess_exec(
        *(node, "--import", ENDS_WITH_US, "--require", str(PARTS / "loopback.cjs"), str(CLI), "start"),
        *("-e", f"{bot}/api/messages", "-c", "msteams", "-p", "56150", "--disable-telemetry"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,  # Ctrl-C is for us; we end it in order
    )


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | {
        "APPLICATION_INSIGHTS_NO_STATSBEAT": "1",  # without it, it looks for a telemetry service
        "TEAMSAPPTESTER_BROWSER": "none",
        "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(PARTS / "m365agentsplayground.yml"),
        "M365_AGENTS_PLAYGROUND_LOGFILE": str(LOG),
    }


async def _address(process: asyncio.subprocess.Process) -> str:
    """Wait for its page. It takes another port by itself when the usual one is taken."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START):
            while process.stdout and (line := await process.stdout.readline()):
                if found := re.search(rb"Listening on (\d+)", line):
                    return THINGS_TO_TYPE.format(url=f"http://localhost:{int(found[1])}/")
    return f"The chat window did not start; {LOG} says why. The bot itself is running."


async def _ended(process: asyncio.subprocess.Process) -> None:
    for number, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            continue
        return


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - for the person at the terminal
