"""Who may talk to the bot: the channel service, proved by its token, and then only people of known tenants.

The SDK's own check fetches signing keys with blocking calls, accepts tokens of the Bot Framework Emulator,
and lets an activity without a service URL pass.
"""

from bot.auth.allowed import AllowList, RefusedError
from bot.auth.keys import OPENID_METADATA, KeysUnavailableError, NotAuthenticatedError, SigningKeys
from bot.auth.tokens import LocalAuthentication, TokenAuthentication

__all__ = [
    "OPENID_METADATA",
    "AllowList",
    "KeysUnavailableError",
    "LocalAuthentication",
    "NotAuthenticatedError",
    "RefusedError",
    "SigningKeys",
    "TokenAuthentication",
]
