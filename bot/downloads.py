"""Links to files on the bot's own address, for the chat window on this machine, which takes no files.

Only local mode has them: there nobody but this machine reaches the bot.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.kept import Kept
from cards.files import name_of
from orchestration.clock import Clock
from orchestration.errors import SignoffError
from orchestration.model import RunKey
from orchestration.register import Asker

VALID = timedelta(minutes=10)
MOST = 100
"""Links at the same time; the oldest makes way."""

Make = Callable[[RunKey, Asker], Awaitable[bytes]]


@dataclass(frozen=True)
class Ticket:
    """Who may get the file of which run."""

    key: RunKey
    asker: Asker


class Downloads:
    """Hands out links that nobody can guess, and makes the file anew for whoever follows one."""

    def __init__(self, address: str, *, make: Make, clock: Clock) -> None:
        self._address, self._make = address, make
        self._tickets = Kept[str, Ticket](MOST, clock)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/exports/{token}", self.serve)]

    def link(self, key: RunKey, asker: Asker) -> str:
        """Return a new link to the file of a run, valid for ten minutes."""
        token = secrets.token_urlsafe(32)
        self._tickets.keep(token, Ticket(key, asker), VALID)
        return f"{self._address}/exports/{token}"

    async def serve(self, request: web.Request) -> web.Response:
        ticket = self._tickets.get(request.match_info["token"])
        if ticket is None:
            return web.Response(status=404, text="This link is not valid any more. Type “export” again.\n")
        try:
            content = await self._make(ticket.key, ticket.asker)
        except SignoffError as refusal:
            return web.Response(status=403, text=f"{refusal}\n")
        return web.Response(body=content, headers=_headers(name_of(ticket.key.run)))


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Type": "application/x-ndjson",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
