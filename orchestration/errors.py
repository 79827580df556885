"""Every error of the program. The text of a SignoffError is the sentence that a person reads.

Exception
 └─ SignoffError              a person can act on it
     ├─ NotFoundError         no such run, workflow or question
     ├─ NotAllowedError       this person may not do that
     ├─ InvalidInputError     the words or values given do not work
     ├─ StepError             a step says why it cannot go on; trying again does not help
     └─ QuotaUsedUpError      a tenant may ask no model any more today; going on works again tomorrow
 └─ TransientError            the same may well succeed in a while, so it is tried again by itself
     └─ StepTimeoutError      a step took longer than it may
 └─ OutOfTimeError            the run has worked as long as it may; a person can allow more
 └─ ConflictError             the record changed since it was read: read again, decide again
 └─ StoreUnavailableError     the store did not answer; nothing is known about the write
BaseException
 └─ AttemptEnded              must reach the runner through code that swallows every Exception
     ├─ NotDurable            a checkpoint could not be saved
     ├─ OverBudget            the run waits for people to say whether it may cost more
     └─ Fenced                another worker owns the run now, or it has ended
"""


class SignoffError(Exception):
    """The text is a whole sentence, made for the person who caused it."""


class NotFoundError(SignoffError):
    """There is no such thing, or not for this person."""


class NotAllowedError(SignoffError):
    """The thing is there, but this person may not do that with it."""


class InvalidInputError(SignoffError):
    """What was typed or sent does not work as it is."""


class StepError(SignoffError):
    """A step cannot go on, and would not the next time either."""


class QuotaUsedUpError(SignoffError):
    """A tenant has used up what it may ask the models in a day. Not before the next day does a try help."""


class TransientError(Exception):
    """Something outside failed a step in a way that may pass. Steps and tools may raise it, too."""


class StepTimeoutError(TransientError):
    """A step took longer than it may."""


class OutOfTimeError(Exception):
    """A run has used up its working time. Trying again does not help; a person may allow more."""


class ConflictError(Exception):
    """Somebody else wrote first. The caller reads again and decides again."""


class StoreUnavailableError(Exception):
    """The store could not be reached, or did not answer in time."""


class AttemptEnded(BaseException):
    """Ends an attempt at once. Agent Framework swallows every Exception that a checkpoint save raises."""


class NotDurable(AttemptEnded):
    """The checkpoint of a superstep could not be saved, so the run must not go on."""


class OverBudget(AttemptEnded):
    """The checkpoint is saved, and with it the question whether the run may cost more: it must wait."""


class Fenced(AttemptEnded):
    """The worker has lost the run: it must write nothing more."""
