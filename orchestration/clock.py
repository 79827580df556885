"""Time and ids, as arguments: nothing in the core asks the machine by itself."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


def run_id(day: datetime, *causes: str) -> str:
    """Return the run id that belongs to these causes: the same causes always give the same id.

    A message that is delivered twice therefore names one run. 40 bits of a hash follow the day (UTC).
    """
    digest = hashlib.blake2b("\0".join(causes).encode(), digest_size=5).digest()
    return f"run-{day.astimezone(UTC):%Y%m%d}-{base64.b32encode(digest).decode().lower()}"
