"""Lines that hold together: each has its number and the hash of the line before, the last one is the seal.

The format is fixed by files that people keep, so nothing here follows other JSON of the program.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from orchestration.checkpoints.keyring import Keyring

Json = dict[str, Any]

FORMAT = 1
HEADER, SEAL = "header", "seal"
BEGINNING = "0" * 64
"""Stands for the hash of the line before the first."""
MOST_BYTES = 50 * 1024 * 1024
"""Of a file."""
MOST_LINE_BYTES = 20 * 1024 * 1024

_PURPOSE = b"signoff evidence"
"""What is signed for a file is no signature of anything else, and the other way round."""


def chained(records: Iterable[Json], keyring: Keyring) -> Iterator[bytes]:
    """Return the lines of a file, each with its newline, and the seal after them."""
    head, number = BEGINNING, 0
    for number, record in enumerate(records, 1):
        line = written({**record, "n": number, "previous": head})
        head = hash_of(line)
        yield line + b"\n"
    yield written(_seal(number, head, keyring)) + b"\n"


def _seal(lines: int, head: str, keyring: Keyring) -> Json:
    seal: Json = {"kind": SEAL, "n": lines + 1, "previous": head, "lines": lines, "head": head}
    seal["signature"] = keyring.sign(signed(seal)).hex()
    return {**seal, "digest": digest_of(seal)}


def signed(seal: Json) -> bytes:
    """Return the bytes that the signature of a seal is for."""
    content = written({name: value for name, value in seal.items() if name not in {"signature", "digest"}})
    return b"".join(len(part).to_bytes(8, "big") + part for part in (_PURPOSE, content))


def digest_of(seal: Json) -> str:
    """Return the hash of a seal without its digest: nothing comes after it that could have its hash."""
    return hash_of(written({name: value for name, value in seal.items() if name != "digest"}))


def hash_of(line: bytes) -> str:
    """Return the SHA-256 of a line without its newline, as 64 hexadecimal digits."""
    return hashlib.sha256(line).hexdigest()


def written(record: Json) -> bytes:
    """Return the one way to write a record: sorted names, no spaces, UTF-8. Half an emoji becomes U+FFFD."""
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
