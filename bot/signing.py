"""The keys that sign saved states: those of the settings, or those in a file beside the database."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bot.settings import Settings
from orchestration.checkpoints.keyring import Keyring
from orchestration.errors import SignoffError


def keyring_of(settings: Settings, database: Path) -> Keyring:
    """Return the keys to sign and to check with. Raises SignoffError.

    The file is made when it is missing. It keeps out nobody who can read the database's folder, so states
    without a signature, which the first version wrote, are read as well.
    """
    if settings.checkpoint_keys:
        return settings.checkpoint_keys
    file = database.with_suffix(".key")
    try:
        if not file.exists():
            _make(file)
        return Keyring.parse(file.read_text(), unsigned=True)
    except OSError as error:
        raise SignoffError(f"The key file {file} cannot be used: {error.strerror}.") from None


def known_keys(environ: Mapping[str, str], file: Path | None, database: Path) -> tuple[Keyring, str] | None:
    """Return keys to check with and where they are from; None when there are none. Makes nothing.

    They are in `file`, else in the variable, else beside the database. Raises SignoffError.
    """
    beside = database.with_suffix(".key")
    text = environ.get("SIGNOFF_CHECKPOINT_KEYS", "").strip()
    if file is None and text:
        return Keyring.parse(text), "SIGNOFF_CHECKPOINT_KEYS"
    if file is None and not beside.exists():
        return None
    try:
        return Keyring.parse((file or beside).read_text()), str(file or beside)
    except (OSError, UnicodeDecodeError):
        raise SignoffError(f"The key file {file or beside} cannot be read.") from None


def _make(file: Path) -> None:
    """Make the file whole or not at all: another process may start in the same instant and read it."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent)  # readable by this user only
    try:
        with os.fdopen(descriptor, "w") as new:
            new.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(name, file)
    finally:
        Path(name).unlink()
