"""Other programs that workflows ask over HTTP, JSON in and JSON out. They are named by the configuration."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import aiohttp
from yarl import URL

from orchestration.errors import InvalidInputError, NotFoundError, StepError, TransientError
from orchestration.jsontext import reading
from orchestration.limits import PASSING_STATUS
from orchestration.sizes import MOST_PASSED_ON
from orchestration.wording import unmarked

SECONDS, CONNECT_SECONDS = 20.0, 5.0
"""For one call in all, and until it is connected."""
_MOST_SAID = 300


class Service:
    """One service. `what` names it in sentences, for example "ticket service"."""

    def __init__(
        self, what: str, http: aiohttp.ClientSession, address: str, *, key: str = "", seconds: float = SECONDS
    ) -> None:
        self._what, self._http, self._address = what, http, URL(address)
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(CONNECT_SECONDS, seconds))

    async def get(self, *path: str, **query: str) -> Any:
        """Return what is at this path. Raises as `post` does."""
        return await self._called("GET", path, params=query)

    async def post(self, *path: str, body: object, key: str) -> Any:
        """Have something done, once for each `key`, and return what the service says of it.

        Raises NotFoundError for 404, InvalidInputError with the words of the service for what it refuses,
        TransientError when it does not answer or has trouble of its own, StepError for all else.
        """
        return await self._called("POST", path, json=body, headers={"Idempotency-Key": key})

    async def _called(self, method: str, path: tuple[str, ...], **how: Any) -> Any:
        how["headers"] = {**self._headers, **how.get("headers", {})}
        try:
            async with self._http.request(
                method, self._at(path), allow_redirects=False, timeout=self._timeout, **how
            ) as response:
                body = await self._body(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TransientError(f"The {self._what} does not answer ({type(error).__name__}).") from None
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._refusal(response.status, await self._words(body))
        return await self._read(body) if body else None  # 204, or a 201 without words: it is done

    def _at(self, path: tuple[str, ...]) -> URL:
        """Return the address. What people typed is one part of the path, whatever characters it has."""
        if any(part in {"", ".", ".."} for part in path):
            raise NotFoundError(f"The {self._what} has nothing without a name.")
        return self._address.joinpath(
            *(quote(part, safe="", errors="replace") for part in path), encoded=True
        )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for piece in response.content.iter_chunked(64 * 1024):
            body += piece
            if len(body) > MOST_PASSED_ON:
                raise StepError(f"The {self._what} answered with more than a step may pass on.")
        return bytes(body)

    async def _read(self, body: bytes) -> object:
        try:
            return await asyncio.to_thread(reading.read, body.decode())
        except (ValueError, RecursionError):
            raise StepError(f"The {self._what} answered with something that is no JSON.") from None

    def _refusal(self, status: int, words: str) -> Exception:
        said = f" {words}" if words else ""
        if status == HTTPStatus.NOT_FOUND:
            return NotFoundError(words or f"The {self._what} does not know this.")
        if status in PASSING_STATUS or status == HTTPStatus.CONFLICT:  # perhaps the same key is at work
            return TransientError(f"The {self._what} has trouble (status {status}).{said}")
        if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
            return InvalidInputError(words or f"The {self._what} refused this (status {status}).")
        return StepError(f"The {self._what} did not do this (status {status}).{said}")

    async def _words(self, body: bytes) -> str:
        """Return the sentence in an answer that says no, as far as there is one."""
        try:
            said: object = await self._read(body)
        except StepError:
            return ""
        error = cast(dict[str, object], said).get("error") if isinstance(said, dict) else None
        return unmarked(error, _MOST_SAID) if isinstance(error, str) else ""


@dataclass(frozen=True)
class Services:
    """The services that workflows may ask; None: it is not configured, which a run says when it begins."""

    tickets: Service | None = None
    customers: Service | None = None
