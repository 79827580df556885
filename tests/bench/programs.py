"""Processes beside the one that measures: they share neither its event loop nor its interpreter lock."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
START, STOP = 60.0, 20.0
"""Seconds."""
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""What a process gets of this one's environment. No key of a model or a store is among it."""


@asynccontextmanager
async def running(module: str, *arguments: str, **variables: str) -> AsyncGenerator[str]:
    """Run a module of Python until left. Yields the address in the first line that it prints.

    Raises RuntimeError when it does not start, or does not last.
    """
    environ = {name: os.environ[name] for name in KEPT if name in os.environ} | variables
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=ROOT, env=environ, stdout=PIPE
    )
    try:
        yield await _address(module, process)
        if process.returncode is not None:
            raise RuntimeError(f"{module} ended by itself, with {process.returncode}")
    finally:
        await _stopped(process)


@asynccontextmanager
async def emulator() -> AsyncGenerator[str]:
    """Run the look-alike of Cosmos DB. Yields its address."""
    async with running("tests.emulator.minicosmos", "--port", "0") as address:
        yield address


async def _address(module: str, process: Process) -> str:
    async with asyncio.timeout(START):
        line = (await process.stdout.readline()).decode() if process.stdout else ""
    found = re.search(r"http://[\d.]+:\d+", line)
    if found is None:
        raise RuntimeError(f"{module} did not start; its first line was {line!r}")
    return found.group()


async def _stopped(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
