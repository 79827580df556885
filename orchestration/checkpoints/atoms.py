"""The pieces of a state that a run stores once: messages, long texts, long bytes. Found by their content."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

ATOM = 200
"""Characters or bytes from which a text or bytes are stored once and referred to."""

LONG = 4 * 1024
"""Characters or bytes from which the same object is not hashed again at the next superstep."""

BLOB = 64 * 1024
"""Bytes above which an atom is stored beside the entries, under its digest."""

TEXT, BYTES, MESSAGE = "t", "b", "m"
"""The kinds. A capital letter in a row says that the content is a blob and the row holds only its digest."""

Content = str | bytes


class Row(NamedTuple):
    """An atom as an entry holds it."""

    kind: str
    data: bytes
    parts: bytes
    """The places of a message's long texts, as packed_pairs."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where an atom is stored."""

    entry: int
    index: int
    digest: bytes
    size: int
    """Bytes in the entry."""
    blob: str = ""
    parts: tuple["Place", ...] = ()

    @property
    def all(self) -> tuple["Place", ...]:
        """All that must be read to read this."""
        return (self, *self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """An object that will not change, with its digest. While it is held, no other object has its identity."""

    value: object
    digest: bytes


def kind_of(value: Content) -> str:
    """Return TEXT or BYTES."""
    return TEXT if type(value) is str else BYTES


def data_of(value: Content) -> bytes:
    """Return the bytes that are stored and hashed. Half surrogate pairs are text, too."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def value_of(kind: str, data: bytes) -> Content:
    """Return what data_of() was given."""
    return data.decode("utf-8", "surrogatepass") if kind == TEXT else data


def digest_of(kind: str, data: bytes, parts: Iterable[bytes] = ()) -> bytes:
    """Return the name of an atom. `parts` are the digests of a message's long texts, not in `data`."""
    hashing = hashlib.blake2b(data, digest_size=32, person=kind.encode())
    for part in parts:
        hashing.update(part)
    return hashing.digest()


def kept(value: Content) -> Kept:
    """Hash a text or bytes: 1 ms for a MB, most of it outside the interpreter's lock."""
    return Kept(value, digest_of(kind_of(value), data_of(value)))
