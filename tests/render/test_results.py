"""The lines of a dry run, byte for byte."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mapper.records.result import Invalid, Mapped, Request, Skipped, Unmappable
from mapper.render.results import result_line

MAPPED = Mapped(
    index=3,
    message_id="m-1",
    type="track",
    request=Request(
        destination="natero",
        name="event",
        mapping="track",
        body=b'{"b":1.50,"a":"\xc3\xa9","b":2}',
        order_key="secret-free",
    ),
)


def test_a_mapped_call() -> None:
    line = result_line(
        MAPPED,
        line=7,
        method="POST",
        shown_url="https://events.natero.com/v1/***/***",
        shown_headers={"content-type": "application/json", "authorization": "***"},
    )
    assert line == (
        b'{"line":7,"message_id":"m-1","type":"track","destination":"natero","mapping":"track",'
        b'"request":{"name":"event","method":"POST","url":"https://events.natero.com/v1/***/***",'
        b'"headers":{"content-type":"application/json","authorization":"***"},'
        b'"body":{"b":1.50,"a":"\xc3\xa9","b":2}}}\n'
    )


def test_the_file_where_asked() -> None:
    line = result_line(MAPPED, line=7, file="in/a.ndjson")
    assert line.startswith(b'{"line":7,"file":"in/a.ndjson","message_id":"m-1",')
    assert result_line(Invalid(index=0, reason="r"), line=1, file="-") == b'{"line":1,"file":"-","invalid":"r"}\n'


def test_a_skipped_call() -> None:
    whole = Skipped(index=0, message_id="m", type="screen", destination="natero", mapping=None, reason="not accepted")
    assert result_line(whole, line=8) == (
        b'{"line":8,"message_id":"m","type":"screen","destination":"natero","skipped":"not accepted"}\n'
    )
    one = Skipped(index=0, message_id=None, type="page", destination="natero", mapping="page", reason='no "n"')
    assert result_line(one, line=9) == (
        b'{"line":9,"message_id":null,"type":"page","destination":"natero","mapping":"page","skipped":"no \\"n\\""}\n'
    )


def test_an_unmappable_call() -> None:
    known = Unmappable(index=0, message_id="m", type="track", destination="natero", mapping="track", reason="no time")
    assert result_line(known, line=9) == (
        b'{"line":9,"message_id":"m","type":"track","destination":"natero","mapping":"track","unmappable":"no time"}\n'
    )
    unknown = Unmappable(index=0, message_id=None, type=None, destination=None, mapping=None, reason="no type")
    assert result_line(unknown, line=9) == (
        b'{"line":9,"message_id":null,"type":null,"destination":null,"unmappable":"no type"}\n'
    )


def test_an_invalid_line() -> None:
    assert result_line(Invalid(index=0, reason="not JSON: column 14"), line=10) == (
        b'{"line":10,"invalid":"not JSON: column 14"}\n'
    )


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), st.text(), st.integers(1, 10**12))
def test_every_line_is_one_line_of_json(body: dict[str, object], text: str, line: int) -> None:
    request = Request(destination=text, name=text, mapping=text, body=json.dumps(body).encode())
    written = result_line(
        Mapped(index=0, message_id=text, type=text, request=request), line=line, file=text, shown_headers={text: text}
    )
    assert written.count(b"\n") == 1
    assert written.endswith(b"\n")
    read = json.loads(written)
    assert read["line"] == line
    assert read["request"]["body"] == body
    assert read["file"] == read["message_id"] == read["mapping"] == text
