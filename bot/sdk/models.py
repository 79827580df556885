"""The SDK's models from plain JSON, so that what people see leaves as it was made."""
# No py.typed and no stubs in the SDK; every function below states its own types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from typing import ClassVar, cast

from botbuilder.core import InvokeResponse
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount, ConversationReference

from bot.sdk.activities import Json

_ROUTING = ("type", "id", "service_url", "channel_id", "from_property", "conversation", "recipient")
_KEYS = frozenset({"id", "serviceUrl", "channelId", "from", "conversation", "recipient", "replyToId"})


class _Conversation(ConversationAccount):
    """The SDK writes "tenantID"; Teams says "tenantId"."""

    _attribute_map: ClassVar[Json] = ConversationAccount._attribute_map | {  # noqa: SLF001 - msrest's way to extend
        "tenant_id": {"key": "tenantId", "type": "str"}
    }


class _Message(Activity):
    """A message whose content reaches the wire as it was given: msrest has no say in it.

    As a plain Activity it would lose what the SDK does not know, such as the person in a mention.
    """

    _attribute_map: ClassVar[Json] = {
        "additional_properties": {"key": "", "type": "{object}"},
        **{name: Activity._attribute_map[name] for name in _ROUTING},  # noqa: SLF001 - msrest's way to extend
    }


def message(body: Json) -> Activity:
    """Return an outbound message with exactly this content; the SDK adds only where it goes."""
    activity = _Message(type=body.get("type", "message"))
    activity.additional_properties = {key: value for key, value in body.items() if key not in _KEYS}
    return activity


def inbound(body: Json) -> Activity:
    """Return what the adapter needs of an activity. Turns get the JSON: msrest would change some of it."""
    return Activity(
        type=body["type"],
        id=body["id"],
        name=cast(str, body.get("name")),
        channel_id=body["channelId"],
        service_url=body["serviceUrl"],
        conversation=_conversation(body["conversation"]),
        from_property=_account(body["from"]),
        recipient=_account(body["recipient"]),
    )


def reference(stored: Json) -> ConversationReference:
    """Return a conversation reference as `reference_of` made it."""
    return ConversationReference(
        channel_id=stored["channelId"],
        service_url=stored["serviceUrl"],
        conversation=_conversation(stored["conversation"]),
        bot=_account(stored["bot"]),
        user=_account(stored["user"]) if stored.get("user") else None,
    )


def invoke_response(status: int, body: Json) -> Activity:
    """Return what the adapter takes for the answer to an invoke."""
    return Activity(type="invokeResponse", value=InvokeResponse(status=status, body=cast(object, body)))


def _conversation(body: Json) -> ConversationAccount:
    return _Conversation(
        id=body["id"],
        conversation_type=cast(str, body.get("conversationType")),
        tenant_id=body.get("tenantId"),
        is_group=cast(bool, body.get("isGroup")),
    )


def _account(body: Json) -> ChannelAccount:
    return ChannelAccount(id=body["id"], name=cast(str, body.get("name")))
