"""A server of signing keys, as login.botframework.com is one, and a maker of tokens."""

import asyncio
import json
import time
from types import TracebackType
from typing import Any, Self

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.fakes import teams

Json = dict[str, Any]


class KeyServer:
    """Serves OpenID metadata and keys over HTTP on loopback, and signs tokens with the newest key."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.endorsements: list[str] = ["msteams"]
        self.extra: list[Any] = []
        """More entries for the list of keys, good or bad."""
        self.fetches = 0
        self._fetched = asyncio.Condition()
        self.delay = 0.0
        self.broken = False
        self.rotate("key-1")

    def rotate(self, key_id: str) -> None:
        """Sign with a new key from now on, and publish only that."""
        self.keys = {key_id: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    @property
    def metadata(self) -> str:
        return f"{self._url}/v1/.well-known/openidconfiguration"

    def token(
        self, *, headers: Json | None = None, key: Any = None, algorithm: str = "RS256", **claims: Any
    ) -> str:
        """Return a token as Teams would send it. A claim or header that is None is left out."""
        [(key_id, private)] = self.keys.items()
        now = int(time.time())
        usual = {
            "iss": "https://api.botframework.com",
            "aud": teams.APP_ID,
            "serviceurl": teams.SERVICE_URL,
            "nbf": now - 10,
            "exp": now + 3600,
        }
        payload = json.dumps({name: value for name, value in (usual | claims).items() if value is not None})
        named = {
            name: value for name, value in ({"kid": key_id} | (headers or {})).items() if value is not None
        }
        return jwt.api_jws.encode(payload.encode(), key or private, algorithm, named)

    def header(self, **claims: Any) -> str:
        """Return an Authorization header."""
        return f"Bearer {self.token(**claims)}"

    async def fetched(self, times: int) -> None:
        """Wait until the metadata was asked for so many times."""
        async with self._fetched:
            await self._fetched.wait_for(lambda: self.fetches >= times)

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_get("/v1/.well-known/openidconfiguration", self._metadata)
        application.router.add_get("/v1/.well-known/keys", self._keys)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _metadata(self, _request: web.Request) -> web.Response:
        async with self._fetched:
            self.fetches += 1
            self._fetched.notify_all()
        await asyncio.sleep(self.delay)
        if self.broken:
            return web.Response(status=503)
        return web.json_response(
            {"issuer": "https://api.botframework.com", "jwks_uri": f"{self._url}/v1/.well-known/keys"}
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        await asyncio.sleep(self.delay)
        return web.json_response({"keys": [*self.extra, *map(self._public, self.keys)]})

    def _public(self, key_id: str) -> Json:
        jwk = json.loads(RSAAlgorithm.to_jwk(self.keys[key_id].public_key()))
        return jwk | {"use": "sig", "kid": key_id, "endorsements": self.endorsements}
