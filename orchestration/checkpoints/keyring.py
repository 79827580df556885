"""The secrets that saved states are signed with: nobody else who can write to the database makes one."""

import hashlib
import hmac
from dataclasses import dataclass, field

from orchestration.errors import InvalidInputError

SHORTEST_SECRET = 32
"""Characters."""

ID_SIZE, MAC_SIZE = 4, 32
"""Bytes of a key's id and of a signature."""


@dataclass(frozen=True)
class Keyring:
    """One or more secrets: the first signs, all verify, so a new one goes in front and old ones leave later.

    `unsigned` also accepts states of the first format, which has no signature. Whoever can write to the
    database can then forge one: only until the runs of that time have ended.
    """

    secrets: tuple[str, ...] = field(repr=False)
    unsigned: bool = False

    def __post_init__(self) -> None:
        if not self.secrets:
            raise InvalidInputError("There is no key to sign saved states with. Give one or more secrets.")
        for number, secret in enumerate(self.secrets, 1):
            if len(secret) < SHORTEST_SECRET:
                raise InvalidInputError(
                    f"Signing key {number} has {len(secret)} characters; {SHORTEST_SECRET} are the least. "
                    "`openssl rand -hex 32` makes a good one."
                )

    @classmethod
    def parse(cls, text: str, *, unsigned: bool = False) -> "Keyring":
        """Return the keys of a text with secrets between commas. Raises InvalidInputError."""
        return cls(tuple(part for part in map(str.strip, text.split(",")) if part), unsigned=unsigned)

    def sign(self, content: bytes) -> bytes:
        """Return the id of the first key and its signature, ID_SIZE + MAC_SIZE bytes."""
        return _key_id(self.secrets[0]) + _signature(self.secrets[0], content)

    def knows(self, seal: bytes) -> bool:
        """Whether the key that a seal names is here."""
        return any(hmac.compare_digest(_key_id(secret), seal[:ID_SIZE]) for secret in self.secrets)

    def verifies(self, seal: bytes, content: bytes) -> bool:
        """Whether one of the keys signed exactly this."""
        return any(
            hmac.compare_digest(_signature(secret, content), seal[ID_SIZE:])
            for secret in self.secrets
            if _key_id(secret) == seal[:ID_SIZE]
        )


def _key_id(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=ID_SIZE, person=b"signoff key id").digest()


def _signature(secret: str, content: bytes) -> bytes:
    return hmac.digest(secret.encode(), content, "sha256")
