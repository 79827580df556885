"""Whether an activity comes from the channel service, as its token proves, or from this machine."""

from typing import NoReturn

import jwt

from bot.auth.keys import UNREADABLE, NotAuthenticatedError, SigningKey, SigningKeys
from bot.sdk import Identity, Json

ISSUER = "https://api.botframework.com"
CLOCK_TOLERANCE = 300


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
        except UNREADABLE as error:
            _not_authenticated(error)


class LocalAuthentication:
    """Accepts every activity: for a bot that listens on loopback only."""

    async def authenticate(self, body: Json, header: str) -> Identity:
        """Return an identity that proves nothing."""
        return Identity({})


def _key_id(token: str) -> str:
    """Return which key the token says it is signed with. Nothing else of it is believed yet."""
    try:
        header = jwt.get_unverified_header(token)
    except UNREADABLE as error:
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
