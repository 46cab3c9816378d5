"""NDJSON as it should not be: what lies in files beside calls, and how lines end."""

from __future__ import annotations

from hypothesis import strategies as st

_CALL = b'{"type":"track","event":"e","userId":"u","messageId":"m%d"}'
_LETTER = b'{"reason":"rejected","destination":"natero","mapping":"track","call":{"type":"track","event":"e"}}'
_TEXTS = [
    b"",
    b" \t",
    b"{",
    b"}",
    b"[]",
    b"null",
    b"\r",
    b"\0",
    b"\xff{}",
    b"\xef\xbb\xbf{}",
    b'{"type":"track","event":"\xed\xa0\x80"}',
    b'{"type":"identify","traits":{"a":"' + b"long " * 40 + b'"}}',
    b'{"batch":[]}',
    b'{"batch":[{"type":"page","userId":"u"},7,{"type":"track"}],"context":{"ip":"1"},"sentAt":"s","writeKey":"k"}',
    b'{"batch":[{"type":"page","properties":{"a":"' + b"long " * 40 + b'"}}]}',
    b'{"batch":',
    _LETTER,
    _LETTER.replace(b'"call":{', b'"raw":"{",\n "call":{'),
    b'{"type":"group","reason":"x","batch":[1]}',
]
_ENDS = [b"\n", b"\n", b"\r\n", b"\r\r\n", b"\n\n", b"\n \n"]

LIMIT = 150
"""Most bytes of a call: some are longer, and some by what ends them."""

_calls = st.integers(0, 10**9).map(lambda number: _CALL % number)
_exact = st.integers(LIMIT - 2, LIMIT + 2).map(lambda size: b'{"type":"screen","name":"' + b"x" * (size - 27) + b'"}')
_lines = st.tuples(st.one_of(_calls, _exact, st.sampled_from(_TEXTS)), st.sampled_from(_ENDS)).map(b"".join)

awkward_files: st.SearchStrategy[bytes] = st.builds(
    lambda start, two, more, cut: (start + b"".join([*two, *more]))[: -cut or None],
    start=st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\n\r\n ", b"\xef\xbb\xbf\n"]),
    two=st.one_of(st.tuples(_calls.map(lambda call: call + b"\n"), _lines), st.tuples(_lines, _lines)),
    more=st.lists(_lines, max_size=25),
    cut=st.integers(0, 3),
)
"""A file's content, now and then cut off."""
