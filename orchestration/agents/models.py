"""Which model writes, by the environment: a local one, else OpenAI, else Azure OpenAI, else the demo model.

Everything is handed to the clients explicitly. Left alone, the SDK and the framework take what they miss from
the process's environment, and would send an OpenAI organisation to a local server.
"""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

import httpx2
import openai
from agent_framework import (
    ChatContext,
    ChatMiddleware,
    ChatResponse,
    ChatResponseUpdate,
    Message,
    ResponseStream,
    SupportsChatGetResponse,
)
from agent_framework.exceptions import ChatClientContentFilterException, ChatClientException
from agent_framework_openai import OpenAIChatCompletionClient

from orchestration.agents.demo import DemoChatClient
from orchestration.agents.usage import Metering
from orchestration.errors import InvalidInputError, TransientError
from orchestration.limits import is_transient
from orchestration.redact import redacted

RETRIES = 3
"""Further attempts of the SDK after 408, 409, 429, 5xx and broken connections; Retry-After: up to 120 s."""
CONNECT_SECONDS, ATTEMPT_SECONDS, MOST_SECONDS = 5.0, 60.0, 600.0
OPENAI_URL = "https://api.openai.com/v1"
CLOSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
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


# ---- the client: how it asks, and what it says when there is no answer ---------------------


A = TypeVar("A", ChatResponse, ChatResponseUpdate)


class BoundedHttp(openai.DefaultAsyncHttpxClient):
    """Bounds a whole attempt; by itself httpx bounds each read. A stream is bounded between its pieces."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self._limit = limit

    async def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        try:
            async with asyncio.timeout(self._limit):
                return await super().send(request, **how)
        except TimeoutError:
            raise httpx2.ReadTimeout("no whole answer in time", request=request) from None


class PlainSpokenClient(OpenAIChatCompletionClient):
    """Says in a sentence why the model gave no answer, without the words of the request or any secret."""

    recorded = ""
    """The name that its answers bear; empty: what the provider calls the model."""

    def _inner_get_response(
        self, *, messages: Sequence[Message], options: Mapping[str, Any], stream: bool = False, **kwargs: Any
    ) -> Awaitable[ChatResponse] | ResponseStream[ChatResponseUpdate, ChatResponse]:
        answer = super()._inner_get_response(messages=messages, options=options, stream=stream, **kwargs)
        if not stream:
            return self._whole(cast("Awaitable[ChatResponse]", answer))
        pieces = self._pieces(cast("AsyncIterable[ChatResponseUpdate]", answer))
        return self._build_response_stream(pieces, response_format=options.get("response_format"))

    async def _whole(self, answer: Awaitable[ChatResponse]) -> ChatResponse:
        try:
            return self._named(await answer)
        except ChatClientException as error:
            raise self._plainly(error) from None

    async def _pieces(self, answer: AsyncIterable[ChatResponseUpdate]) -> AsyncIterable[ChatResponseUpdate]:
        try:
            async for piece in answer:
                yield self._named(piece)
        except ChatClientException as error:
            raise self._plainly(error) from None

    def _named(self, answer: A) -> A:
        answer.model = self.recorded or answer.model
        return answer

    def _plainly(self, error: ChatClientException) -> ChatClientException:
        return _kind(error)(f"The model {self.model} {reason(error)}")


def _kind(error: ChatClientException) -> type[ChatClientException]:
    if isinstance(error, ChatClientContentFilterException):
        return ChatClientContentFilterException
    if is_away(error.__cause__):
        return ModelAwayError
    return ModelClosedError if getattr(error.__cause__, "status_code", 0) in CLOSED else ChatClientException


class ModelAwayError(ChatClientException, TransientError):
    """The model gave no answer this time, for a reason that may pass."""


class ModelClosedError(ChatClientException):
    """The model does not let us in, or is not there: a matter of its configuration, not of the request."""


def is_away(cause: BaseException | None) -> bool:
    """Whether the SDK's error says nothing about what was asked."""
    return isinstance(cause, openai.APIConnectionError) or (cause is not None and is_transient(cause))


class CompleteAnswers(ChatMiddleware):
    """Refuses an answer that was cut off: half a text must not be put to people for approval."""

    async def process(self, context: ChatContext, call_next: Callable[[], Awaitable[None]]) -> None:
        if context.stream:
            context.stream_result_hooks.append(_ended)
        await call_next()
        if isinstance(context.result, ChatResponse):
            _complete(context.result)


def _ended(response: ChatResponse) -> ChatResponse:
    if response.finish_reason is None:
        raise ChatClientException("The answer of the model was cut off: the stream ended too early.")
    return _complete(response)


def _complete(response: ChatResponse) -> ChatResponse:
    match response.finish_reason:
        case "length":
            raise ChatClientException(
                "The answer of the model was cut off: it reached the model's length limit."
            )
        case "content_filter":
            raise ChatClientException("The answer of the model was cut off by the provider's content filter.")
        case _:
            return response


def reason(error: ChatClientException) -> str:
    """Return why there was no answer, as the rest of a sentence that begins with the model."""
    if isinstance(error, ChatClientContentFilterException):
        return "did not answer: the provider's content filter refused the text."
    match error.__cause__:
        case openai.APITimeoutError() | TimeoutError():
            return "gave no answer in time."
        case openai.APIConnectionError():
            return "could not be reached, or the connection broke."
        case openai.APIStatusError() as refusal:
            return _refused(refusal)
        case openai.OpenAIError() | ValueError() | TypeError() | AttributeError():
            return "answered with something that is not a chat completion."
        case other:
            return f"could not be asked ({type(other).__name__})."


def _refused(error: openai.APIStatusError) -> str:
    trace = f" Request {error.request_id}." if error.request_id else ""
    match error.status_code:
        case 401 | 403:
            why = "refused our key or identity."
        case 404:
            why = "was not found at the provider: check its name and the address."
        case 429:
            why = "is asked too much at the moment, or its quota is used up."
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            why = "failed at the provider."
        case _:  # the request itself: the provider's words are the only ones that help
            why = f"refused the request: {redacted(error.message)[:300]}"
    return f"{why} (Status {error.status_code}.){trace}"
