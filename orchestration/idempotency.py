"""The run that a step works for, and the key under which a tool does something once."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from orchestration.model import Run

_run: ContextVar["Working"] = ContextVar("working")
_call: ContextVar[str] = ContextVar("call", default="")


class Working:
    """The run whose steps work in this context. Its record changes with every checkpoint."""

    def __init__(self, run: Run) -> None:
        self.run = run
        _run.set(self)


def current_run() -> Run:
    """Return the run whose step works here, as last saved. Raises LookupError outside of a run."""
    return _run.get().run


@contextmanager
def calling(name: str) -> Generator[None]:
    """Set apart what several calls of tools do in one superstep. A repeated one must use the same names."""
    before = _call.set(name)
    try:
        yield
    finally:
        _call.reset(before)


def idempotency_key(*what: str) -> str:
    """Return the key for one effect of a step: name the effect and what it is done to.

    A step that a crash or a failure repeats gets the same key, another step or another run a different one.
    The same words twice within one superstep are one effect, unless two calls of tools say them. Raises
    LookupError outside of a run.
    """
    run, call = current_run(), _call.get()
    words = (run.tenant, run.id, str(run.superstep), *([call] if call else []), *what)
    return hashlib.blake2b("\0".join(words).encode(), digest_size=16).hexdigest()
