"""A place that says what it is -> the line and column where it stands."""

from __future__ import annotations

from collections.abc import Mapping

from mapper.authoring.document import Document, Span
from mapper.authoring.folding import read_scalar
from mapper.authoring.source import line_and_column
from mapper.records.diagnostic import Location, Place, Route


def locate(place: Place, documents: Mapping[str, Document]) -> Location:
    """Find a place in its file.

    A place within a scalar is found through quotes, escapes, folds and indentation. `length` covers what stands on the
    first line only. A route that leads nowhere (a key that is missing) gives the nearest node above it.

    Args:
        place: What to find.
        documents: The documents by their `file`; without the place's own, only its `line` and `column` can be given.
    """
    if place.line is not None:
        return Location(file=place.file, line=place.line, column=place.column or 1, length=max(place.length, 1))
    document = documents.get(place.file)
    if document is None:
        return Location(file=place.file, line=1, column=1)
    route, span = _span(document, place)
    start, stop = _extent(document, route, span, place)
    line, column = line_and_column(document.text, start)
    return Location(file=place.file, line=line, column=column, length=_on_line(document.text, start, stop))


def _span(document: Document, place: Place) -> tuple[Route, Span]:
    """The route that exists, and the span of its value or key."""
    route = place.route
    while route not in document.values and route:
        route = route[:-1]
    span = document.values.get(route, Span(0, 0))
    if place.on == "key" and route == place.route:
        span = document.keys.get(route, span)
    return route, span


def _extent(document: Document, route: Route, span: Span, place: Place) -> tuple[int, int]:
    """First offset and the one behind the last."""
    whole = place.start == 0 and place.length == 0
    if not span.style or route != place.route or (whole and span.style in ("plain", "single", "double")):
        return span.start, span.end
    reading, end = read_scalar(document.text, span, indent=_indent(document, route))
    if not reading:
        return span.start, span.end
    offsets = [offset for _, offset in reading]
    start = offsets[place.start] if place.start < len(offsets) else end
    after = place.start + place.length
    return start, offsets[after] if place.length and after < len(offsets) else end


def _indent(document: Document, route: Route) -> int:
    """0-based column of the collection around a node, -1 for the root."""
    if not route:
        return -1
    return line_and_column(document.text, document.values[route[:-1]].start)[1] - 1


def _on_line(text: str, start: int, stop: int) -> int:
    """How many characters up to `stop` stand on the line of `start`, blanks at its end left out; at least 1."""
    line_end = text.find("\n", start)
    if 0 <= line_end < stop:
        return max(len(text[start:line_end].rstrip()), 1)
    return max(stop - start, 1)
