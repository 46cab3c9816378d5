"""What fuzzing begins with: good input of each kind, and the words of which it consists."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mapper.expressions.functions import FUNCTIONS

_ROOT: Final = Path(__file__).parents[2]
_CALLS: Final = [
    {"type": "track", "event": "E", "userId": "u1", "properties": {"price": 1.5, "ok": True, "none": None}},
    {"type": "identify", "userId": 7, "traits": {"email": "a@example.com", "é": [1, {"a": "\\ud800"}]}},
]
_BATCH: Final = {"batch": _CALLS, "writeKey": "k", "sentAt": "2026-01-02T03:04:05.678Z", "context": {"direct": True}}
_EXPRESSIONS: Final = (
    *("a.b[0]", "a.b[?a == 'é'] | [0].a", "b[] | sort(@)", "properties.products[*].{a: a, n: b}", "!a && c || b[1:2]"),
    *("if(a.b == `1`, 'x', upper(c))", "sort_by(properties.products, &a)[-1]", '"c"', "a.*.b", "to_epoch_ms(a.c)"),
)
_SERVE: Final = """listen: 127.0.0.1:8080
queue: queue.db
sources:
  web: {write_keys: [$NAME]}
webhooks:
  segment: {secrets: [s], batches: true}
most_pending: 10
trust_proxies: [10.0.0.0/8]
"""


def _dump(value: object, indent: int | None = None) -> bytes:
    return json.dumps(value, indent=indent).encode()


def _lines() -> list[bytes]:
    letter = {"reason": "bad", "call": _CALLS[0], "destination": "d", "mapping": "track"}
    plain = [b"\n".join(map(_dump, _CALLS)), _dump(_CALLS), _dump(_CALLS, 2), _dump(_BATCH), _dump(letter)]
    mixed = b"\n".join([_dump(_BATCH), _dump(letter), b"", b"[1, 2", _dump(_CALLS[0])])
    return [b"\x07" + each for each in (*plain, mixed, gzip.compress(plain[0]))]


def _mappings() -> list[bytes]:
    return [path.read_bytes() for path in sorted(_ROOT.glob("mappings/natero*/*.yaml"))]


def seeds() -> Mapping[str, list[bytes]]:
    """Good input by target."""
    bodies = [_dump(_BATCH), _dump({"batch": [_CALLS[0], "x", None]}), _dump(_CALLS[0]), gzip.compress(_dump(_BATCH))]
    return {
        "lines": _lines(),
        "batch": [bytes([at]) + body for at, body in enumerate(bodies)],
        "webhook": [b"\x05" + _dump(each) for each in (_CALLS[0], _CALLS, [])],
        "mapping": _mappings(),
        "config": [_SERVE.encode(), b"sources: {web: {write_keys: ['a', \"b\"]}}\n"],
        "expression": [text.encode() for text in _EXPRESSIONS],
    }


_JSON_WORDS: Final = ('{"', '":', '"batch":[', '"type":"track"', '"reason":', '"call":', '"raw":"', '"raw_base64":"')
_MORE_WORDS: Final = ('"writeKey":', '"sentAt":', '"context":', '"timestamp":', "null", "NaN", "\\ud800", "1e999")
_YAML_WORDS: Final = ("mapper: 1", "accepts: ", "request: event", "body:", "let:", "$first: ", "$merge: ", "$if: ")
_YAML_MARKS: Final = (
    "$share: ",
    "$named: ",
    "$rest: ",
    "$const: ",
    "&a ",
    "*a",
    "<<: ",
    "!!int ",
    ">-",
    "---",
    "%YAML",
)


def words() -> Mapping[str, list[str]]:
    """Words by target."""
    calls = [*_JSON_WORDS, *_MORE_WORDS]
    yaml = [*_YAML_WORDS, *_YAML_MARKS, "2026-01-02", "0b1", "0x", "1:2", "after: ", "skip:", "when: "]
    return {
        **dict.fromkeys(("lines", "batch", "webhook"), calls),
        "mapping": yaml,
        "config": [*yaml, "sources:", "webhooks:", "listen: ", "$NAME", "secrets: ", "write_keys: ", "trust_proxies: "],
        "expression": [
            *(f"{name}(" for name in FUNCTIONS),
            "[?",
            "[*]",
            "[]",
            "||",
            "&&",
            "@",
            "`1`",
            "'a'",
            "&a",
            "::",
        ],
    }
