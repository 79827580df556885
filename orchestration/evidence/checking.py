"""Checks a file of evidence: the chain from the first line to the seal, and whose seal it is."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from orchestration.checkpoints.keyring import Keyring
from orchestration.evidence.chain import (
    BEGINNING,
    FORMAT,
    HEADER,
    MOST_BYTES,
    MOST_LINE_BYTES,
    SEAL,
    Json,
    digest_of,
    hash_of,
    signed,
    written,
)

MB = 1024 * 1024


@dataclass(frozen=True)
class Verified:
    """Every line fits. `genuine` is False when there were no keys to check the seal with."""

    header: Json
    lines: int
    """Without the seal."""
    genuine: bool


@dataclass(frozen=True)
class Broken:
    """The file is not as it was written. `sentence` names the first line that does not fit, and why."""

    sentence: str


def verify(lines: Iterable[bytes], keyring: Keyring | None) -> Verified | Broken:
    """Check the lines of a file, each with its newline, from the first to the last.

    Only one line at a time is kept. Without keys the chain is checked, and not who made it.
    """
    checked = _Reading(keyring)
    try:
        for line in lines:
            checked.take(line)
        return checked.end()
    except _MisfitError as misfit:
        return Broken(str(misfit))


class _MisfitError(Exception):
    """The sentence about the first line that does not fit."""


@dataclass
class _Reading:
    """How far a file has been checked."""

    keyring: Keyring | None
    number: int = 0
    size: int = 0
    head: str = BEGINNING
    header: Json = field(default_factory=dict[str, Any])
    sealed: bool = False

    def take(self, line: bytes) -> None:
        self.number += 1
        self._check_size(line)
        self._check_new(line)
        record = self._parsed(line)
        self._check_place(record)
        self._check_kind(record)
        self.head = hash_of(line[:-1])

    def end(self) -> Verified:
        if not self.number:
            raise _MisfitError("The file is empty.")
        if not self.sealed:
            raise _MisfitError(f"The end is missing: there is no seal after line {self.number}.")
        return Verified(self.header, self.number - 1, self.keyring is not None)

    def _check_size(self, line: bytes) -> None:
        self.size += len(line)
        if len(line) > MOST_LINE_BYTES:
            raise self._misfit(f"is longer than {MOST_LINE_BYTES // MB} MB, as no line of evidence is")
        if self.size > MOST_BYTES:
            raise _MisfitError(f"The file is larger than {MOST_BYTES // MB} MB, as no file of evidence is.")
        if not line.endswith(b"\n"):
            raise self._misfit("is cut off: the end of the file is missing or was changed")

    def _check_new(self, line: bytes) -> None:
        if hash_of(line[:-1]) == self.head:
            raise self._misfit("repeats the line before it")
        if self.sealed:
            raise self._misfit(f"comes after the seal in line {self.number - 1}: it was added")

    def _parsed(self, line: bytes) -> Json:
        try:
            record: object = json.loads(line[:-1])
            if isinstance(record, dict) and written(cast(Json, record)) == line[:-1]:
                return cast(Json, record)
        except (ValueError, RecursionError):
            raise self._misfit("is not JSON, so it was changed") from None
        raise self._misfit("was changed: it is not written as Signoff writes a line")

    def _check_place(self, record: Json) -> None:
        number = record.get("n")
        if type(number) is int and number != self.number:
            raise self._misfit(f"says that it is line {number}: lines were removed, added or swapped")
        if type(number) is not int:
            raise self._misfit("has no number, so it was changed")
        if record.get("previous") != self.head:
            before = f", or line {self.number - 1} before it" if self.number > 1 else ""
            raise _MisfitError(f"Line {self.number} was changed{before}.")

    def _check_kind(self, record: Json) -> None:
        if (record.get("kind") == HEADER) is not (self.number == 1):
            raise self._misfit(
                "is not the beginning of evidence of a run" if self.number == 1 else "begins anew"
            )
        if self.number == 1:
            self._check_format(record)
        if record.get("kind") == SEAL:
            self._check_seal(record)

    def _check_format(self, record: Json) -> None:
        if record.get("format") != FORMAT:
            raise _MisfitError("The file has a format that this version of Signoff does not know.")
        self.header = record

    def _check_seal(self, seal: Json) -> None:
        self.sealed = True
        if seal.get("lines") != self.number - 1 or seal.get("head") != self.head:
            raise self._misfit("is a seal for other lines than those before it")
        if seal.get("digest") != digest_of(seal):
            raise self._misfit("was changed: it is the seal, and does not fit itself")
        if self.keyring is not None:
            self._check_signature(seal, self.keyring)

    def _check_signature(self, seal: Json, keyring: Keyring) -> None:
        signature = _bytes(seal.get("signature"))
        if not keyring.knows(signature):
            raise _MisfitError(
                "The seal was made with a key that is not among these: by another Signoff, with a key that "
                "is no longer in use, or by somebody who made the file up."
            )
        if not keyring.verifies(signature, signed(seal)):
            raise _MisfitError("The seal is not genuine: somebody without the key made the file or its seal.")

    def _misfit(self, what: str) -> _MisfitError:
        return _MisfitError(f"Line {self.number} {what}.")


def _bytes(text: object) -> bytes:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""
