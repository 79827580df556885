"""Where the bot of a test keeps its records, and a look after each test at what is still running."""

import contextlib
import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.servers import EMULATOR_KEY, running

MARK = "SIGNOFF_TEST"
"""A variable that every process of a test inherits, also one whose parent is gone."""
END_SECONDS = 5


@pytest.fixture(autouse=True)
def no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test starts has ended when the test has. Only Linux can tell."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    yield
    end = time.monotonic() + END_SECONDS
    while (left := _processes(f"{MARK}={mark}")) and time.monotonic() < end:
        time.sleep(0.05)
    for process in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert not left, f"still running: {list(left.values())}"


def _processes(mark: str) -> dict[int, str]:
    """Command lines of the processes that were started with this in their environment."""
    found: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(folder.name)] = command.decode(errors="replace").strip()
    return found


@pytest.fixture(params=["sqlite", "cosmos"])
def records(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The variables that name the store. Cosmos DB is a process of its own: it outlives the bot."""
    if request.param == "sqlite":
        yield {}
        return
    with running("minicosmos", "--auth", EMULATOR_KEY) as address:
        yield {
            "AZURE_COSMOS_ENDPOINT": address,
            "AZURE_COSMOS_DATABASE": "signoff",
            "AZURE_COSMOS_KEY": EMULATOR_KEY,
        }
