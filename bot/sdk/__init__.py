"""The Bot Framework SDK behind plain JSON. Only this package imports botbuilder or botframework."""

from bot.sdk.activities import MalformedError, parse, reference_of
from bot.sdk.framework import Answer, Authentication, BotFramework, Connector, Identity, Turn
from bot.sdk.transport import SendError, Transport
from bot.wire import Json

__all__ = [
    "Answer",
    "Authentication",
    "BotFramework",
    "Connector",
    "Identity",
    "Json",
    "MalformedError",
    "SendError",
    "Transport",
    "Turn",
    "parse",
    "reference_of",
]
