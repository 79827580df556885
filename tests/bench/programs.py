"""Processes beside the one that measures: they share neither its event loop nor its interpreter lock."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START, STOP = 60.0, 20.0
"""Seconds."""
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""What a process gets of this one's environment. No key of a model or a store is among it."""


@dataclass(frozen=True)
class Program:
    """A process that serves, and where."""

    address: str
    pid: int

    @property
    def megabytes(self) -> float:
        """What it holds in memory now: its resident set, in 10^6 bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found.group(1)) * 1024 / 1e6 if found else 0.0


@asynccontextmanager
async def started(module: str, *arguments: str, **variables: str) -> AsyncGenerator[Program]:
    """Run a module of Python until left. Its address is in the first line that it prints.

    Raises RuntimeError when it does not start, or does not last.
    """
    process = await _begun(module, *arguments, **variables)
    try:
        yield Program(await _address(module, process), process.pid)
        if process.returncode is not None:
            raise RuntimeError(f"{module} ended by itself, with {process.returncode}")
    finally:
        await _stopped(process)


@asynccontextmanager
async def running(module: str, *arguments: str, **variables: str) -> AsyncGenerator[str]:
    """Run a module of Python until left, and yield its address."""
    async with started(module, *arguments, **variables) as program:
        yield program.address


async def said(module: str, *arguments: str) -> str:
    """Run a module of Python to its end, and return what it prints. Raises RuntimeError when it fails."""
    process = await _begun(module, *arguments)
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{module} ended with {process.returncode}")
    return output.decode()


async def _begun(module: str, *arguments: str, **variables: str) -> Process:
    environ = {name: os.environ[name] for name in KEPT if name in os.environ} | variables
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=ROOT, env=environ, stdout=PIPE
    )


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
