"""How much the bot may say: Teams' limits per conversation and per tenant, kept before Teams has to refuse.

Source: "Optimize your bot with rate limiting in Teams": 7 messages in 1 s, 8 in 2 s, 60 in 30 s and 1,800 in
1 h for a bot in a conversation, and 50 requests a second for an app in a tenant.
"""

from bisect import insort
from collections import deque

CONVERSATION = ((1.0, 7), (2.0, 8), (30.0, 60), (3600.0, 1800))
"""(seconds, messages) for each conversation."""
TENANT = ((1.0, 50),)
PRUNE_EVERY = 1_000


class Allowance:
    """Counts what was sent. Times are seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str], deque[float]] = {}
        self._asked = 0

    def take(self, tenant: str, conversation: str, now: float, patience: float = 0.0) -> float:
        """Return how many seconds to wait. Up to `patience`, the message has its place and is counted.

        Places are given in the order of asking, so that many who wait do not all ask again and again.
        """
        self._asked += 1
        if self._asked % PRUNE_EVERY == 0:
            self._forget(now)
        wait = self.wait(tenant, conversation, now)
        if wait <= patience:
            insort(self._of(tenant, conversation), now + wait)
            insort(self._of(tenant, ""), now + wait)
        return wait

    def wait(self, tenant: str, conversation: str, now: float) -> float:
        """Return for how many seconds nothing more may be sent there."""
        here = _wait(self._of(tenant, conversation), CONVERSATION, now)
        return max(here, _wait(self._of(tenant, ""), TENANT, now))

    def _of(self, tenant: str, conversation: str) -> deque[float]:
        limits = CONVERSATION if conversation else TENANT
        times = self._sent.setdefault((tenant, conversation), deque())
        while len(times) > max(messages for _, messages in limits):
            times.popleft()
        return times

    def _forget(self, now: float) -> None:
        longest = max(seconds for seconds, _ in CONVERSATION)
        self._sent = {who: times for who, times in self._sent.items() if times and now - times[-1] < longest}


def _wait(times: deque[float], limits: tuple[tuple[float, int], ...], now: float) -> float:
    """Return how long until one more message keeps every limit. `times` are sorted, oldest first."""
    waits = [times[-messages] + seconds - now for seconds, messages in limits if len(times) >= messages]
    return max(0.0, *waits) if waits else 0.0
