"""A terminal with one program in it, as a person at a keyboard has it."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.process import TAIL, environment

CTRL_C = "\x03"
CHUNK = 65536
# The program gets the terminal as its own, so that Ctrl-C goes to it and to what it starts in its group.
STARTER = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """Async context manager; at its end the window is closed, and what is left in it is killed."""

    def __init__(self, folder: Path, *command: str, **variables: str) -> None:
        self.folder, self.shown = folder, ""
        self._command, self._variables = command, variables
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._keyboard, screen = os.openpty()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", STARTER, *self._command),
                cwd=self.folder,
                env=environment(TERM="dumb", **self._variables),
                stdin=screen,
                stdout=screen,
                stderr=screen,
                start_new_session=True,
            )
        except BaseException:
            os.close(self._keyboard)
            raise
        finally:
            os.close(screen)
        asyncio.get_running_loop().add_reader(self._keyboard, self._read)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(f"The terminal showed:\n{self.shown[-TAIL:]}")
        self.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    def close(self) -> None:
        """Close the window."""
        if self._keyboard >= 0:
            asyncio.get_running_loop().remove_reader(self._keyboard)
            os.close(self._keyboard)
            self._keyboard = -1

    def press(self, keys: str) -> None:
        os.write(self._keyboard, keys.encode())

    async def shows(self, words: str, within: float = 30.0) -> str:
        """Wait until these words stand in the window; return all that does."""
        end = time.monotonic() + within
        while words not in self.shown:
            self._changed.clear()
            left = end - time.monotonic()
            ended = self._process.returncode
            assert left > 0, f"the terminal never showed {words!r}"
            assert ended is None, f"it ended with {ended} and never showed {words!r}"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left, 0.2))
        return self.shown

    async def ended(self, within: float) -> int:
        """Wait until the program has ended; return its status."""
        try:
            async with asyncio.timeout(within):
                status = await self._process.wait()
        except TimeoutError:
            raise AssertionError(f"it has not ended within {within} seconds") from None
        await asyncio.sleep(0)  # what it said last
        return status

    def _read(self) -> None:
        try:
            seen = os.read(self._keyboard, CHUNK)
        except OSError:  # nobody has the other side open any more
            seen = b""
        if not seen:
            asyncio.get_running_loop().remove_reader(self._keyboard)
        self.shown += seen.decode(errors="replace").replace("\r\n", "\n")
        self._changed.set()
