"""What is wrong with the text of a file of keys and other settings, in words that quote nothing of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mapper.authoring.rules.reading import ANCHOR, DUPLICATE, READING_RULES, SYNTAX, TAG, UNQUOTED, UNREADABLE
from mapper.records.diagnostic import Diagnostic

_QUOTES: Final = re.compile(r"`[^`]{3,}`")
"""More than a bracket, a quote or a block's head."""
_NOT_SO: Final = re.compile(rf"{_QUOTES.pattern}|mapping")
"""A help that quotes, or that is for authors of mappings."""
_TITLES: Final = {rule.code: rule.title for rule in READING_RULES}
_HELP: Final[Mapping[str, str]] = {
    **dict.fromkeys((TAG.code, ANCHOR.code, UNQUOTED.code), "put quotes around the whole value"),
    SYNTAX.code: "a key needs a blank after its `:`, a text with a backslash single quotes",
}


def discreet(problem: Diagnostic, otherwise: str) -> tuple[str, str]:
    """A problem of :func:`~mapper.authoring.read.read_document` as a line, and what to do about it.

    Args:
        problem: What the author of a mapping would be told.
        otherwise: The help where there is none that fits.
    """
    place, message, help_ = problem.primary, problem.message, problem.help
    if problem.code != DUPLICATE.code and _QUOTES.search(message):
        title = _TITLES[problem.code]
        message = title[:1].lower() + title[1:]
    if help_ is None or _NOT_SO.search(help_):
        help_ = _HELP.get(problem.code, otherwise)
    where = place.file if problem.code == UNREADABLE.code else f"{place.file}:{place.line}:{place.column}"
    return f"{where}: {message}", help_
