"""Puts a file where Teams said it may go. The address comes from outside: only a few hosts are believed."""

import ipaddress
import re
from http import HTTPStatus

import aiohttp
from yarl import URL

TIMEOUT = aiohttp.ClientTimeout(total=60, connect=5, sock_connect=5)
MOST_BYTES = 20 * 1024 * 1024
HOSTS = re.compile(r"([a-z0-9-]{1,63}\.)+sharepoint\.com")
"""Teams saves files of personal chats in OneDrive, whose upload sessions are at <tenant>-my.sharepoint.com.

Source: Microsoft Teams, "Send and receive files through a bot"; government clouds have no files for bots.
"""
HTTPS_PORT = 443


class UploadError(Exception):
    """The file is not there, as far as anybody knows. The text is the reason, as part of a sentence."""


class Uploads:
    """Sends bytes and nothing else: no token goes along, and no redirect is followed."""

    def __init__(self, http: aiohttp.ClientSession, *, local: bool = False) -> None:
        """In local mode files go to this machine only."""
        self._http, self._local = http, local

    def allows(self, url: str) -> bool:
        """Return whether a file may go there, or a link there may be shown."""
        try:
            address = URL(url, encoded=True)  # as it will be sent
            host, port = (address.host or "").lower(), address.port
        except ValueError:
            return False
        if address.user is not None or address.password is not None or address.fragment:
            return False
        if self._local:
            return address.scheme in {"http", "https"} and _is_loopback(host)
        return address.scheme == "https" and port == HTTPS_PORT and HOSTS.fullmatch(host) is not None

    async def put(self, url: str, content: bytes) -> None:
        """Send a file in one piece. Raises UploadError."""
        if not url.isascii() or " " in url or not self.allows(url):
            raise UploadError("Teams named a place that is not OneDrive")
        if not content or len(content) > MOST_BYTES:
            raise UploadError(f"it is larger than {MOST_BYTES // 1024 // 1024} MB")
        try:
            status = await self._sent(url, content)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise UploadError("OneDrive could not be reached") from None
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise UploadError(f"OneDrive refused it ({status})")

    async def _sent(self, url: str, content: bytes) -> int:
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"bytes 0-{len(content) - 1}/{len(content)}",
        }
        address = URL(url, encoded=True)  # its query is signed as it is
        async with self._http.put(
            address, data=content, headers=headers, timeout=TIMEOUT, allow_redirects=False
        ) as response:
            return response.status


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
