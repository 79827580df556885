"""Takes secrets out of text that is on its way to people, records and logs."""

import re

_SECRETS = re.compile(
    r"""
      \b(?:sk|pk|rk)-[\w-]{8,}                                  # keys of model providers
    | \beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*                         # JSON web tokens
    | (?<=bearer[ ])[\w.~+/=-]{8,}
    | (?<=accountkey=)[^;\s]+
    | (?:(?<=api[-_]key[=:])|(?<=password[=:])|(?<=secret[=:])|(?<=sig=))\s*[^\s&;,"']+
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                           # user:password in an address
    """,
    re.IGNORECASE | re.VERBOSE,
)


def redacted(text: str) -> str:
    """Return the text with everything that looks like a key, token or password replaced by three dots."""
    return _SECRETS.sub("…", text)
