"""Which model writes, by the environment: a local one, else OpenAI, else Azure OpenAI, else the demo model.

Everything is handed to the clients explicitly. Left alone, the SDK and the framework take what they miss from
the process's environment, and would send an OpenAI organisation to a local server.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

import openai
from agent_framework import (
    SupportsChatGetResponse,
)

from orchestration.agents.clients import BoundedHttp, CompleteAnswers, PlainSpokenClient
from orchestration.agents.demo import DemoChatClient
from orchestration.agents.usage import Metering
from orchestration.errors import InvalidInputError

RETRIES = 3
"""Further attempts of the SDK after 408, 409, 429, 5xx and broken connections; Retry-After: up to 120 s."""
CONNECT_SECONDS, ATTEMPT_SECONDS, MOST_SECONDS = 5.0, 60.0, 600.0
OPENAI_URL = "https://api.openai.com/v1"
ENTRA_SCOPE = "https://cognitiveservices.azure.com/.default"


class Token(Protocol):
    """What a credential gives."""

    @property
    def token(self) -> str: ...


class AsyncTokenCredential(Protocol):
    """A credential of azure-identity's aio side. It caches its tokens, and belongs to whoever made it."""

    async def get_token(self, *scopes: str) -> Token:
        """Return a token that is still valid."""
        ...


@dataclass(frozen=True)
class Model:
    """The model that writes for all runs of this process. `client` is safe for concurrent calls."""

    name: str
    """What runs record; "demo" is the demo model."""
    provider: str
    """local, openai, azure or demo."""
    describe: str
    """The model and where it runs, for people and logs."""
    client: SupportsChatGetResponse[Any] = field(repr=False)
    aclose: Callable[[], Awaitable[None]] = field(repr=False)
    """Closes the connections; does not close the credential."""
    clients: Mapping[str, SupportsChatGetResponse[Any]] = field(
        default_factory=dict[str, SupportsChatGetResponse[Any]], repr=False
    )
    """For the roles that have models of their own."""


def choose(
    environ: Mapping[str, str], *, azure_credential: Callable[[], AsyncTokenCredential] | None
) -> Model:
    """Return the first provider that is configured, else the demo model. Connects to nothing yet.

    A blank variable counts as not set. `azure_credential` is only called when Azure OpenAI is chosen without
    a key. Raises InvalidInputError, naming the variable, for a provider that is only half configured.
    """
    known = {name: value.strip() for name, value in environ.items() if value.strip()}
    if _configured(known, "LOCAL_MODEL_BASE_URL", "LOCAL_MODEL", "LOCAL_MODEL_API_KEY"):
        return _local(known)
    if _configured(known, "OPENAI_API_KEY", "OPENAI_MODEL", "OPENAI_BASE_URL"):
        return _openai(known)
    if _configured(known, "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_MODEL", "AZURE_OPENAI_API_KEY"):
        return _azure(known, azure_credential)
    return _demo(known)


def _configured(known: Mapping[str, str], first: str, second: str, optional: str) -> bool:
    given = [name for name in (first, second, optional) if name in known]
    missing = [name for name in (first, second) if name not in known]
    if given and missing:
        raise InvalidInputError(f"{given[0]} is set, but {missing[0]} is not. Set both, or neither.")
    return bool(given)


def _local(known: Mapping[str, str]) -> Model:
    address = _address(known, "LOCAL_MODEL_BASE_URL", private=False)
    key = _key(known, "LOCAL_MODEL_API_KEY") or "-"
    sdk = openai.AsyncOpenAI(api_key=key, base_url=address.geturl(), **_limits(known))
    return _served(sdk, known["LOCAL_MODEL"], "local", f"on {address.netloc}")


def _openai(known: Mapping[str, str]) -> Model:
    address = _address({"OPENAI_BASE_URL": OPENAI_URL, **known}, "OPENAI_BASE_URL", private=True)
    key = _key(known, "OPENAI_API_KEY")
    sdk = openai.AsyncOpenAI(api_key=key, base_url=address.geturl(), **_limits(known))
    model = _served(sdk, known["OPENAI_MODEL"], "openai", f"at OpenAI ({address.netloc})")
    sdk.organization, sdk.project = known.get("OPENAI_ORG_ID"), known.get("OPENAI_PROJECT_ID")
    return model


def _azure(known: Mapping[str, str], azure_credential: Callable[[], AsyncTokenCredential] | None) -> Model:
    address = _address(known, "AZURE_OPENAI_ENDPOINT", private=True)
    key = _key(known, "AZURE_OPENAI_API_KEY") or _token_of(azure_credential, _seconds(known))
    sdk = _azure_sdk(known, address.geturl(), key)
    return _served(sdk, known["AZURE_OPENAI_MODEL"], "azure", f"at Azure OpenAI ({address.netloc})")


def _azure_sdk(
    known: Mapping[str, str], address: str, key: str | Callable[[], Awaitable[str]]
) -> openai.AsyncOpenAI:
    """Return the client for Azure's v1 interface, or for the older, dated one if a version of it is named."""
    resource = address.rstrip("/").removesuffix("/openai/v1")
    if "AZURE_OPENAI_API_VERSION" not in known:
        return openai.AsyncOpenAI(api_key=key, base_url=f"{resource}/openai/v1", **_limits(known))
    who: dict[str, Any] = {"api_key": key} if isinstance(key, str) else {"azure_ad_token_provider": key}
    return openai.AsyncAzureOpenAI(
        azure_endpoint=resource, api_version=known["AZURE_OPENAI_API_VERSION"], **who, **_limits(known)
    )


def _demo(known: Mapping[str, str]) -> Model:
    async def nothing() -> None:
        """There is no connection to close."""

    delay = _number(known, "DEMO_MODEL_DELAY_SECONDS", 0.0)
    client = DemoChatClient(delay=delay, middleware=[Metering("demo")])
    return Model("demo", "demo", "the offline demo model (canned text)", client, nothing)


def _served(sdk: openai.AsyncOpenAI, name: str, provider: str, where: str) -> Model:
    sdk.organization = sdk.project = None  # the SDK took them from the process's environment
    # Metering is inside, so that an answer that cannot be used is still counted.
    client = PlainSpokenClient(
        name, async_client=sdk, base_url=str(sdk.base_url), middleware=[CompleteAnswers(), Metering(name)]
    )
    return Model(name, provider, f"{name} {where}", client, sdk.close)


def _token_of(
    azure_credential: Callable[[], AsyncTokenCredential] | None, limit: float
) -> Callable[[], Awaitable[str]]:
    if azure_credential is None:
        raise InvalidInputError("Azure OpenAI needs an Azure identity, or AZURE_OPENAI_API_KEY.")
    credential = azure_credential()

    async def token() -> str:
        async with asyncio.timeout(limit):
            return (await credential.get_token(ENTRA_SCOPE)).token

    return token


def _limits(known: Mapping[str, str]) -> dict[str, Any]:
    limit = _seconds(known)
    timeout = openai.Timeout(limit, connect=min(limit, CONNECT_SECONDS))
    return {"max_retries": RETRIES, "timeout": timeout, "http_client": BoundedHttp(limit)}


def _seconds(known: Mapping[str, str]) -> float:
    seconds = _number(known, "MODEL_TIMEOUT_SECONDS", ATTEMPT_SECONDS)
    if seconds <= 0:
        raise InvalidInputError("MODEL_TIMEOUT_SECONDS must be more than 0.")
    return seconds


def _number(known: Mapping[str, str], name: str, default: float) -> float:
    try:
        number = float(known.get(name, default))
    except ValueError:
        number = -1.0
    if not 0 <= number <= MOST_SECONDS:  # also refuses what is not a number
        raise InvalidInputError(f"{name} must be a number of seconds, at most {MOST_SECONDS:g}.")
    return number


def _address(known: Mapping[str, str], name: str, *, private: bool) -> SplitResult:
    """Return the address. `private`: what is sent there must not be readable on the way."""
    try:
        address = urlsplit(known[name])
        good = bool(address.hostname) and address.port != 0
    except ValueError:
        good, address = False, urlsplit("")
    if not good or address.scheme not in {"http", "https"} or "@" in address.netloc or address.query:
        raise InvalidInputError(
            f"{name} must be an address like https://host/path, without a password or query."
        )
    if private and address.scheme == "http" and address.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise InvalidInputError(f"{name} must begin with https://, because a key or token is sent there.")
    return address


def _key(known: Mapping[str, str], name: str) -> str:
    key = known.get(name, "")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise InvalidInputError(f"{name} has characters that no key has. Copy it again.")
    return key
