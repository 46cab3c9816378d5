"""Spellings of a name: snake_case, camelCase, Title Case."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from mapper.expressions.functions.model import Example, Function, Parameter


def words(text: str) -> list[str]:
    """The words of a name, as they are written.

    Anything but letters, digits and apostrophes parts words; so does a capital after a small letter or digit, and the
    last of several capitals before a small letter: ``HTTPServer2Go`` has the words HTTP, Server2 and Go.
    """
    found: list[str] = []
    start = None
    for at, character in enumerate(text):
        if not _in_word(character):
            if start is not None:
                found.append(text[start:at])
            start = None
        elif start is None:
            start = at
        elif character.isupper() and _starts_word(text, at):
            found.append(text[start:at])
            start = at
    if start is not None:
        found.append(text[start:])
    return found


def snake_case(value: Any) -> str | None:
    """Words in lower case, joined by ``_``."""
    return "_".join(map(_bare, words(value))).lower() if type(value) is str else None


def camel_case(value: Any) -> str | None:
    """Words run together, each but the first with a capital."""
    if type(value) is not str:
        return None
    first, *others = [*map(_bare, words(value))] or [""]
    return first.lower() + "".join(map(_capital, others))


def title_case(value: Any) -> str | None:
    """Words with a capital each, joined by spaces."""
    return " ".join(map(_capital, words(value))) if type(value) is str else None


def _in_word(character: str) -> bool:
    return character.isalnum() or character in "'’" or unicodedata.category(character)[0] == "M"


def _starts_word(text: str, at: int) -> bool:
    before = text[at - 1]
    return before.islower() or before.isdigit() or (before.isupper() and text[at + 1 : at + 2].islower())


def _bare(word: str) -> str:
    return word.replace("'", "").replace("’", "")


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:].lower()


_STRING = (Parameter("text", ("string",)),)

FUNCTIONS: Final = (
    Function(
        name="snake_case",
        parameters=_STRING,
        returns=("string", "null"),
        doc="The words of a name in lower case, joined by underscores.",
        examples=(
            Example("snake_case(name)", {"name": "firstName"}, "first_name"),
            Example("snake_case(name)", {"name": "HTTP Server-2"}, "http_server_2"),
            Example("snake_case(name)", {"name": 2}, None),
        ),
        group="text",
        call=snake_case,
    ),
    Function(
        name="camel_case",
        parameters=_STRING,
        returns=("string", "null"),
        doc="The words of a name run together, each but the first with a capital.",
        examples=(
            Example("camel_case(name)", {"name": "first_name"}, "firstName"),
            Example("camel_case(name)", {"name": "Total billed"}, "totalBilled"),
            Example("camel_case(name)", {}, None),
        ),
        group="text",
        call=camel_case,
    ),
    Function(
        name="title_case",
        parameters=_STRING,
        returns=("string", "null"),
        doc="The words of a name with a capital each, joined by spaces.",
        examples=(
            Example("title_case(name)", {"name": "plan_renewed"}, "Plan Renewed"),
            Example("title_case(name)", {"name": "don't stop"}, "Don't Stop"),
            Example("title_case(name)", {"name": None}, None),
        ),
        group="text",
        call=title_case,
    ),
)
