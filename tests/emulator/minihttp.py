"""Requests and replies of the Cosmos DB REST interface, free of any web framework."""

from __future__ import annotations

import base64
import hashlib
import hmac
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.minierrors import CosmosError
from tests.emulator.minijson import from_json, to_json

KEY_HEADER = "x-ms-documentdb-partitionkey"


@dataclass(slots=True)
class Request:
    """``headers`` must look names up regardless of case, as aiohttp's do."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def segments(self) -> list[str]:
        """The decoded parts of the path, ``dbs/name/colls/name/docs/id``."""
        return [urllib.parse.unquote(part) for part in self.path.split("/") if part]

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    def flag(self, name: str) -> bool:
        return self.header(name).lower() == "true"

    def json(self) -> Any:
        try:
            return from_json(self.body)
        except ValueError as error:
            raise CosmosError(400, f"The request body is not JSON: {error}") from error

    def key(self) -> list[Any] | None:
        """The partition key of the request; a prefix of it for a hierarchical query."""
        text = self.header(KEY_HEADER)
        return list(from_json(text)) if text else None

    @property
    def is_query(self) -> bool:
        return self.flag("x-ms-documentdb-isquery") or self.header("content-type") == "application/query+json"

    @property
    def is_batch(self) -> bool:
        return self.flag("x-ms-cosmos-is-batch-request")

    @property
    def wants_no_body(self) -> bool:
        return "return=minimal" in self.header("prefer")


@dataclass(slots=True)
class Reply:
    """What goes back; ``charge`` becomes the request-charge header."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    charge: float = 0.0


def json_reply(status: int, value: Any, **headers: str) -> Reply:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, to_json(value), named)


def error_reply(error: CosmosError) -> Reply:
    reply = json_reply(error.status, {"code": error.code, "message": error.message})
    reply.headers |= {"x-ms-substatus": str(error.substatus), **error.headers}
    reply.charge = error.charge
    return reply


def check_signature(request: Request, account_key: bytes) -> None:
    """Verify the master-key signature; the age of the date is not checked."""
    kind, link = _signed_resource(request.segments)
    date = request.header("x-ms-date").lower()
    text = f"{request.method.lower()}\n{kind}\n{link}\n{date}\n\n"
    digest = hmac.new(account_key, text.encode(), hashlib.sha256).digest()
    expected = base64.b64encode(digest).decode()
    if not hmac.compare_digest(expected, _given_signature(request)):
        raise CosmosError(401, "The input authorization token can't serve the request.")


def _given_signature(request: Request) -> str:
    fields = urllib.parse.parse_qs(urllib.parse.unquote(request.header("authorization")))
    return fields.get("sig", [""])[0].replace(" ", "+")


def _signed_resource(segments: list[str]) -> tuple[str, str]:
    """Resource type and link: of the resource itself, or of the parent for a feed."""
    if segments[4:5] == ["operations"]:
        return "colls", "/".join(segments[:4])
    if len(segments) % 2:
        return segments[-1].lower(), "/".join(segments[:-1])
    return (segments[-2].lower() if segments else ""), "/".join(segments)
