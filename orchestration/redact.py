"""Takes secrets out of text that is on its way to people and records, and all texts of errors out of logs."""

import re
import traceback

LONGEST = 20_000
"""Characters that are looked through; what is beyond is left out."""

_NAMES = (
    r"(?:api[-_]?key|access[-_]?token|token|password|passwd|pwd|secret|(?:shared)?accesskey|accountkey|sig)"
)
_SECRETS = re.compile(
    rf"""
      \b(?:sk|pk|rk|ghp|gho|xox[abp])[-_][\w-]{{8,200}}             # keys of providers
    | \bAKIA[A-Z0-9]{{12,20}}
    | \beyJ[\w-]{{8,4000}}\.[\w-]{{8,4000}}(?:\.[\w-]{{0,4000}})?    # JSON web tokens
    | (?:(?<=bearer)|(?<=basic))[ ]+[\w.~+/=-]{{8,4000}}
    | (?<![a-z]){_NAMES}["']?\s{{0,3}}[=:]\s{{0,3}}(?:"[^"]{{0,4000}}"|'[^']{{0,4000}}'|[^\s&;,"']{{1,4000}})
    | (?<=://)[^\s@]{{1,400}}(?=@)                                  # user and password in an address
    """,
    re.IGNORECASE | re.VERBOSE,
)


def redacted(text: str) -> str:
    """Return the text, cut to a length, with dots for everything that looks like a key, token or password."""
    return _SECRETS.sub("…", text[:LONGEST])


def whereabouts(error: BaseException) -> str:
    """Return the kinds of errors and the lines of code; the texts are left out: they may quote people."""
    cause = error.__cause__ or error.__context__
    before = f"{whereabouts(cause)}then " if cause else ""
    return f"{before}{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"
