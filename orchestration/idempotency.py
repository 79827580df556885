"""The key under which a tool does something once, however often its step is repeated."""

import hashlib
from contextvars import ContextVar

from orchestration.model import Run

_run: ContextVar["Working"] = ContextVar("working")


class Working:
    """The run whose steps work in this context. Its record changes with every checkpoint."""

    def __init__(self, run: Run) -> None:
        self.run = run
        _run.set(self)


def idempotency_key(*what: str) -> str:
    """Return the key for one effect of a step: name the effect and what it is done to.

    A step that a crash or a failure repeats gets the same key, another step or another run a different one.
    The same words twice within one superstep are one effect. Raises LookupError outside of a run.
    """
    run = _run.get().run
    words = (run.tenant, run.id, str(run.superstep), *what)
    return hashlib.blake2b("\0".join(words).encode(), digest_size=16).hexdigest()
