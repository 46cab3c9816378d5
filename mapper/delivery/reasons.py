"""What the ledger counts a dead result under: its cause without what differs from call to call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_MADE_UP: Final = (
    (re.compile(r"( breaks the request's schema): .*", re.DOTALL), r"\1"),
    (re.compile(r"(invalid type for value): .*", re.DOTALL), r"\1"),
)
_UNREADABLE: Final = (
    (re.compile(r"(: byte 0x[0-9a-f]{2})?,? at (column|line) \d+$"), ""),
    (re.compile(r"^line of \d+ bytes"), "a line"),
)
_RULES: Final[dict[str, Sequence[tuple[re.Pattern[str], str]]]] = {"unmappable": _MADE_UP, "invalid": _UNREADABLE}
"""By kind: a thousand calls that lack the same are one line of the ledger, and no value of a call is in it."""


def general(kind: str, reason: str) -> str:
    """The cause, without values of the call, columns and sizes. Reasons that mappings give stay as they are."""
    for pattern, instead in _RULES.get(kind, ()):
        reason = pattern.sub(instead, reason)
    return reason
