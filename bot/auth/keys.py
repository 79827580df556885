"""The keys that the channel service signs its tokens with."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
import jwt
from yarl import URL

from bot.wire import Json

log = logging.getLogger(__name__)

OPENID_METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
MAX_AGE, MIN_GAP, RETRY_GAP = 24 * 3600.0, 60.0, 5.0
"""Seconds: how old keys may become, and how long after a fetch, or a failed one, the next may start."""
FETCH_TIMEOUT = aiohttp.ClientTimeout(total=2)
UNREADABLE = (
    jwt.PyJWTError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading a key or a token of strangers may raise."""


class NotAuthenticatedError(Exception):
    """The activity does not come from the channel service. The reason is for the log."""


class KeysUnavailableError(Exception):
    """The signing keys could not be fetched, so nothing can be said about a token."""


@dataclass(frozen=True)
class SigningKey:
    """A public key, and the channels it may sign for; none: all."""

    key: Any
    channels: frozenset[str]


class SigningKeys:
    """The keys that channel tokens are signed with. Fetched on the event loop, by one request at a time.

    An unknown key id makes it look again, as keys are rotated. While a fetch fails, the old keys stay.
    """

    def __init__(
        self, url: str, http: aiohttp.ClientSession, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url, self._http, self._clock = url, http, clock
        self._keys: dict[str, SigningKey] = {}
        self._loaded_at = self._tried_at = float("-inf")
        self._fetch: asyncio.Task[None] | None = None

    async def get(self, key_id: str) -> SigningKey:
        """Return a key. Raises KeysUnavailableError or NotAuthenticatedError."""
        fetch = self._refresh(key_id)
        if key_id not in self._keys and fetch:
            await asyncio.shield(fetch)  # others wait for it too
        if key_id in self._keys:
            return self._keys[key_id]
        if self._loaded_at < self._tried_at:
            raise KeysUnavailableError
        raise NotAuthenticatedError("unknown signing key")

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetch:
            self._fetch.cancel()
            await asyncio.gather(self._fetch, return_exceptions=True)

    def _refresh(self, key_id: str) -> asyncio.Task[None] | None:
        if self._fetch and not self._fetch.done():
            return self._fetch
        if self._due(key_id):
            self._fetch = asyncio.create_task(self._load())
            return self._fetch
        return None

    def _due(self, key_id: str) -> bool:
        now = self._clock()
        gap = RETRY_GAP if self._loaded_at < self._tried_at else MIN_GAP
        return now - self._tried_at >= gap and (key_id not in self._keys or now - self._loaded_at > MAX_AGE)

    async def _load(self) -> None:
        try:
            metadata = await self._json(self._url)
            keys = _signing_keys(await self._json(self._same_scheme(metadata["jwks_uri"])))
        except (aiohttp.ClientError, OSError, *UNREADABLE) as error:
            log.warning("signing keys not fetched: %s: %s", type(error).__name__, error)
            self._tried_at = self._clock()
        else:
            self._keys = keys
            self._loaded_at = self._tried_at = self._clock()

    def _same_scheme(self, url: str) -> str:
        if URL(url).scheme != URL(self._url).scheme:
            raise ValueError("the keys are not where they should be")
        return url

    async def _json(self, url: str) -> Json:
        async with self._http.get(url, timeout=FETCH_TIMEOUT) as response:
            response.raise_for_status()
            return await response.json(content_type=None)


def _signing_keys(jwks: Json) -> dict[str, SigningKey]:
    keys: dict[str, SigningKey] = {}
    for jwk in cast(list[Json], jwks["keys"]):
        try:
            public = jwt.PyJWK(jwk, "RS256").key
            keys[jwk["kid"]] = SigningKey(public, frozenset(jwk.get("endorsements") or ()))
        except UNREADABLE:
            log.warning("a signing key that is not one for RS256 is left out")
    if not keys:
        raise ValueError("there are no keys")
    return keys
