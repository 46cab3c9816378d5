"""The shipped mappings, compiled and interpreted: the same requests, skips and reasons, to the byte."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mapper.authoring.load import load_set
from mapper.authoring.shipped import shipped
from mapper.base.json import MAX_DEPTH
from mapper.records.spec import DestinationSpec
from tests.support.calls import random_calls
from tests.support.engines import Engines
from tests.support.typical import typical_calls

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SETTINGS = {
    "natero": {"endpointRegion": "EU", "anonymousUsers": "send", "authKey": "***", "sendKey": "***"},
    "natero-accounts": {"endpointRegion": "US", "apiKey": "***"},
}
SETS = [("natero",), ("natero-accounts",), ("natero", "natero-accounts")]


@cache
def spec(name: str) -> DestinationSpec:
    found = load_set(shipped("mappings") / name).spec
    assert found is not None
    return found


@cache
def engines(names: tuple[str, ...]) -> Engines:
    return Engines([spec(name) for name in names], SETTINGS)


def encoded(call: object) -> bytes:
    return json.dumps(call).encode()


def counted(names: tuple[str, ...], lines: list[bytes]) -> Counter[str]:
    return Counter(type(result).__name__ for result in engines(names).apply(lines))


@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_on_the_examples_and_the_cases_of_the_snapshots(names: tuple[str, ...]) -> None:
    lines = [line for name in ("events", "awkward") for line in (EXAMPLES / f"{name}.ndjson").read_bytes().splitlines()]
    lines += [
        json.dumps(json.loads(path.read_bytes())["call"]).encode() for path in shipped("cases").glob("*/*/*.json")
    ]
    found = counted(names, lines)
    assert found["Mapped"] > 300
    assert min(found["Skipped"], found["Unmappable"]) > 10


@pytest.mark.parametrize("names", SETS, ids="+".join)
@pytest.mark.parametrize("seed", [31, 32])
def test_on_random_calls(seed: int, names: tuple[str, ...]) -> None:
    found = counted(names, [encoded(call) for call in random_calls(seed, 1_500)])
    assert min(found["Mapped"], found["Skipped"], found["Unmappable"]) > 50


def test_typical_calls_take_the_typed_way(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [encoded(call) for call in typical_calls(3, 1_000)]
    compiled = Engines([spec("natero")], SETTINGS).compiled
    monkeypatch.setattr(compiled, "_map_whole", lambda *_: pytest.fail("a typical call was decoded whole"))
    assert len(compiled.apply(lines)) == len(lines)


def test_text_in_any_script_takes_the_typed_way(monkeypatch: pytest.MonkeyPatch) -> None:
    call = {**CALL, "properties": {"module": "東京" * 200, "note": "é" * 500}}
    compiled = Engines([spec("natero")], SETTINGS).compiled
    monkeypatch.setattr(compiled, "_map_whole", lambda *_: pytest.fail("a sound call was decoded whole"))
    assert len(compiled.apply([json.dumps(call, ensure_ascii=False).encode()])) == 1


@pytest.mark.parametrize("names", [SETS[0], SETS[2]], ids="+".join)
def test_what_stands_in_for_an_unreadable_timestamp(names: tuple[str, ...]) -> None:
    calls: list[dict[str, object]] = []
    for kind in ("track", "page", "identify", "group", "alias"):
        for unreadable in ({}, {"timestamp": None}, {"timestamp": ""}, {"timestamp": "soon"}, {"timestamp": True}):
            for other in ("receivedAt", "originalTimestamp", "sentAt", "neither"):
                more = {"type": kind, "groupId": "g", "previousId": "p", other: "2024-05-06T10:15:00.001Z"}
                calls.append(
                    {**{key: value for key, value in CALL.items() if key != "timestamp"}, **more, **unreadable}
                )
    found = counted(names, [encoded(call) for call in calls])
    assert min(found["Mapped"], found["Unmappable"]) >= 25


def spoilt(seed: int, count: int) -> Iterator[bytes]:
    """Typical calls with a few bytes changed: mostly no JSON any more, and now and then JSON of another kind."""
    rng = random.Random(seed)
    for call in typical_calls(seed, count):
        raw = bytearray(json.dumps(call, ensure_ascii=False).encode())
        for _ in range(rng.choice((1, 1, 2))):
            at = rng.randrange(len(raw))
            piece = rng.choice(PIECES)
            raw[at : at + rng.choice((0, 1, 1, len(piece)))] = piece
        yield bytes(raw)


PIECES = (
    *(b"", b"\x00", b"\x01", b"\n", b"\t", b"\\", b"\\x", b"\\u00e9", b"\\ud83d", b'"'),
    *(b"\xff", b"\xc3\xa9", b"\xc3", b"\xed\xa0\x80", b"{", b"}", b"[", b"]", b":", b",", b" ", b"  "),
    *(b"null", b"true", b"NaN", b"Infinity", b"-", b"01", b"1e5", b"1e400", b"1.", b"9" * 30),
    *(b'"type":"page",', b'"userId":7,', b'"userId":null,', b'"context":null,', b'"context":{},'),
    *(b'"traits":[],', b'"properties":"x",'),
)


@pytest.mark.parametrize("seed", [1, 2])
def test_on_spoilt_bytes(seed: int) -> None:
    found = counted(("natero", "natero-accounts"), list(spoilt(seed, 1_500)))
    assert min(found["Mapped"], found["Invalid"]) > 200


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 102))
def test_on_many_spoilt_bytes(seed: int) -> None:
    counted(("natero",), list(spoilt(seed, 8_000)))


CALL = {"type": "track", "userId": "u", "event": "e", "timestamp": "2024-05-06T10:15:00.000Z", "messageId": "m"}
FIELDS = [
    *("context", "traits", "properties", "integrations", "userId", "event", "timestamp", "messageId", "groupId"),
    *("receivedAt", "skipped"),
]
JUNK = [
    *("null", "true", "0", "-0.0", "7", "1e400", "-1e400", "1e-400", "123456789012345678901234567890", "1.5"),
    *('""', '" "', "[]", "{}", "[{}]", '[["a"]]', '{"traits": null}', '{"traits": []}', '{"page": 7}'),
    *('{"page": {"title": []}}', '"\\ud800"', '"\\ud83d\\ude80"', '"\\u0000"', '"\\q"', '"\x01"'),
    *("NaN", "nul", "[1,]", '{"a":1,}', "01", "+1", "'a'", '{"a":1,"a":2}', '{"groupId":1,"groupId":"x"}'),
    *("[" * 126 + "]" * 126, "[" * 127 + "]" * 127, "[" * 128 + "]" * 128, '{"a":' * 127 + "1" + "}" * 127),
    *("[" * 5_000 + "]" * 5_000, '"' + "[{" * 500 + '"', '"é東🚀"'),
]


@pytest.mark.parametrize("field", FIELDS)
def test_on_junk_in_one_field(field: str) -> None:
    """In fields that are skipped as in those that are read."""
    lines = []
    for kind in ("track", "page", "identify", "group", "alias", "screen", "Track", " page ", "nonsense"):
        for junk in JUNK:
            call = json.dumps({**CALL, "type": kind, field: "@"}).replace('"@"', junk)
            lines += [call.encode("utf-8", "surrogatepass"), call.encode("latin-1", "replace")]
    counted(("natero", "natero-accounts"), lines)


def test_on_calls_that_are_none() -> None:
    texts = [
        "",
        " ",
        "null",
        "7",
        '"track"',
        "[]",
        "{}",
        '{"type":7}',
        '{"type":null}',
        '{"type":" "}',
        '{"type":"track"}',
    ]
    texts += ['{"type":"track","type":"page","userId":"u"}', '{"type":"track"} x', '\ufeff{"type":"track"}', "{" * 200]
    counted(("natero",), [text.encode() for text in texts])


def test_depth_is_bounded_where_nothing_is_read() -> None:
    deep = '{"type":"track","userId":"u","event":"e","timestamp":0,"x":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}"
    (result,) = engines(("natero",)).apply([deep.encode()])
    assert "deeper" in getattr(result, "reason", "")
