"""How much a step may pass on."""

from orchestration.errors import StepError

MB = 1024 * 1024
MOST_PASSED_ON = 10 * MB
"""Bytes (UTF-8) of new content that one step may add to the state of its run."""

MUCH_PASSED_ON = 5 * MB
"""From here on the log has a warning."""


def refuse_too_much(size: int, *, room: int = 0) -> None:
    """Raise StepError when `size`, in bytes, is more than a step may pass on and `room` on top of it."""
    if size > MOST_PASSED_ON + room:
        shown, most = size / MB, MOST_PASSED_ON // MB
        shown = max(shown, most + 0.1)  # never "10.0 MB; 10 MB is the most"
        raise StepError(f"This step passes on {shown:.1f} MB; {most} MB is the most a step may.")
