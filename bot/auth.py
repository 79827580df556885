"""Who may talk to the bot: the channel service, proved by its token, and then only people of known tenants.

The SDK's own check fetches signing keys with blocking calls, accepts tokens of the Bot Framework Emulator,
and lets an activity without a service URL pass.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import aiohttp
import jwt
from yarl import URL

from bot.activities import tenant_of
from bot.sdk import Identity, Json

log = logging.getLogger(__name__)

ISSUER = "https://api.botframework.com"
OPENID_METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
CLOCK_TOLERANCE = 300
MAX_AGE, MIN_GAP, RETRY_GAP = 24 * 3600.0, 60.0, 5.0
"""Seconds: how old keys may become, and how long after a fetch, or a failed one, the next may start."""
FETCH_TIMEOUT = aiohttp.ClientTimeout(total=3)


_UNREADABLE = (jwt.PyJWTError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError)


class NotAuthenticatedError(Exception):
    """The activity does not come from the channel service. The reason is for the log."""


class KeysUnavailableError(Exception):
    """The signing keys could not be fetched, so nothing can be said about a token."""


class RefusedError(Exception):
    """The activity is authentic, but not for this bot: another channel, host or tenant."""


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
        except (aiohttp.ClientError, OSError, ValueError, LookupError, TypeError) as error:
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


class TokenAuthentication:
    """Accepts activities with a channel token for this bot, and nothing else."""

    def __init__(self, app_id: str, keys: SigningKeys) -> None:
        self._app_id, self._keys = app_id, keys

    async def authenticate(self, body: Json, header: str) -> Identity:
        """Return who sent this. Raises NotAuthenticatedError or KeysUnavailableError."""
        if not body.get("serviceUrl") or not body.get("channelId"):
            raise NotAuthenticatedError("an activity without service URL or channel")
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer":
            raise NotAuthenticatedError("no bearer token")
        key = await self._keys.get(_key_id(token))
        if key.channels and body["channelId"] not in key.channels:
            raise NotAuthenticatedError("the key does not sign for this channel")
        return Identity(_service(self._claims(token, key), body["serviceUrl"]))

    def _claims(self, token: str, key: SigningKey) -> Json:
        try:
            return jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self._app_id,
                issuer=ISSUER,
                leeway=CLOCK_TOLERANCE,
                options={"require": ["exp", "iss", "aud"], "strict_aud": True},
            )
        except _UNREADABLE as error:
            _not_authenticated(error)


class LocalAuthentication:
    """Accepts every activity: for a bot that listens on loopback only."""

    async def authenticate(self, body: Json, header: str) -> Identity:
        """Return an identity that proves nothing."""
        return Identity({})


class AllowList:
    """Which channel, service hosts and tenants the bot talks with, in both directions."""

    def __init__(self, *, hosts: frozenset[str], tenants: frozenset[str], local: bool = False) -> None:
        """In local mode HTTP on any port is right, and no tenants means every tenant."""
        self._hosts, self._tenants, self._local = hosts, tenants, local

    def check(self, body: Json) -> None:
        """Raise RefusedError if this activity is not for the bot."""
        if body["channelId"] != "msteams":
            raise RefusedError("This bot is only for Microsoft Teams.")
        if not self.allows(body["serviceUrl"]):
            raise RefusedError("This service URL is not allowed.")
        self._check_tenant(body)

    def allows(self, url: str) -> bool:
        """Return whether the bot may send there; its token goes along."""
        try:
            address = URL(url)
        except ValueError:
            return False
        if address.user is not None or address.host not in self._hosts or "{" in url:
            return False  # the SDK takes braces for places to fill in
        return address.scheme in ("http", "https") if self._local else address.origin() == _https(address)

    def _check_tenant(self, body: Json) -> None:
        tenant = tenant_of(body).lower()
        named = body["conversation"].get("tenantId") or tenant
        if not tenant or named.lower() != tenant:
            raise RefusedError("The activity does not say clearly which tenant it is from.")
        if tenant not in self._tenants and (self._tenants or not self._local):
            raise RefusedError("This tenant may not use the bot.")


def _https(address: URL) -> URL:
    return URL.build(scheme="https", host=address.host or "")


def _signing_keys(jwks: Json) -> dict[str, SigningKey]:
    keys: dict[str, SigningKey] = {}
    for jwk in cast(list[Json], jwks["keys"]):
        try:
            public = jwt.PyJWK(jwk, "RS256").key
            keys[jwk["kid"]] = SigningKey(public, frozenset(jwk.get("endorsements") or ()))
        except _UNREADABLE:
            log.warning("a signing key that is not one for RS256 is left out")
    if not keys:
        raise ValueError("there are no keys")
    return keys


def _key_id(token: str) -> str:
    """Return which key the token says it is signed with. Nothing else of it is believed yet."""
    try:
        header = jwt.get_unverified_header(token)
    except _UNREADABLE as error:
        _not_authenticated(error)
    if header.get("alg") != "RS256" or not header.get("kid"):
        raise NotAuthenticatedError("not signed with RS256 and a named key")
    return header["kid"]


def _service(claims: Json, service_url: str) -> Json:
    """The token is good for one service URL: that is where answers, with the bot's own token, will go."""
    if claims.get("serviceurl") != service_url:
        raise NotAuthenticatedError("the token is for another service URL")
    return claims


def _not_authenticated(error: Exception) -> NoReturn:
    raise NotAuthenticatedError(f"{type(error).__name__}: {error}") from error
