"""An inbound activity from bytes to plain JSON of a known shape. Pure: no I/O, and no SDK.

Of what `parse` returns, the members named here can be read without asking for their types again.
Whether they are true is another question.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from bot.wire import Json

MAX_DEPTH = 64
"""How deep the JSON may be nested, so that no recursive code comes near Python's limit."""

_REQUIRED = ("type", "id", "channelId", "serviceUrl", "from.id", "recipient.id", "conversation.id")
_STRINGS = (
    *_REQUIRED,
    *("name", "text", "textFormat", "replyToId", "locale", "localTimezone", "action"),
    *("from.name", "from.aadObjectId", "recipient.name"),
    *("conversation.name", "conversation.tenantId", "conversation.conversationType"),
    *("channelData.tenant.id", "channelData.team.id", "channelData.channel.id"),
)
_FLAGS = ("conversation.isGroup",)
_TIMES = ("timestamp", "localTimestamp", "expiration")
_LISTS = ("entities", "attachments", "membersAdded", "membersRemoved")
_OF_CONVERSATION = ("id", "conversationType", "tenantId", "isGroup")


class MalformedError(Exception):
    """The bytes are not an activity. The text is a sentence that says why."""


def parse(content: bytes) -> Json:
    """Return an activity. Raises MalformedError."""
    try:
        body = _loaded(content.decode())
    except (ValueError, RecursionError):
        raise MalformedError("The body must be JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise MalformedError("The body must be a JSON object.")
    for problem in _problems(cast(Json, body)):
        raise MalformedError(problem)
    return cast(Json, body)


def reference_of(body: Json) -> Json:
    """Return what is needed to talk to the conversation of an activity later, and nothing else."""
    reference = {
        "channelId": body["channelId"],
        "serviceUrl": body["serviceUrl"],
        "conversation": _kept(body["conversation"], *_OF_CONVERSATION),
        "bot": _kept(body["recipient"], "id", "name"),
    }
    if body["conversation"].get("conversationType") != "personal":
        return reference  # who happened to write is not part of a group's address
    return reference | {"user": _kept(body["from"], "id", "name")}


def _loaded(text: str) -> object:
    value = json.loads(text, parse_constant=_no_number)
    return _mended(value) if "\\ud" in text.lower() else value


def _no_number(name: str) -> None:
    raise ValueError(name)


def _mended(value: object) -> object:
    """Half an emoji, as an escape, is JSON but no text: it could not be stored or sent. It becomes U+FFFD."""
    units = json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    return json.loads(units.decode("utf-16-le", "replace"))


def _kept(members: Json, *names: str) -> Json:
    return {name: members[name] for name in names if members.get(name) is not None}


def _problems(body: Json) -> Iterator[str]:
    """The first one counts; a later check may rely on the earlier ones."""
    if not _shallow(body, MAX_DEPTH):
        yield f"The activity is nested deeper than {MAX_DEPTH} levels."
    yield from (f"'{path}' must be a string." for path in _STRINGS if not _is(str, body, path))
    yield from (f"'{path}' must not be empty." for path in _REQUIRED if not _at(body, path))
    yield from (f"'{path}' must be true or false." for path in _FLAGS if not _is(bool, body, path))
    yield from (f"'{name}' must be a date and time." for name in _TIMES if not _is_time(body.get(name)))
    yield from (f"'{name}' must be a list of objects." for name in _LISTS if not _is_objects(body.get(name)))
    if body["type"] == "invoke" and not body.get("name"):
        yield "'name' of an invoke must not be empty."


def _at(body: Json, path: str) -> Any:
    """Return the value at a dotted path; None if it is absent or null. Raises TypeError at a non-object."""
    value: Any = body
    for key in path.split("."):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise TypeError(path)
        value = cast(Json, value).get(key)
    return value


def _is(kind: type, body: Json, path: str) -> bool:
    try:
        value = _at(body, path)
    except TypeError:
        return False
    return value is None or isinstance(value, kind)


def _is_time(value: Any) -> bool:
    try:
        return value is None or bool(datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def _is_objects(value: Any) -> bool:
    if not isinstance(value, list):
        return value is None
    return all(isinstance(item, dict) for item in cast(list[Any], value))


def _shallow(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        value = [*cast(Json, value).values()]
    if not isinstance(value, list):
        return True
    return levels > 0 and all(_shallow(item, levels - 1) for item in cast(list[Any], value))
