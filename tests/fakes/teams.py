"""What Teams sends to a bot: activities as plain JSON, by several people, in three kinds of conversation."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

Json = dict[str, Any]

TENANT = "11111111-1111-4111-8111-111111111111"
OTHER_TENANT = "99999999-9999-4999-8999-999999999999"
APP_ID = "00000000-0000-4000-8000-0000000000b0"
SERVICE_URL = "https://smba.trafficmanager.net/amer/"
BERLIN = timezone(timedelta(hours=1))
BOT = {"id": f"28:{APP_ID}", "name": "Signoff"}

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """Somebody with a Teams id and an Entra object id."""

    name: str
    id: str
    entra_id: str

    @property
    def account(self) -> Json:
        return {"id": self.id, "name": self.name, "aadObjectId": self.entra_id}


ALICE, BOB, CAROL, DAVE = (
    Person(name, f"29:{name.split()[0].lower()}", f"aaaaaaaa-0000-4000-8000-00000000000{number}")
    for number, name in enumerate(("Alice Admin", "Bob Builder", "Carol Case", "Dave Denied"), 1)
)


def personal(person: Person = ALICE) -> Json:
    """The chat between a person and the bot."""
    name = person.name.split()[0].lower()
    return {"id": f"a:personal-{name}", "conversationType": "personal", "tenantId": TENANT}


def group(id: str = "19:group@thread.v2") -> Json:
    """A chat of several people."""
    return {"id": id, "conversationType": "groupChat", "isGroup": True, "tenantId": TENANT}


def thread(channel: str = "19:alerts@thread.tacv2", root: str = "1700000000000") -> Json:
    """A thread in a channel of a team."""
    address = f"{channel};messageid={root}"
    return {"id": address, "conversationType": "channel", "isGroup": True, "tenantId": TENANT}


def message(text: str, *, by: Person = ALICE, where: Json | None = None, **changes: Any) -> Json:
    """Something a person writes. Outside the personal chat Teams delivers it only if it mentions the bot."""
    where = where or personal(by)
    body = activity("message", by=by, where=where) | {"text": text, "textFormat": "plain"}
    if where["conversationType"] != "personal":
        body |= mentioning(text)
    return body | changes


def mentioning(text: str) -> Json:
    """The members of a message that mentions the bot first."""
    tag = f"<at>{BOT['name']}</at>"
    mention = {"type": "mention", "text": tag, "mentioned": BOT}
    return {"text": f"{tag} {text}", "textFormat": "xml", "entities": [mention]}


def mention(person: Person, text: str = "") -> Json:
    """The entity of a mention; the message must have the same text, or "<at>" and the whole name."""
    mentioned = {"id": person.id, "name": person.name}
    return {"type": "mention", "text": text or f"<at>{person.name}</at>", "mentioned": mentioned}


def member(person: Person, **changes: Any) -> Json:
    """A person as the service lists the members of a conversation."""
    name = person.name.split()[0].lower()
    more = {"tenantId": TENANT, "userRole": "user", "email": f"{name}@example.com"}
    return person.account | more | changes


def click(
    data: Json, *, by: Person = ALICE, where: Json | None = None, card: str = "", **changes: Any
) -> Json:
    """A click on a button of a card; `card` is the activity id of the card's message."""
    verb = data.get("verb", "")
    value = {"action": {"type": "Action.Execute", "verb": verb, "data": data}, "trigger": "manual"}
    body = activity("invoke", by=by, where=where or personal(by))
    return body | {"name": "adaptiveCard/action", "replyToId": card, "value": value} | changes


def installation(
    action: str = "add", *, by: Person = ALICE, where: Json | None = None, **changes: Any
) -> Json:
    """The app is added or removed."""
    return activity("installationUpdate", by=by, where=where or personal(by)) | {"action": action} | changes


def activity(kind: str, *, by: Person, where: Json) -> Json:
    """What all activities have in common."""
    prefix, now = "f:" if kind == "invoke" else "", datetime.now(UTC)
    return {
        "type": kind,
        "id": f"{prefix}{next(_numbers):08d}",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%f7Z"),  # Teams has one digit more than Python
        "localTimestamp": now.astimezone(BERLIN).isoformat(),
        "localTimezone": "Europe/Berlin",
        "locale": "en-US",
        "channelId": "msteams",
        "serviceUrl": SERVICE_URL,
        "from": by.account,
        "recipient": BOT,
        "conversation": where,
        "channelData": _channel_data(where),
        "entities": [{"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web"}],
    }


def _channel_data(where: Json) -> Json:
    tenant = {"tenant": {"id": where["tenantId"]}}
    if where["conversationType"] != "channel":
        return tenant
    channel = where["id"].partition(";")[0]
    return tenant | {"channel": {"id": channel}, "team": {"id": "19:general@thread.tacv2"}}
