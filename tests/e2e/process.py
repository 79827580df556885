"""The real bot as a process of its own, which a test can kill and start again."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from tests.ports import free_port

START_SECONDS = 30
STOP_SECONDS = 15
TAIL = 4000
"""Characters of output that stand in a failure message."""
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SIGNOFF_TEST")
"""What a process gets of this one's environment, and what coverage needs to measure it."""


def environment(**variables: str) -> dict[str, str]:
    """An environment without anything that the bot reads, but these variables."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {**kept, **measured, "PYTHONUNBUFFERED": "1", **variables}


class Bot:
    """Async context manager around ``signoff serve --local`` with a port and a folder of its own.

    Inside it the bot is on its way: something else can start beside it until ``ready()`` has returned.
    Without a Cosmos DB endpoint among the variables it keeps its records in a SQLite file of that folder.
    """

    program: tuple[str, ...] = ("-m", "bot")

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.endpoint = f"{self.url}/api/messages"
        self.variables: Mapping[str, str] = variables
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self._launch()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(f"The bot said:\n{self.output[-TAIL:]}")
            await self.kill()
        elif self._process is not None:
            await self.stop()

    @property
    def output(self) -> str:
        """All that was printed and logged so far, by every process that was started."""
        log = self.folder / "bot.log"
        return log.read_text(errors="replace") if log.exists() else ""

    async def ready(self) -> None:
        """Wait until it is ready to work."""
        process = self._process
        async with aiohttp.ClientSession() as http, asyncio.timeout(START_SECONDS):
            while not await self._answers(http):
                ended = process.returncode if process else "nothing"
                assert ended is None, f"it ended with {ended}:\n{self.output[-TAIL:]}"
                await asyncio.sleep(0.05)

    async def start(self) -> None:
        """Start it again after ``kill()`` or ``stop()``, on the same port."""
        await self._launch()
        await self.ready()

    async def kill(self) -> None:
        """End the process as a power cut would: it can do nothing about it."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask the process to end, and see that it does so in order."""
        status = await self._end(signal.SIGTERM)
        assert status == 0, f"it ended with {status}:\n{self.output[-TAIL:]}"

    async def _end(self, number: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.returncode is None:
            process.send_signal(number)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise AssertionError(f"it did not end:\n{self.output[-TAIL:]}") from None

    async def _launch(self) -> None:
        arguments = ["serve", "--local", "--port", str(self.port), "--database", "signoff.db"]
        with (self.folder / "bot.log").open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.program, *arguments),
                cwd=self.folder,
                env=environment(**self.variables),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def _answers(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.url}/readyz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False


class ClockedBot(Bot):
    """The same bot under a clock that a test can put forward."""

    # The folder of a script is no place to import from: it could hide modules of the same name.
    program = ("-P", str(Path(__file__).with_name("clocked.py")))

    def __init__(self, folder: Path, **variables: str) -> None:
        self._ahead, self._seconds = folder / "ahead", 0.0
        super().__init__(folder, AHEAD=str(self._ahead), **variables)

    def forward(self, **time: float) -> None:
        """Put its clock forward by hours, days or whatever timedelta takes."""
        self._seconds += timedelta(**time).total_seconds()
        whole = self._ahead.with_suffix(".new")
        whole.write_text(str(self._seconds))
        whole.replace(self._ahead)  # the bot reads all of it or the file before
