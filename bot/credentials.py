"""The bot's own token for the channel service: one for the process, renewed in the background.

The SDK would fetch a new one in every turn, with blocking calls.
"""

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self

from azure.core.credentials import AccessToken
from azure.identity.aio import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
)

from bot.settings import App, AppType, SettingsError
from orchestration.clock import Clock, system_clock

log = logging.getLogger(__name__)

SCOPE = "https://api.botframework.com/.default"
EXCHANGE_SCOPE = "api://AzureADTokenExchange/.default"
RENEW_BEFORE, NOT_SOONER = 900.0, 60.0
"""Seconds. azure-identity asks for a new token only in the last five minutes; earlier calls cost nothing."""
RETRY_AFTER = 20.0
ATTEMPT = 30.0


class Credential(Protocol):
    """An asynchronous credential of azure-identity, as far as it is used here."""

    async def get_token(self, *scopes: str) -> AccessToken:
        """Return a token, from a cache or from Entra."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class BotToken:
    """The current token. As a context manager it renews it, and closes the credential at the end."""

    def __init__(
        self, credential: Credential, *, clock: Clock = system_clock, sleep: "Sleep" = asyncio.sleep
    ) -> None:
        self._credential, self._clock, self._sleep = credential, clock, sleep
        self._token: AccessToken | None = None
        self._first = asyncio.Event()
        self._renewal: asyncio.Task[None] | None = None

    def current(self) -> str:
        """Return the token at once; empty while there is none that is valid."""
        if self._token is None or self._token.expires_on <= self._clock().timestamp():
            return ""
        return self._token.token

    @property
    def ready(self) -> bool:
        """Whether there is a valid token."""
        return bool(self.current())

    async def wait(self, seconds: float) -> bool:
        """Wait for the first token and return whether there is one."""
        try:
            await asyncio.wait_for(self._first.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def __aenter__(self) -> Self:
        self._renewal = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._renewal:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)
        await self._credential.close()

    async def _renew(self) -> None:
        while True:
            await self._sleep(await self._fetch())

    async def _fetch(self) -> float:
        """Fetch a token and return the seconds until the next time."""
        try:
            async with asyncio.timeout(ATTEMPT):
                self._token = await self._credential.get_token(SCOPE)
        except Exception as error:  # noqa: BLE001 - whatever it is: if this stopped, the bot would fall silent
            # The type only: the text of an error of Entra can be long, and names the request.
            log.error("the bot's token was not renewed: %s", type(error).__name__)  # noqa: TRY400
            return RETRY_AFTER
        self._first.set()
        return max(NOT_SOONER, self._token.expires_on - self._clock().timestamp() - RENEW_BEFORE)


Sleep = Callable[[float], Any]


class FederatedCredential:
    """A managed identity that is trusted as the app: its token is exchanged for one of the app.

    azure-identity calls for the assertion synchronously, so it is fetched before.
    """

    def __init__(self, app: App, identity: Credential, **options: Any) -> None:
        self._identity, self._assertion = identity, ""
        self._exchange = ClientAssertionCredential(app.tenant, app.id, lambda: self._assertion, **options)

    async def get_token(self, *scopes: str) -> AccessToken:
        """Return a token of the app."""
        self._assertion = (await self._identity.get_token(EXCHANGE_SCOPE)).token
        return await self._exchange.get_token(*scopes)

    async def close(self) -> None:
        """Close both."""
        await self._exchange.close()
        await self._identity.close()


def credential_for(app: App, **options: Any) -> Credential:
    """Return the credential of the bot. `options` are azure-identity's. Raises SettingsError."""
    if app.type is AppType.MANAGED_IDENTITY:
        return ManagedIdentityCredential(client_id=app.id, **options)
    if app.federated_client_id:
        identity = ManagedIdentityCredential(client_id=app.federated_client_id, **options)
        return FederatedCredential(app, identity, **options)
    if app.certificate_path:
        return _certificate(app, **options)
    return ClientSecretCredential(app.tenant, app.id, app.secret, **options)


def _certificate(app: App, **options: Any) -> Credential:
    try:
        return CertificateCredential(
            app.tenant, app.id, app.certificate_path, password=app.certificate_password or None, **options
        )
    except (OSError, ValueError) as error:
        problem = (
            f"MicrosoftAppCertificatePath: {app.certificate_path} cannot be used ({type(error).__name__})"
        )
        advice = "it must hold certificate and private key as PEM or PFX, and the password must be right"
        raise SettingsError([f"{problem}: {advice}."]) from None
