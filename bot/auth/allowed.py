"""Which channel, service hosts and tenants the bot talks with."""

from yarl import URL

from bot.activities import tenant_of
from bot.wire import Json

HTTPS_PORT = 443


class RefusedError(Exception):
    """The activity is authentic, but not for this bot: another channel, host or tenant."""


class AllowList:
    """Which channel, service hosts and tenants the bot talks with, in both directions."""

    def __init__(self, *, hosts: frozenset[str], tenants: frozenset[str], local: bool = False) -> None:
        """In local mode HTTP on any port is right, and no tenants means every tenant."""
        self._hosts, self._tenants, self._local = hosts, tenants, local

    def check(self, body: Json) -> None:
        """Raise RefusedError if this activity is not for the bot."""
        if body["channelId"] != "msteams":
            raise RefusedError("This bot is only for Microsoft Teams.")
        if not self.allows(body["serviceUrl"]):
            raise RefusedError("This service URL is not allowed.")
        self._check_tenant(body)

    def allows(self, url: str) -> bool:
        """Return whether the bot may send there; its token goes along."""
        try:
            address = URL(url)
        except ValueError:
            return False
        if address.user is not None or address.host not in self._hosts or "{" in url:
            return False  # braces are places to fill in, for the SDK
        if self._local:
            return address.scheme in ("http", "https")
        return address.scheme == "https" and address.port == HTTPS_PORT

    def _check_tenant(self, body: Json) -> None:
        tenant = tenant_of(body)
        named = body["conversation"].get("tenantId") or tenant
        if not tenant or named.lower() != tenant:
            raise RefusedError("The activity does not say clearly which tenant it is from.")
        if tenant not in self._tenants and (self._tenants or not self._local):
            raise RefusedError("This tenant may not use the bot.")
