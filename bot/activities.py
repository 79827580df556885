"""Inbound activities as values of ours. JSON that was checked by the endpoint in, no I/O."""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from bot.wire import Json, items, record, words
from orchestration.errors import InvalidInputError
from orchestration.model import Person, Profile
from orchestration.register import Asker
from orchestration.zones import known_zone

CLICK = "adaptiveCard/action"
"""The name of the invoke that a click on a card sends."""
FILE_ANSWER = "fileConsent/invoke"
"""The name of the invoke that says whether a file may be saved."""
TEXT_LIMIT = 200_000
"""Characters of a message that are looked at; Teams sends at most about half of that."""


NAMELESS = "Somebody"
"""Who did it, when the channel gives no name."""
LONGEST_NAME, MOST_MENTIONS = 100, 20
_TAG = re.compile(r"<[^<>]*>")


class Mention(NamedTuple):
    """Somebody who is mentioned in a message."""

    address: str
    """The id that Teams has for them and this bot."""
    name: str
    """As it stands in the text, after the sign @."""


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
    address: str = ""
    """The id that Teams has for the person and this bot."""
    zone: str = ""
    """The IANA name of the person's time zone; empty: not known."""
    card: str = ""
    """Of a click: the id of the message with the card, as the channel has it."""
    mentions: tuple[Mention, ...] = ()
    """People other than the bot, each once."""

    @property
    def personal(self) -> bool:
        return self.kind == "personal"

    @property
    def profile(self) -> Profile:
        """What this tells of the person."""
        named = self.person.name != NAMELESS
        person = self.person if named else Person(self.person.tenant, self.person.id, "")
        return Profile(person, self.address, self.zone)

    @property
    def asker(self) -> Asker:
        """Who asks for something, and where."""
        return Asker(self.person, self.conversation, self.personal, self.zone)


def inbound(body: Json, now: datetime) -> Inbound:
    """Return an activity as a value. Raises InvalidInputError when nobody can be held responsible for it."""
    sender, conversation = record(body.get("from")), record(body.get("conversation"))
    person_id, tenant = words(sender.get("aadObjectId")).lower(), tenant_of(body)  # ids are compared as text
    if not person_id or not tenant:
        raise InvalidInputError("I can only work for people who are signed in with a work or school account.")
    return Inbound(
        person=Person(tenant, person_id, readable(words(sender.get("name"))) or NAMELESS),
        conversation=words(conversation.get("id")),
        kind=words(conversation.get("conversationType")) or "personal",
        source=f"{words(conversation.get('id'))}|{words(body.get('id'))}",
        at=_time(body, now),
        text=spoken(body),
        address=words(sender.get("id")),
        zone=_zone(body),
        card=words(body.get("replyToId")),
        mentions=_mentioned_people(body),
    )


def tenant_of(body: Json) -> str:
    """Return the tenant id of an activity, or an empty text."""
    return words(record(record(body.get("channelData")).get("tenant")).get("id")).lower()


def spoken(body: Json) -> str:
    """Return what a person said to the bot: without the mention of the bot, as plain text.

    Only the mention's own text is removed. The SDK removes the bot's name everywhere, inside words as well.
    A mention of somebody else becomes "@" and the name.
    """
    text, bot = words(body.get("text"))[:TEXT_LIMIT], _bot(body)
    for address, mention in _mentions(body):
        text = text.replace(mention, " " if address == bot else f"@{_TAG.sub('', mention)}", 1)
    if body.get("textFormat") != "plain":
        text = html.unescape(text)
    return _plain(text.replace("\xa0", " ")).strip()


def readable(name: str) -> str:
    """Return a person's name as it can be shown: one line without control characters, not too long."""
    return " ".join(_plain(name).split())[:LONGEST_NAME]


def _bot(body: Json) -> str:
    return words(record(body.get("recipient")).get("id"))


def _entities(body: Json, kind: str) -> Iterator[Json]:
    return (entity for entity in map(record, items(body.get("entities"))) if entity.get("type") == kind)


def _mentions(body: Json) -> Iterator[tuple[str, str]]:
    """Yield the address and the text of each mention in the message, those of the bot too."""
    for mention in _entities(body, "mention"):
        address, text = words(record(mention.get("mentioned")).get("id")), words(mention.get("text"))
        if address and text:
            yield address, text


def _mentioned_people(body: Json) -> tuple[Mention, ...]:
    """Channels and teams can be mentioned too, and other bots."""
    people = dict[str, str]()
    for address, text in _mentions(body):
        if address != _bot(body) and not address.startswith(("19:", "28:")):
            people.setdefault(address, readable(html.unescape(_TAG.sub("", text)).replace("\xa0", " ")))
    return tuple(Mention(address, name) for address, name in people.items() if name)[:MOST_MENTIONS]


def _zone(body: Json) -> str:
    """Return the first time zone that exists; clients tell it in one place or the other."""
    told = (entity.get("timezone") for entity in _entities(body, "clientInfo"))
    zones = (known_zone(words(name)) for name in (body.get("localTimezone"), *told))
    return next(filter(None, zones), "")


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
