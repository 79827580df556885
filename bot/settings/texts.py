"""Words of the configuration: what they must be like, and how they are shown when they are not. Pure."""

import ipaddress
import re
from urllib.parse import urlsplit

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
_TIME = re.compile(r"([0-9]{1,9})([mhd])")
_MINUTE, _HOUR = 60.0, 3600.0


def hint(word: str) -> str:
    """Enough to recognise it. It may be a secret in the wrong place."""
    return word if len(word) <= 12 else f"{word[:8]}..."  # noqa: PLR2004 - shorter than any secret


def guid(word: str) -> str:
    """Return an id in lower case. Raises ValueError with the end of a sentence."""
    if not _GUID.fullmatch(word.lower()):
        raise ValueError("is not a GUID like 00000000-0000-0000-0000-000000000000")
    return word.lower()


def host(word: str) -> str:
    """Return the name of a host in lower case. Raises ValueError with the end of a sentence."""
    if not _HOST.fullmatch(word.lower()):
        raise ValueError("is not the name of a host, without https:// and path")
    return word.lower()


def seconds(word: str, *, day: float, most: float) -> float:
    """Return the seconds of a time such as "30m"; 0 for "never". `day` and `most` are seconds.

    Raises ValueError with the end of a sentence.
    """
    if word == "never":
        return 0.0
    found = _TIME.fullmatch(word)
    if not found:
        raise ValueError("is not a time such as 30m, 24h, 3d or never")
    total = int(found[1]) * {"m": _MINUTE, "h": _HOUR, "d": day}[found[2]]
    if not 0 < total <= most:
        raise ValueError("is not a time from 1m to a year; no time at all is never")
    return total


def is_https(url: str) -> bool:
    """Whether this is an address that begins with https and names a host."""
    scheme, host = _parts(url)
    return scheme == "https" and bool(host)


def is_loopback(url: str) -> bool:
    """Whether this is an address on this machine."""
    scheme, host = _parts(url)
    try:
        return scheme in ("http", "https") and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parts(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""
