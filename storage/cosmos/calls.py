"""Calls to Cosmos DB under one deadline: which failures to repeat, and what the caller is told at the end.

azure-cosmos repeats 429, 503 and dropped connections by itself, but not 449, 410, 408, 500 or half an answer,
and it waits more than a minute for a silent server. `timeout=` of its own does not end a request that hangs.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TypeVar

from azure.core.exceptions import AzureError

from orchestration.errors import StoreUnavailableError

T = TypeVar("T")

FAILURES = (AzureError, TimeoutError)
"""What a call may raise. A batch's error and a broken answer are AzureErrors, but not Cosmos errors."""

NOT_NOW = frozenset({401, 403})
FINAL = frozenset({400, 404, 409, 412, 413}) | NOT_NOW
"""Answers that mean "not done, and not the next time either". After all others nothing is known."""

ATTEMPTS = 3
"""How often a silent server is asked within the deadline."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 1.0


class Calls:
    """Repeats what is safe to repeat, until the deadline, given in seconds."""

    def __init__(self, deadline: float, attempts: int = ATTEMPTS) -> None:
        self._deadline, self._attempts = deadline, attempts
        self.trouble: Exception | None = None
        """Why something had to be repeated the last time."""

    @asynccontextmanager
    async def bounded(self) -> AsyncGenerator[None]:
        """Put the deadline around an operation. Raises StoreUnavailableError when it has passed."""
        try:
            async with asyncio.timeout(self._deadline):
                yield
        except TimeoutError:
            raise StoreUnavailableError(f"Cosmos DB: no success in {self._deadline:g} seconds") from None
        except AzureError as error:
            if status_of(error) in NOT_NOW:
                raise StoreUnavailableError("Cosmos DB refuses this identity") from error
            raise

    async def once(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make one attempt. Its outcome is unknown when it raises something that is not final."""
        async with asyncio.timeout(self._deadline / self._attempts):
            return await call()

    async def steadily(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeat a call that does no harm when it is done twice. The deadline ends it."""
        for pause in pauses():
            try:
                return await self.once(call)
            except FAILURES as error:
                if is_final(error):
                    raise
                self.trouble = error
                await asyncio.sleep(pause)
        raise AssertionError  # pauses never end


def pauses() -> Iterator[float]:
    """Yield growing pauses between attempts, in seconds, without end."""
    pause = SHORTEST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


def is_final(error: Exception) -> bool:
    """Whether the error tells that the call was not carried out, and never will be."""
    return status_of(error) in FINAL


def status_of(error: Exception) -> int | None:
    """Return the HTTP status that an error stands for, if any."""
    return getattr(error, "status_code", None)
