"""What a failed attempt leaves on record."""

import traceback
from datetime import datetime

from orchestration.book import Book
from orchestration.errors import StepError
from orchestration.model import Failure, position_of
from orchestration.redact import redacted

DONE = (
    "What was approved may have been done already. Resume finishes it, and does it once; Retry starts anew, "
    "asks again, and could do it twice."
)
REASON_LIMIT = 2_000
"""Characters of a failure's reason that are kept; the stack is kept whole beside it."""


def failure_of(
    error: BaseException, *, book: Book, step: str, at: datetime, done: bool = False
) -> tuple[Failure, str]:
    """Return the record of a failure and the stack. Secrets are taken out of both.

    `done`: the step had begun to do what was approved. Then the run can always be resumed, which does that
    under the same idempotency key; a retry would have another one.
    """
    run = book.run
    number = position_of(run.steps, step)
    title = run.steps[number - 1].title if number else step or "Start"
    kept = "Everything up to this step is saved." if run.checkpoint else "Only the input is saved."
    kept = DONE if done else kept
    failure = Failure(
        id=f"failure-{run.failures + 1}",
        step=step,
        step_title=title,
        position=0 if any(known.role for known in run.steps if known.id == step) else number,
        total=len(run.steps),
        reason=redacted(str(error).strip() or type(error).__name__)[:REASON_LIMIT],
        cause=type(error).__name__,
        at=at,
        kept=kept,
        resumable=bool(run.checkpoint) and (done or not isinstance(error, StepError)),
    )
    return failure, redacted("".join(traceback.format_exception(error)))
