"""The adapter of the SDK, inbound and outbound, with types of ours."""
# No py.typed and no stubs in the SDK; every function below states its own types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from urllib.parse import quote, urlencode

from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import Activity
from botframework.connector import BotFrameworkConnectorConfiguration
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import (
    AppCredentials,
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
    UserTokenClient,
)

from bot.sdk import models
from bot.sdk.activities import Json
from bot.sdk.transport import SendError, Transport

_MAX_CLIENTS = 64
_MaybeInvokeResponse = InvokeResponse | None


@dataclass(frozen=True)
class Answer:
    """The answer to an invoke: the HTTP status and the JSON body."""

    status: int
    body: Json


Turn = Callable[[Json], Awaitable[Answer | None]]


@dataclass(frozen=True)
class Identity:
    """The service that sent an activity, as proved by its token. Not the person: that is in the activity."""

    claims: Mapping[str, Any] = field(repr=False)


class Authentication(Protocol):
    """Who may send activities to the bot."""

    async def authenticate(self, body: Json, header: str) -> Identity:
        """Return who sent this activity with this Authorization header."""
        ...


class BotFramework:
    """The adapter: authenticates activities, takes turns, and is the way out for `Connector`."""

    def __init__(self, authentication: Authentication, transport: Transport) -> None:
        self._authentication, self._transport = authentication, transport
        self._clients = _Clients(transport)
        self._adapter = CloudAdapter(_Doors(self._clients))

    async def authenticate(self, body: Json, header: str) -> Identity:
        """Return who sent this. Raises what the authentication object raises."""
        return await self._authentication.authenticate(body, header)

    async def process(self, identity: Identity, body: Json, turn: Turn) -> Answer | None:
        """Take a turn through the adapter. The answer is None if the turn gave none; its errors pass through.

        The activity must be authenticated and well-formed.
        """

        async def talk(context: TurnContext) -> None:
            answer = await turn(body)
            if answer is not None:
                await context.send_activity(models.invoke_response(answer.status, answer.body))

        result = self._result(identity)
        taken = await self._adapter.process_activity(cast(Any, result), models.inbound(body), talk)
        return _answer(cast(_MaybeInvokeResponse, taken))  # annotated as never None

    async def within(self, reference: Json, talk: Callable[[TurnContext], Awaitable[None]]) -> None:
        """Continue a conversation."""

        async def quietly(context: TurnContext) -> None:
            context.activity.id = ""  # the SDK made one up, and would send it as the message replied to
            await talk(context)

        await self._adapter.continue_conversation(models.reference(reference), quietly, "")

    async def read(self, reference: Json, what: str, **query: str) -> Json:
        """Return something about a conversation, as the service has it. Raises SendError."""
        conversation = quote(reference["conversation"]["id"], safe="")
        home = reference["serviceUrl"].rstrip("/")
        return await self._transport.get(f"{home}/v3/conversations/{conversation}/{what}?{urlencode(query)}")

    def _result(self, identity: Identity) -> AuthenticateRequestResult:
        result = AuthenticateRequestResult()
        result.claims_identity = ClaimsIdentity(dict(identity.claims), is_authenticated=True)
        result.connector_factory = self._clients
        return result


class Connector:
    """Posts and updates messages, at once and only once: pacing and retries are elsewhere."""

    def __init__(self, framework: BotFramework) -> None:
        self._framework = framework

    async def post(self, reference: Json, message: Json) -> str:
        """Post a message and return its activity id. Raises SendError."""
        sent: list[str] = []

        async def talk(context: TurnContext) -> None:
            resource = await context.send_activity(models.message(message))
            sent.append((resource and resource.id) or "")

        await self._framework.within(reference, talk)
        if not sent[0]:
            raise SendError(200, "NoActivityId")
        return sent[0]

    async def update(self, reference: Json, activity_id: str, message: Json) -> None:
        """Replace a message. Raises SendError."""

        async def talk(context: TurnContext) -> None:
            activity = models.message(message)
            activity.id = activity_id
            await context.update_activity(activity)

        await self._framework.within(reference, talk)

    async def members(self, reference: Json, *, most: int, after: str = "") -> Json:
        """Return a page of members, and the token that leads to the next one. Raises SendError."""
        following = {"continuationToken": after} if after else {}
        return await self._framework.read(reference, "pagedmembers", pageSize=str(most), **following)


class _Clients(ConnectorFactory):
    """One client for each service URL: making one takes longer than sending a message."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._clients: dict[str, ConnectorClient] = {}

    async def create(self, service_url: str, audience: str = "") -> ConnectorClient:
        self._transport.check(service_url)
        if service_url not in self._clients:
            if len(self._clients) >= _MAX_CLIENTS:
                self._clients.clear()
            self._clients[service_url] = self._client(service_url)
        return self._clients[service_url]

    def _client(self, service_url: str) -> ConnectorClient:
        unused = AppCredentials()  # demanded by the SDK; the transport adds the token
        configuration = BotFrameworkConnectorConfiguration(unused, service_url)
        configuration.custom_pipeline = cast(Any, self._transport)
        return ConnectorClient(unused, custom_configuration=configuration)


class _Doors(BotFrameworkAuthentication):
    """What the adapter asks for. Requests are authenticated before they come here; nothing else is open."""

    def __init__(self, clients: _Clients) -> None:
        self._clients = clients

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        raise PermissionError("authenticate with BotFramework.authenticate")

    async def authenticate_streaming_request(
        self, auth_header: str, channel_id_header: str
    ) -> AuthenticateRequestResult:
        raise PermissionError("there are no streaming connections")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        return self._clients

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> UserTokenClient:
        return cast(UserTokenClient, None)  # nobody signs in through the bot


def _answer(response: _MaybeInvokeResponse) -> Answer | None:
    """Without an answer of ours the adapter makes one without a body."""
    body = cast(Json | None, response.body) if response else None
    return Answer(int(response.status), body) if response and body is not None else None
