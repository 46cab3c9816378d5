"""Where requests may go."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_LEADING: Final = "".join(map(chr, range(0x21)))
"""What `urlsplit` leaves out at the front; tabs and line ends it leaves out anywhere."""
_AUTHORITY: Final = re.compile(r"//[^/?#]*[/?#]")
"""Host and port, and what ends them."""


def safe_base(url: str) -> bool:
    """Whether requests may go there: https, or plain http on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that are no address
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def never_safe(beginning: str) -> bool:
    """Whether no URL that begins so is a safe base, whatever follows."""
    scheme, colon, rest = re.sub(r"[\t\r\n]", "", beginning.lstrip(_LEADING)).partition(":")
    if not colon:
        return not "https".startswith(scheme.lower())
    if scheme.lower() != "http":
        return scheme.lower() != "https"
    if _AUTHORITY.match(rest):
        return not safe_base(beginning)
    return not "//".startswith(rest[:2])  # no host can follow
