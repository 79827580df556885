"""Inbound activities as values of ours. JSON that was checked by the endpoint in, no I/O."""

import html
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.wire import Json, items, record, words
from orchestration.errors import InvalidInputError
from orchestration.model import Person

CLICK = "adaptiveCard/action"
"""The name of the invoke that a click on a card sends."""
TEXT_LIMIT = 200_000
"""Characters of a message that are looked at; Teams sends at most about half of that."""


@dataclass(frozen=True)
class Inbound:
    """Who says or does something, where, when, and under which id it was delivered."""

    person: Person
    conversation: str
    kind: str
    """personal, groupChat or channel."""
    source: str
    """Names the message or click; a second delivery has the same."""
    at: datetime
    text: str

    @property
    def personal(self) -> bool:
        return self.kind == "personal"


def inbound(body: Json, now: datetime) -> Inbound:
    """Return an activity as a value. Raises InvalidInputError when nobody can be held responsible for it."""
    sender, conversation = record(body.get("from")), record(body.get("conversation"))
    person_id, tenant = words(sender.get("aadObjectId")).lower(), tenant_of(body)  # ids are compared as text
    if not person_id or not tenant:
        raise InvalidInputError("I can only work for people who are signed in with a work or school account.")
    return Inbound(
        person=Person(tenant, person_id, _plain(words(sender.get("name")) or "Somebody")[:100]),
        conversation=words(conversation.get("id")),
        kind=words(conversation.get("conversationType")) or "personal",
        source=f"{words(conversation.get('id'))}|{words(body.get('id'))}",
        at=_time(body, now),
        text=spoken(body),
    )


def tenant_of(body: Json) -> str:
    """Return the tenant id of an activity, or an empty text."""
    return words(record(record(body.get("channelData")).get("tenant")).get("id")).lower()


def spoken(body: Json) -> str:
    """Return what a person said to the bot: without the mention of the bot, as plain text.

    Only the mention's own text is removed. The SDK removes the bot's name everywhere, inside words as well.
    """
    text = words(body.get("text"))[:TEXT_LIMIT]
    for mention in _mentions_of_the_bot(body):
        text = text.replace(mention, " ", 1)
    if body.get("textFormat") != "plain":
        text = html.unescape(text)
    return _plain(text.replace("\xa0", " ")).strip()


def _mentions_of_the_bot(body: Json) -> list[str]:
    bot = record(body.get("recipient")).get("id")
    mentions = [
        entity for entity in map(record, items(body.get("entities"))) if entity.get("type") == "mention"
    ]
    return [
        text
        for mention in mentions
        if bot and record(mention.get("mentioned")).get("id") == bot and (text := words(mention.get("text")))
    ]


def _time(body: Json, now: datetime) -> datetime:
    """The time the channel gave the activity: a second delivery on the next day has the same."""
    try:
        stamp = datetime.fromisoformat(words(body.get("timestamp")))
    except ValueError:
        return now
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def _plain(text: str) -> str:
    """Drop control and format characters (bidirectional overrides too); keep breaks, tabs and joiners."""
    return "".join(char for char in text if char in _KEPT or unicodedata.category(char) not in {"Cc", "Cf"})


_KEPT = frozenset("\n\t\u200c\u200d")
