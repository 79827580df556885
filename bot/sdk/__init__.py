"""The Bot Framework SDK behind plain JSON. Only this package imports botbuilder or botframework."""

from bot.sdk.activities import malformed, reference_of
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
    "SendError",
    "Transport",
    "Turn",
    "malformed",
    "reference_of",
]
