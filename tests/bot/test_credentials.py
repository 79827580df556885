"""The bot's own token: one for the process, renewed before it ends, never asked for in a turn."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ManagedIdentityCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bot.credentials import (
    EXCHANGE_SCOPE,
    RETRY_AFTER,
    SCOPE,
    BotToken,
    FederatedCredential,
    credential_for,
)
from bot.settings import App, AppType, SettingsError

APP = "00000000-0000-4000-8000-0000000000b0"
TENANT = "11111111-1111-4111-8111-111111111111"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)


class Time:
    """A clock that moves only while somebody sleeps, and notes for how long."""

    def __init__(self) -> None:
        self.now = START
        self.sleeps: list[float] = []
        self.sleeping = asyncio.Event()
        self._gate = asyncio.Semaphore(0)

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.sleeping.set()
        await self._gate.acquire()
        self.now += timedelta(seconds=seconds)

    async def pass_on(self) -> None:
        """Let the current sleep end."""
        self._gate.release()
        for _ in range(5):
            await asyncio.sleep(0)


class FakeCredential:
    """Gives tokens that last an hour, or raises."""

    def __init__(self, time: Time | None = None) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.error: Exception | None = None
        self.closed = False
        self._time = time

    async def get_token(self, *scopes: str) -> AccessToken:
        self.asked.append(scopes)
        if self.error:
            raise self.error
        now = self._time.now.timestamp() if self._time else time.time()
        return AccessToken(f"token-{len(self.asked)}", int(now) + 3600)

    async def close(self) -> None:
        self.closed = True


async def test_the_token_is_there_before_it_is_needed() -> None:
    credential = FakeCredential()
    async with BotToken(credential) as token:
        assert await token.wait(1)
        assert [token.current() for _ in range(3)] == ["token-1"] * 3
        assert token.ready
    assert credential.asked == [(SCOPE,)]
    assert credential.closed


async def test_it_is_renewed_before_it_ends() -> None:
    passing = Time()
    async with BotToken(FakeCredential(passing), clock=passing.clock, sleep=passing.sleep) as token:
        await token.wait(1)
        await passing.pass_on()
        assert passing.sleeps[0] == 3600 - 900
        assert token.current() == "token-2"


async def test_while_it_cannot_be_renewed_the_old_one_serves_until_it_ends(caplog: Any) -> None:
    passing = Time()
    credential = FakeCredential(passing)
    async with BotToken(credential, clock=passing.clock, sleep=passing.sleep) as token:
        await token.wait(1)
        credential.error = ClientAuthenticationError("AADSTS7000215: the secret is wrong")
        await passing.pass_on()
        assert passing.sleeps[-1] == RETRY_AFTER
        assert token.current() == "token-1"
        passing.now = START + timedelta(hours=1)
        assert (token.current(), token.ready) == ("", False)
        credential.error = None
        await passing.pass_on()
        assert token.current().startswith("token-")
    assert "ClientAuthenticationError" in caplog.text
    assert "AADSTS" not in caplog.text


async def test_without_a_token_it_says_so_and_goes_on_trying() -> None:
    credential = FakeCredential()
    credential.error = ClientAuthenticationError("no")
    async with BotToken(credential) as token:
        assert not await token.wait(0.05)
        assert (token.current(), token.ready) == ("", False)


async def test_no_kind_of_error_ends_the_renewal() -> None:
    passing = Time()
    credential = FakeCredential(passing)
    credential.error = ZeroDivisionError()
    async with BotToken(credential, clock=passing.clock, sleep=passing.sleep) as token:
        await passing.sleeping.wait()
        credential.error = None
        await passing.pass_on()
        assert token.ready


async def test_a_token_without_a_start_is_not_there() -> None:
    assert BotToken(FakeCredential()).current() == ""


# ---- against a token endpoint -----------------------------------------------------------


class FakeEntra:
    """The token endpoint on loopback, and a transport that leads azure-identity there."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.refusing = False

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def transport(self) -> AioHttpTransport:
        return Detour(f"http://127.0.0.1:{self._runner.addresses[0][1]}")

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        self.asked.append({"tenant": request.match_info["tenant"]} | form)
        if self.refusing:
            error = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}
            return web.json_response(error, status=401)
        return web.json_response({"token_type": "Bearer", "expires_in": 3599, "access_token": "entra-token"})


class Detour(AioHttpTransport):
    """Sends what is meant for Entra to an address on loopback."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    async def send(self, request: Any, **config: Any) -> Any:
        assert urlsplit(request.url).hostname == "login.microsoftonline.com"
        request.url = self._base + urlsplit(request.url).path
        return await super().send(request, **config)


@pytest.fixture
async def entra() -> AsyncIterator[FakeEntra]:
    async with FakeEntra() as server:
        yield server


def single_tenant(**credential: str) -> App:
    return App(APP, AppType.SINGLE_TENANT, TENANT, **credential)


async def test_a_secret_is_exchanged_for_a_token(entra: FakeEntra) -> None:
    credential = credential_for(single_tenant(secret="the-secret"), transport=entra.transport)  # noqa: S106
    async with BotToken(credential) as token:
        assert await token.wait(5)
        assert token.current() == "entra-token"
    [asked] = entra.asked
    assert (asked["tenant"], asked["client_id"], asked["scope"]) == (TENANT, APP, SCOPE)
    assert asked["client_secret"] == "the-secret"  # noqa: S105


async def test_a_certificate_signs_for_a_token(entra: FakeEntra, tmp_path: Path) -> None:
    path, key = certificate(tmp_path, b"open")
    app = single_tenant(certificate_path=str(path), certificate_password="open")  # noqa: S106
    async with BotToken(credential_for(app, transport=entra.transport)) as token:
        assert await token.wait(5)
    [asked] = entra.asked
    audience = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
    assertion = asked["client_assertion"]
    algorithm = jwt.get_unverified_header(assertion)["alg"]
    claims = jwt.decode(assertion, key.public_key(), algorithms=[algorithm], audience=audience)
    assert (claims["iss"], claims["sub"]) == (APP, APP)


async def test_a_managed_identity_is_exchanged_for_the_app(entra: FakeEntra) -> None:
    identity = FakeCredential()
    app = single_tenant(federated_client_id=TENANT)
    async with BotToken(FederatedCredential(app, identity, transport=entra.transport)) as token:
        assert await token.wait(5)
        assert token.current() == "entra-token"
    assert identity.asked == [(EXCHANGE_SCOPE,)]
    assert identity.closed
    [asked] = entra.asked
    assert (asked["client_id"], asked["client_assertion"]) == (APP, "token-1")


async def test_the_kind_of_credential_follows_the_settings() -> None:
    identity = credential_for(App(APP, AppType.MANAGED_IDENTITY, TENANT))
    federated = credential_for(single_tenant(federated_client_id=TENANT))
    assert isinstance(identity, ManagedIdentityCredential)
    assert isinstance(federated, FederatedCredential)
    await identity.close()
    await federated.close()


@pytest.mark.parametrize("trouble", ["missing", "no key", "wrong password"])
def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path, trouble: str) -> None:
    path, _ = certificate(tmp_path, b"open")
    if trouble == "missing":
        path = tmp_path / "nothing.pem"
    if trouble == "no key":
        path.write_text("nothing useful")
    with pytest.raises(SettingsError, match=r"MicrosoftAppCertificatePath: .* cannot be used"):
        credential_for(single_tenant(certificate_path=str(path), certificate_password="shut"))  # noqa: S106


async def test_errors_of_entra_do_not_reach_the_log_with_the_secret(entra: FakeEntra, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    entra.refusing = True
    credential = credential_for(single_tenant(secret="the-secret"), transport=entra.transport)  # noqa: S106
    passing = Time()
    async with BotToken(credential, sleep=passing.sleep) as token:
        await passing.sleeping.wait()
        assert not token.ready
    assert entra.asked
    assert "the bot's token was not renewed" in caplog.text
    assert "the-secret" not in caplog.text


def certificate(folder: Path, password: bytes) -> tuple[Path, rsa.RSAPrivateKey]:
    """Return a PEM file with a self-signed certificate and its encrypted key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signoff")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START - timedelta(days=1))
        .not_valid_after(START + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    encryption = serialization.BestAvailableEncryption(password)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    path = folder / "bot.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path, key
