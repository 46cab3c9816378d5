"""YAML text -> document, on the event stream alone: no object is made that the limits do not allow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec
import yaml

from mapper.authoring.document import MAX_DEPTH, SPLIT_IT, Document, Span
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.reading import (
    ANCHOR,
    DOCUMENTS,
    DUPLICATE,
    EMPTY,
    KEY_NOT_TEXT,
    NOT_KEYS,
    SYNTAX,
    TAG,
    TOO_LARGE,
)
from mapper.authoring.scalars import plain_value
from mapper.authoring.source import line_and_column, split_lines
from mapper.records.diagnostic import Diagnostic, Place, Related, Route

MAX_NODES: Final = 50_000
_MAX_DIAGNOSTICS: Final = 100
_QUOTE_KEY: Final = "quote it if it is a text: keys are texts"

_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_STYLES: Final[dict[str | None, Literal["plain", "single", "double", "literal", "folded"]]] = {
    None: "plain", "": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded",
}  # fmt: skip


def compose(
    text: str, *, file: str, first: str = "mapper: 1", loader: Any = _LOADER
) -> tuple[Document | None, list[Diagnostic]]:
    """Build the document of a text.

    None where the text means nothing that further checks could use. With duplicate keys there is a document, holding
    the first of them, beside the diagnostics. `first` is the line with which such a file begins.
    """
    composer = _Composer(file, text, first)
    try:
        composer.run(yaml.parse(text, Loader=loader))
    except yaml.YAMLError as error:
        from mapper.authoring.syntax import explain  # only broken text needs it

        composer.stop(explain(error, file=file, text=text, bracket=composer.bracket()))
    return composer.result()


class _LimitError(Exception):
    """A limit is reached."""


class _Frame(msgspec.Struct):
    """An open list or mapping. `route` is None inside what leads nowhere, such as the second of two equal keys."""

    data: Any
    route: Route | None
    start: int
    flow: bool
    end: int
    awaits_key: bool = True
    key: str | None = None
    keys: dict[str, int] = msgspec.field(default_factory=dict)


class _Composer:
    def __init__(self, file: str, text: str, first: str) -> None:
        self.file, self.text = file, text
        self._begin = f"begin with `{first}`"
        self.data: Any = None
        self.values: dict[Route, Span] = {}
        self.keys: dict[Route, Span] = {}
        self.diagnostics: list[Diagnostic] = []
        self._stack: list[_Frame] = []
        self._nodes = 0
        self._documents = 0
        self._usable = True

    def run(self, events: Iterator[Any]) -> None:
        """Take every event; YAMLError where the text is broken."""
        try:
            for event in events:
                self._take(event)
        except _LimitError:
            return
        if self._documents == 0 or (self.data is None and self._nodes == 1):
            self.stop(EMPTY.at(self._spot(0, 1), "the file is empty", help=self._begin))
        elif not isinstance(self.data, dict) and self._usable:
            self._not_keys()

    def bracket(self) -> int | None:
        """Offset of the innermost bracket that is open."""
        return self._stack[-1].start if self._stack and self._stack[-1].flow else None

    def stop(self, diagnostic: Diagnostic) -> None:
        """Note what makes the document unusable."""
        self._usable = False
        self.diagnostics.append(diagnostic)

    def result(self) -> tuple[Document | None, list[Diagnostic]]:
        """What came of it."""
        if not self._usable:
            return None, self.diagnostics
        return Document(self.file, self.text, self.data, self.values, self.keys), self.diagnostics

    def _take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._limit(event)
                self._refuse_marks(event)
                self._scalar(event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._limit(event)
                self._refuse_marks(event)
                self._open(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._close(event)
            case yaml.AliasEvent():
                self._limit(event)
                self._alias(event)
            case yaml.DocumentStartEvent():
                self._document(event)
            case _:
                pass

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            message = "a second document begins here"
            self._report(
                DOCUMENTS, event.start_mark.index, message, "put it into a file of its own, or delete `---`", 3
            )
            raise _LimitError
        if event.version or event.tags:
            at = event.start_mark.index
            self._report(DOCUMENTS, at, "a line that starts with `%` is a YAML directive", "delete it")

    def _limit(self, event: Any) -> None:
        self._nodes += 1
        what = None
        if self._nodes > MAX_NODES:
            what = f"the file has more than {MAX_NODES:,} keys and values"
        elif len(self._stack) >= MAX_DEPTH and not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            what = f"nested deeper than {MAX_DEPTH} levels"
        if what:
            self._report(TOO_LARGE, event.start_mark.index, what, SPLIT_IT)
        if what or len(self.diagnostics) >= _MAX_DIAGNOSTICS:
            raise _LimitError

    def _refuse_marks(self, event: Any) -> None:
        if event.tag is not None:
            from mapper.authoring.quoting import quote_it  # only broken text needs it

            start = event.start_mark.index
            column = line_and_column(self.text, start)[1] - 1
            help_ = quote_it(self._line_of(start), column)
            self._report(TAG, start, "`!` at the start of a value is a YAML tag", help_, self._word(start))
        if event.anchor is not None:
            start = self.text.find("&", event.start_mark.index)
            help_ = f"delete `&{event.anchor}` and name the shared value with `let`, or quote it if it is an expression"
            self._report(ANCHOR, start, f"`&{event.anchor}` is a YAML anchor", help_, len(event.anchor) + 1)

    def _alias(self, event: Any) -> None:
        start = event.start_mark.index
        help_ = "repeat the value, or name it with `let`; quote it if it is an expression"
        self._report(ANCHOR, start, f"`*{event.anchor}` is a YAML alias", help_, len(event.anchor) + 1)
        self._put(None)

    def _scalar(self, event: Any) -> None:
        style = _STYLES[event.style]
        if _SURROGATE.search(event.value):  # libyaml refuses these itself
            message = "half of a surrogate pair, which no file can hold"
            self._report(SYNTAX, event.start_mark.index, message, "write the character itself")
        span = Span(event.start_mark.index, event.end_mark.index, style)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and isinstance(frame.data, dict) and frame.awaits_key:
            self._key(frame, event.value, span)
            return
        value = plain_value(event.value) if style == "plain" else event.value
        route = self._put(value)
        if route is not None:
            self.values[route] = span
        if frame is not None:
            frame.end = max(frame.end, span.end)

    def _key(self, frame: _Frame, key: str, span: Span) -> None:
        frame.awaits_key = False
        frame.key = key
        frame.end = max(frame.end, span.end)
        length = max(span.end - span.start, 1)
        if key == "<<" and span.style == "plain":
            self._report(ANCHOR, span.start, "`<<` is a YAML merge key", "write `$merge: [...]`", length)
        if not key and span.style == "plain":
            self._report(KEY_NOT_TEXT, span.start, "a key is missing before the `:`", "write the key", 1)
        elif key in frame.keys:
            first = Related(place=self._spot(frame.keys[key], length), message="first used here")
            message = f"the key `{key}` stands twice in this mapping"
            place = self._spot(span.start, length)
            self.diagnostics.append(DUPLICATE.at(place, message, help="delete or rename one of them", related=(first,)))
            frame.key = None
        else:
            frame.keys[key] = span.start
            if frame.route is not None:
                self.keys[(*frame.route, key)] = span

    def _open(self, event: Any) -> None:
        start = event.start_mark.index
        frame = self._stack[-1] if self._stack else None
        is_map = isinstance(event, yaml.MappingStartEvent)
        data: Any = {} if is_map else []
        route: Route | None = None
        if frame is not None and isinstance(frame.data, dict) and frame.awaits_key:
            kind = "mapping" if is_map else "list"
            is_template = self.text.startswith("{{", start - 1)
            help_ = "an expression stands as it is, without braces" if is_template else _QUOTE_KEY
            if frame.route is not None:  # inside a key that is refused already, once is enough
                self._report(KEY_NOT_TEXT, start, f"a {kind} can't be a key", help_)
            frame.awaits_key, frame.key = False, None
            self._stack.append(_Frame(data, None, start, event.flow_style, start))
            return
        route = self._put(data)
        self._stack.append(_Frame(data, route, start, event.flow_style, start))

    def _close(self, event: Any) -> None:
        frame = self._stack.pop()
        end = event.end_mark.index if frame.flow else frame.end
        if frame.route is not None:
            self.values[frame.route] = Span(frame.start, end)
        if self._stack:
            self._stack[-1].end = max(self._stack[-1].end, end)

    def _put(self, value: Any) -> Route | None:
        """Hang a value where it belongs and name its route, None where that is nowhere."""
        if not self._stack:
            self.data = value
            return ()
        frame = self._stack[-1]
        if isinstance(frame.data, list):
            frame.data.append(value)
            return None if frame.route is None else (*frame.route, len(frame.data) - 1)
        frame.awaits_key = True
        key, frame.key = frame.key, None
        if key is None:
            return None
        frame.data[key] = value
        return None if frame.route is None else (*frame.route, key)

    def _not_keys(self) -> None:
        what = "a list" if isinstance(self.data, list) else "a mere value"
        start = self.values[()].start
        self._report(NOT_KEYS, start, f"the file holds {what}, not `key: value` lines", self._begin)

    def _report(self, rule: Rule, start: int, message: str, help_: str | None, length: int = 1) -> None:
        self.stop(rule.at(self._spot(start, length), message, help=help_))

    def _spot(self, start: int, length: int) -> Place:
        line, column = line_and_column(self.text, start)
        return Place(file=self.file, line=line, column=column, length=length)

    def _line_of(self, offset: int) -> str:
        return split_lines(self.text)[line_and_column(self.text, offset)[0] - 1]

    def _word(self, start: int) -> int:
        end = start
        while end < len(self.text) and not self.text[end].isspace():
            end += 1
        return end - start
