"""Findings that the author has looked at: ``# mapper: allow MAP212 because our app sends it``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from mapper.authoring.document import Document, Span
from mapper.authoring.offsets import locate
from mapper.authoring.rules.loading import UNUSED_SUPPRESSION
from mapper.authoring.source import line_and_column
from mapper.records.diagnostic import Diagnostic, Place

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#[ \t]*mapper:[ \t]*allow\b[ \t]*(?P<code>\S*)(?P<rest>.*)$", re.MULTILINE)
_REASON: Final = re.compile(r"\s+because\s+\S")
_CHECKED: Final = 200
"""From this number on rules look at what could be read and has the right shape."""
_NEEDED: Final = frozenset({201, 202, 203, 301, 302, 303, 304, 305, 306, 307, 311, 312})
"""Numbers of rules without which nothing could run, besides all below 200."""
_NEEDED_AS_ERRORS: Final = frozenset({411})
"""Numbers of such rules of which single findings are warnings, which can be allowed."""
_OF_THE_SANDBOX: Final = range(500, 600)
"""Numbers of rules that say what keeps a run with the sandbox from starting."""


class _Comment(msgspec.Struct, frozen=True):
    """``allow`` in a file: the code, and what is wrong with the comment itself, if anything."""

    place: Place
    code: str
    fault: str | None


def without_allowed(found: Iterable[Diagnostic], documents: Mapping[str, Document]) -> list[Diagnostic]:
    """The findings that no comment allows, and one for each comment that allows none.

    A comment allows one finding of its code, on its own line or in the value that begins there. Where a file could not
    be read or has a wrong shape, not every rule could look: then no comment counts as unused.
    """
    left = list(found)
    all_looked = not any(each.is_error and int(each.code[3:]) < _CHECKED for each in left)
    problems: list[Diagnostic] = []
    for comment in _comments(documents):
        at = next((at for at, each in enumerate(left) if _concerns(comment, each, documents)), None)
        fault = comment.fault or (_kept(left[at]) if at is not None else None)
        if fault is not None:
            problems.append(UNUSED_SUPPRESSION.at(comment.place, fault, help="`# mapper: allow MAP212 because ...`"))
        elif at is None and all_looked:
            message = f"there is no {comment.code} here to allow"
            help_ = "delete the comment, or move it to the line that it is about"
            problems.append(UNUSED_SUPPRESSION.at(comment.place, message, help=help_))
        elif at is not None:
            del left[at]
    return [*left, *problems]


def _comments(documents: Mapping[str, Document]) -> Iterator[_Comment]:
    for document in documents.values():
        if "mapper:" not in document.text:
            continue
        for match in _COMMENT.finditer(document.text):
            if not _in_a_scalar(document, match.start()):
                line, column = line_and_column(document.text, match.start())
                length = len(match[0].rstrip())
                place = Place(file=document.file, line=line, column=column, length=length)
                yield _Comment(place, match["code"], _fault(match))


def _in_a_scalar(document: Document, offset: int) -> bool:
    return any(span.style and _begin(document, span) <= offset < span.end for span in document.values.values())


def _begin(document: Document, span: Span) -> int:
    """Where the text of a scalar begins: after ``|`` or ``>`` a comment may stand."""
    return document.text.find("\n", span.start) if span.style in ("literal", "folded") else span.start


def _fault(match: re.Match[str]) -> str | None:
    code = match["code"]
    if not re.fullmatch(r"MAP\d{3}", code):
        return "the comment names no rule"
    number = int(code[3:])
    if number < _CHECKED or number in _NEEDED:
        return f"{code} can't be allowed: nothing could run"
    if number in _OF_THE_SANDBOX:
        return f"{code} can't be allowed: `mapper run --sandbox` could not start"
    return None if _REASON.match(match["rest"]) else "the comment gives no reason"


def _kept(found: Diagnostic) -> str | None:
    """Why no comment allows this finding, though some of its code can be allowed."""
    if found.is_error and int(found.code[3:]) in _NEEDED_AS_ERRORS:
        return f"this {found.code} can't be allowed: nothing could run"
    return None


def _concerns(comment: _Comment, found: Diagnostic, documents: Mapping[str, Document]) -> bool:
    if found.code != comment.code or found.primary.file != comment.place.file:
        return False
    line = comment.place.line
    if locate(found.primary, documents).line == line:
        return True
    document = documents[found.primary.file]
    span = document.values.get(found.primary.route)
    return span is not None and line_and_column(document.text, span.start)[0] == line
