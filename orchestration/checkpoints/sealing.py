"""The bytes of an entry: a format byte, a seal, and the compressed frame of envelope and atoms."""

import pickle
import zlib
from typing import NamedTuple

from orchestration.checkpoints import refusals
from orchestration.checkpoints.atoms import Row
from orchestration.checkpoints.dictionary import DICTIONARY
from orchestration.checkpoints.keyring import ID_SIZE, MAC_SIZE, Keyring
from orchestration.checkpoints.pickling import PROTOCOL, unpickled
from orchestration.model import RunKey

FORMAT = b"\x02"
FIRST_FORMAT = b"\x78"
"""Compressed JSON without a seal; the byte is zlib's own."""

MOST_INFLATED = 64 * 1024 * 1024
"""Bytes; the largest entry that is written has less than half of it."""

LEVEL, BLOB_LEVEL = 6, 3
"""For zlib: blobs are large, and nobody waits for a better ratio."""

_BARE = -15
_HEADER = len(FORMAT) + ID_SIZE + MAC_SIZE


class Frame(NamedTuple):
    """An entry as it is before compression."""

    envelope: bytes
    rows: list[Row]


class TooLargeError(Exception):
    """What was compressed is larger than anything that is written."""


def seal(frame: Frame, key: RunKey, number: int, keyring: Keyring) -> bytes:
    """Return the entry as it is stored. The seal holds for this run and number only."""
    packing = zlib.compressobj(LEVEL, wbits=_BARE, zdict=DICTIONARY)
    rows = [tuple(row) for row in frame.rows]
    body = packing.compress(pickle.dumps((frame.envelope, rows), PROTOCOL)) + packing.flush()
    return FORMAT + keyring.sign(_signed(key, number, body)) + body


def unseal(data: bytes, key: RunKey, number: int, keyring: Keyring) -> Frame:
    """Return the frame. Raises CheckpointRefusedError before anything is inflated or unpickled."""
    seal, body = data[len(FORMAT) : _HEADER], data[_HEADER:]
    if data[:1] != FORMAT:
        raise refusals.unknown_format(key.run, number)
    if not keyring.knows(seal):
        raise refusals.key_gone(key.run, number)
    if not keyring.verifies(seal, _signed(key, number, body)):
        raise refusals.changed(key.run, number)
    envelope, rows = unpickled(inflated(body, _BARE, DICTIONARY), _nothing)
    return Frame(envelope, [Row(*row) for row in rows])


def _signed(key: RunKey, number: int, body: bytes) -> bytes:
    parts = (FORMAT, key.tenant.encode(), key.run.encode(), str(number).encode(), body)
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _nothing(_reference: object) -> object:
    raise pickle.UnpicklingError("a frame refers to nothing")


def packed_blob(data: bytes) -> bytes:
    """Return a blob as it is stored. Nothing is signed: its digest is its name."""
    return zlib.compress(data, BLOB_LEVEL)


def inflated(data: bytes, wbits: int = zlib.MAX_WBITS, dictionary: bytes = b"") -> bytes:
    """Return the bytes. Raises TooLargeError instead of filling the memory, or zlib.error."""
    unpacking = zlib.decompressobj(wbits, dictionary)
    content = unpacking.decompress(data, MOST_INFLATED)
    if unpacking.unconsumed_tail:
        raise TooLargeError("it is larger than any that is written")
    if not unpacking.eof:
        raise zlib.error("the stream ends early")
    return content
