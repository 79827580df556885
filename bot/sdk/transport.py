"""One HTTP request to the connector service, on the event loop; takes the place of msrest's pipeline.

That one runs `requests` in the event loop's few default threads, retries by itself, waits up to 100 seconds,
and loses the status of what it retried.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Protocol, cast

import aiohttp
from yarl import URL

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=3, sock_connect=3, sock_read=10)
USER_AGENT = "Signoff (Microsoft-BotFramework/3.1; BotBuilder Python)"


class SendError(Exception):
    """The connector service did not take a message as it should.

    `status` is None when there was no answer, and 403 for an address that we do not talk to; `code` is the
    service's word for the reason; `retry_after` is in seconds. `ambiguous`: the message may have arrived all
    the same, and once more could show it twice.
    """

    def __init__(
        self,
        status: int | None,
        code: str,
        retry_after: float | None = None,
        *,
        ambiguous: bool | None = None,
    ) -> None:
        super().__init__(f"The connector service answered {status or 'nothing'} ({code}).")
        self.status, self.code, self.retry_after = status, code, retry_after
        self.ambiguous = _unclear(status) if ambiguous is None else ambiguous


class Request(Protocol):
    """What the SDK hands to its pipeline."""

    method: str
    url: str
    headers: Any
    data: str | None


@dataclass
class _Get:
    """A request of ours."""

    url: str
    method: str = "GET"
    headers: Any = None
    data: str | None = None


@dataclass(frozen=True)
class Reply:
    """What the SDK expects from its pipeline. Success is 200 for it: it would refuse other 2xx."""

    context: dict[str, Any]
    http_response: SimpleNamespace


class Transport:
    """Sends the SDK's requests. The bot's token goes to an address only if `allows` says so."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        allows: Callable[[str], bool],
        token: Callable[[], str] | None = None,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        """Without `token`, as in local mode, requests are anonymous. It returns "" while there is none."""
        self._http, self._allows, self._token, self._timeout = http, allows, token, timeout

    async def run(self, request: Request, **_options: Any) -> Reply:
        """Send once. Raises SendError for everything but success."""
        headers = self._headers(request)
        try:
            return await self._exchange(request, headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise SendError(None, type(error).__name__, ambiguous=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SendError(None, type(error).__name__, ambiguous=True) from error

    async def get(self, url: str) -> dict[str, Any]:
        """Return the JSON object at an address that is quoted already. Raises SendError."""
        reply = await self.run(_Get(url))
        return cast(dict[str, Any], reply.context["deserialized_data"])

    def check(self, url: str) -> None:
        """Raise SendError if the token must not go there."""
        if not self._allows(url):
            raise SendError(403, "ServiceUrlNotAllowed")

    def _headers(self, request: Request) -> dict[str, str]:
        self.check(request.url)
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": USER_AGENT}
        if self._token is None:
            return headers
        if not (token := self._token()):
            raise SendError(None, "NoToken", ambiguous=False)
        return headers | {"Authorization": f"Bearer {token}"}

    async def _exchange(self, request: Request, headers: dict[str, str]) -> Reply:
        async with self._http.request(
            request.method,
            URL(request.url, encoded=True),  # ids in the path are quoted already
            data=(request.data or "").encode(),
            headers=headers,
            timeout=self._timeout,
            allow_redirects=False,  # the token must not follow
        ) as response:
            body = _object(await response.read())
            if not response.ok or response.status >= HTTPStatus.MULTIPLE_CHOICES:
                raise SendError(response.status, _code(body, response), _retry_after(response))
            return Reply({"deserialized_data": body}, SimpleNamespace(status_code=HTTPStatus.OK))


def _unclear(status: int | None) -> bool:
    """An error of the service or of something before it does not say that the message was thrown away."""
    return status is None or status < HTTPStatus.MULTIPLE_CHOICES or status == 408 or status >= 500  # noqa: PLR2004


def _object(body: bytes) -> dict[str, Any]:
    """Gateways answer in HTML at times: that is an empty object then."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _code(body: dict[str, Any], response: aiohttp.ClientResponse) -> str:
    error = body.get("error")
    code = cast(dict[str, Any], error).get("code") if isinstance(error, dict) else None
    return str(code or response.reason or "")[:80]


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Seconds, from a number or a date."""
    text = response.headers.get("Retry-After", "")
    try:
        seconds = float(text) if text[:1].isdigit() else _until(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, seconds)


def _until(text: str) -> float:
    return (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
