"""What the ledger counts a dead result under."""

from __future__ import annotations

import pytest

from mapper.delivery.jetstream.book import Book
from mapper.delivery.reasons import general

PLACE = "track.yaml:5:8: In function abs(), invalid type for value"
CAUSES = {
    ("unmappable", 'v.n breaks the request\'s schema: "2" is not of type "integer"'): "v.n breaks the request's schema",
    ("unmappable", f"{PLACE}: a: b, expected one of: ['number'], received: \"string\""): PLACE,
    ("unmappable", "a price at column 5"): "a price at column 5",
    ("unmappable", "no event name"): "no event name",
    ("invalid", "not JSON: ends too early, at column 17"): "not JSON: ends too early",
    ("invalid", "not UTF-8: byte 0xe9 at column 4"): "not UTF-8",
    ("invalid", "line of 3001 bytes exceeds the limit of 3000 bytes"): "a line exceeds the limit of 3000 bytes",
    ("invalid", "nested deeper than 128 levels"): "nested deeper than 128 levels",
    ("rejected", "HTTP 422: line of 5 bytes"): "HTTP 422: line of 5 bytes",
}


@pytest.mark.parametrize(("cause", "counted"), CAUSES.items())
def test_nothing_that_differs_from_call_to_call(cause: tuple[str, str], counted: str) -> None:
    assert general(*cause) == counted


def test_the_book_of_a_partition_counts_together_what_lacks_the_same() -> None:
    book = Book()
    for number in range(3):
        book.count({("unmappable", f"v breaks the request's schema: {number} is too great"): 2})
    book.count({("unmappable", "v breaks the request's schema: 1 is too great"): -1})
    assert book.ledger == {("unmappable", "v breaks the request's schema"): 5}
