"""The commands `signoff export` and `signoff verify`, for administrators at the machine."""

import argparse
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from bot.resources import store_of
from bot.settings import Settings
from bot.signing import keyring_of, known_keys
from bot.wire import record, words
from cards.text import brief
from orchestration import exports
from orchestration.clock import system_clock
from orchestration.errors import SignoffError
from orchestration.evidence import MOST_LINE_BYTES, Broken, Verified, verify
from orchestration.model import Person

ADMINISTRATOR = "An administrator at the machine"
NO_KEYS = (
    "The seal was not checked, because there are no keys here: somebody could have made up the whole file. "
    "Give them with --keys-file or SIGNOFF_CHECKPOINT_KEYS."
)


def arguments(commands: Any, database: Path) -> None:
    """Declare both commands."""
    export = commands.add_parser("export", help="write what is stored about a run to a file of evidence")
    export.add_argument("run", help="its short or long id")
    export.add_argument("--tenant", required=True, help="id of the tenant it belongs to")
    export.add_argument("--out", type=Path, required=True, help="the new file")
    export.add_argument("--local", action="store_true", help="of a bot in local mode")
    export.add_argument(
        "--database", type=Path, default=database, help="SQLite file (else Cosmos DB, if set)"
    )
    check = commands.add_parser("verify", help="check a file of evidence")
    check.add_argument("file", type=Path)
    check.add_argument("--keys-file", type=Path, help="keys of the seal (else SIGNOFF_CHECKPOINT_KEYS)")
    check.add_argument("--database", type=Path, default=database, help="else the keys beside this database")


async def export(asked: argparse.Namespace, environ: Mapping[str, str]) -> str:
    """Write the file; return what was done. Raises SignoffError, and then nothing was written."""
    settings = Settings.local(environ) if asked.local else Settings.from_environ(environ)
    if settings.cosmos is None and not asked.database.is_file():
        raise SignoffError(f"There is no database {asked.database}. Name it with --database.")
    if asked.out.exists():
        raise SignoffError(f"{asked.out} exists already. Choose another name.")
    content = await _content(asked, settings)
    _write(asked.out, content)
    lines = content.count(b"\n")
    return f"{asked.out} has {lines} lines. “signoff verify {asked.out}” checks them."


async def _content(asked: argparse.Namespace, settings: Settings) -> bytes:
    store = store_of(settings, asked.database)
    await store.open()
    try:
        key = await exports.named(store, store, asked.tenant.lower(), asked.run)
        by = Person(key.tenant, "", ADMINISTRATOR)
        return await exports.file_of(store, key, keyring_of(settings, asked.database), system_clock, by=by)
    finally:
        await store.close()


def _write(out: Path, content: bytes) -> None:
    """Write a new file that nobody else on this machine can read: it has everybody's comments."""
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SignoffError(f"{out} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        out.unlink(missing_ok=True)
        raise SignoffError(f"{out} cannot be written: {error.strerror}.") from None


def check(asked: argparse.Namespace, environ: Mapping[str, str]) -> tuple[bool, str]:
    """Return whether the file is good, and what was found. Raises SignoffError when it cannot be checked."""
    keys = known_keys(environ, asked.keys_file, asked.database)
    try:
        with asked.file.open("rb") as file:
            found = verify(_lines(file), keys[0] if keys else None)
    except OSError as error:
        raise SignoffError(f"{asked.file} cannot be read: {error.strerror}.") from None
    source = f"The keys were those of {keys[1]}." if keys else NO_KEYS
    match found:
        case Broken(sentence):
            return False, f"{asked.file} is not good. {sentence}" + (f"\n{source}" if keys else "")
        case Verified():
            return True, f"{asked.file} is good. {_described(found)}\n{source}"


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Read line by line, and never more of one than a line may have."""
    while line := file.readline(MOST_LINE_BYTES + 1):
        yield line


def _described(found: Verified) -> str:
    """Say what the file is about. Its words come from a file that anybody may have made."""
    head = found.header
    by = words(record(head.get("exported_by")).get("name"))
    requester = words(record(head.get("requester")).get("name"))
    about = [words(head.get(name)) for name in ("run", "workflow_title", "exported")]
    run, workflow, at = (brief(text, 100) for text in about)
    sealed = " The seal is genuine." if found.genuine else ""
    return (
        f"All {found.lines} lines and the seal after them fit together.{sealed}\n"
        f"Run {run} of {workflow}, started by {brief(requester, 100)}; exported {at} by {brief(by, 100)}."
    )
