"""Why a saved state is not read, in sentences for the person who has to do something about it."""

from orchestration.errors import SignoffError

_LOOK = "It is not used: retry the run, and find out who can write to the database."


class CheckpointRefusedError(SignoffError):
    """A saved state is not what Signoff stored, not all there, or from another version."""


def changed(run: str, number: int) -> CheckpointRefusedError:
    """The signature does not fit to the content, the run or the number."""
    return CheckpointRefusedError(
        f"The saved state {number} of {run} was changed by somebody else than Signoff, or belongs elsewhere. "
        f"{_LOOK}"
    )


def key_gone(run: str, number: int) -> CheckpointRefusedError:
    """None of the keys has the id that the seal names."""
    return CheckpointRefusedError(
        f"The saved state {number} of {run} was changed by somebody else than Signoff, or its key is no "
        "longer among the signing keys. Put the old key back behind the new one, then resume the run."
    )


def unsigned(run: str, number: int) -> CheckpointRefusedError:
    """The first format, where it is not allowed."""
    return CheckpointRefusedError(
        f"The saved state {number} of {run} has no signature: an earlier version of Signoff wrote it, or "
        "somebody else. Retry the run, or allow unsigned states until the old runs have ended."
    )


def unknown_format(run: str, number: int) -> CheckpointRefusedError:
    """The first byte is none of ours."""
    return CheckpointRefusedError(
        f"The saved state {number} of {run} has a format that this version of Signoff does not know. "
        "Go back to the version that wrote it, or retry the run."
    )


def incomplete(run: str, number: int, missing: str) -> CheckpointRefusedError:
    """Something that the state refers to was not loaded."""
    return CheckpointRefusedError(
        f"The saved state {number} of {run} is incomplete: {missing} is missing from the database. "
        "Retry the run."
    )


def blob_changed(run: str, number: int, digest: str) -> CheckpointRefusedError:
    """The content of a blob is not the one that its name stands for."""
    return CheckpointRefusedError(
        f"The large text {digest[:12]} of the saved state {number} of {run} was changed by somebody else "
        f"than Signoff. {_LOOK}"
    )


def unreadable(run: str, number: int, error: Exception) -> CheckpointRefusedError:
    """It is ours and whole, but this version cannot make objects of it."""
    return CheckpointRefusedError(
        f"The saved state {number} of {run} cannot be read by this version of Signoff ({error}). "
        "Go back to the version that wrote it, or retry the run."
    )
