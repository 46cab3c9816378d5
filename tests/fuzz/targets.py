"""What is fuzzed: each takes any bytes, and raises where the program does not hold what it promises of them."""

from __future__ import annotations

import contextlib
import hmac
import io
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jmespath import exceptions

from mapper.authoring.load import load_set
from mapper.authoring.offsets import locate
from mapper.authoring.read import read_document
from mapper.base.json import JsonError, decode, depth
from mapper.expressions.parse import Node, TooComplexError, parse
from mapper.expressions.syntax import explain
from mapper.intake.read import read_lines
from mapper.intake.sources import Source
from mapper.records.line import Line
from mapper.server import signature, tracking
from mapper.server.config import load_config
from mapper.server.fault import ConfigError
from mapper.server.gunzip import gunzip
from mapper.server.refusal import Refusal
from mapper.server.stamp import Stamp
from tests.expressions.differential.compare import Pair, outcome
from tests.expressions.subjects import SUBJECTS
from tests.support.reference import search as by_reference

SECRET: Final = "hook-secret-canary"
MOST_BYTES: Final = 300
_RECEIVED: Final = 1_767_323_045_678
_VALUE: Final = {
    "a": {"b": [1, -2.5, "x", None, True, {"a": "é"}], "a": {}, "c": "2026-01-02T03:04:05Z"},
    "b": [[1, 2], ["x"], []],
    "c": "a b",
    "properties": {"price": 1.5, "products": [{"a": 2, "b": "z"}, {"a": 1, "b": "y"}]},
}
_DESTINATION: Final = """mapper: 1
id: d
destination: D
accepts: [track]
requests:
  event: {base: "'https://example.com'", path: "'/v1'", body: ndjson, batch: {max_events: 5}}
"""


class _Trickle(io.BytesIO):
    """A stream that gives few bytes at a time."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__(content)
        self._most = most

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(self._most)


def lines(data: bytes) -> None:
    """The line reader: a file gives the same calls however it comes, each with a place of its own."""
    most, content = data[:1], data[1:]
    whole = _read(content, max(len(content), 1))
    places = [(line.number, line.part) for line in whole]
    assert places == sorted(set(places)), "two calls have one place, which a run could not go on from"
    parts = _read(content, 1 + most[0] % 32 if most else 1)
    assert [(line.number, line.part, line.fault is None) for line in parts] == [
        (line.number, line.part, line.fault is None) for line in whole
    ], "it makes a difference how the blocks are cut"
    assert [line.raw for line in parts if not line.fault] == [line.raw for line in whole if not line.fault]
    assert not any(b"\n" in line.raw for line in whole if not line.fault and _json(line.raw) is not None)


def _read(content: bytes, most: int) -> list[Line]:
    stream = _Trickle(content, most)
    return list(read_lines(Source("-", "-"), stdin=stream, max_line_bytes=MOST_BYTES))


def batch(data: bytes) -> None:
    """The batch decoder: each item of a batch is a line, stamped and without the key, or the whole is refused."""
    name, body = ("batch", "import", "b", "track")[data[0] % 4 if data else 0], data[1:]
    limit = tracking.limit_of(name)
    try:
        if body[:2] == b"\x1f\x8b":
            body = gunzip(body, limit)
            assert len(body) <= limit
        opened = tracking.opened(name, body)
        tracking.write_key_of(opened)
        found = tracking.lines_of(name, opened, "web", Stamp(_RECEIVED, "192.0.2.1", by_user=name != "batch"))
    except Refusal as refusal:
        assert "\n" not in refusal.message
        assert name == "track" or not _is_batch(_json(body)) or depth(body) > 100, "a good batch is refused"
        return
    value = _json(body)
    if _is_batch(value) and name != "track":
        assert len(found) == len(value["batch"]), "items were lost or made up"
    for line in found:
        _look(line)


def _is_batch(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("batch"), list) and len(value["batch"]) <= 2_500


def _look(line: Line) -> None:
    call = _json(line.raw)
    if line.fault is None and isinstance(call, dict):
        assert {"messageId", "receivedAt"} <= call.keys(), "a call was not stamped"
        assert "writeKey" not in call, "the key is kept"


def webhook(data: bytes) -> None:
    """The webhook verifier: the right signature is believed and no other one; batches where they are asked for."""
    at, given, body = data[:1], data[:40].decode("latin-1"), data[1:]
    message = _signed_part(body)
    right = hmac.new(SECRET.encode(), body if message is None else message, "sha1").hexdigest()
    place = at[0] % len(right) if at else 0
    wrong = f"{right[:place]}{'0' if right[place] != '0' else '1'}{right[place + 1 :]}"
    for signed in (given, wrong, "", f"{right} "):
        assert _believed(body, signed, batches=True) is None, "a wrong signature is believed"
    is_batch = body.lstrip()[:1] == b"["
    events = _believed(body, right, batches=is_batch)
    if message is not None:
        assert events is not None, "the right signature is not believed"
        assert not is_batch or _believed(body, right, batches=False) is None, "a batch is believed"
    for line in signature.lines_of(events or [], "segment", _RECEIVED):
        _look(line)


def _believed(body: bytes, signed: str, *, batches: bool) -> list[bytes] | None:
    try:
        return signature.require_signed(body, signed, [SECRET, "older"], batches=batches)
    except Refusal as refusal:
        assert refusal.status in (400, 401, 403)
        return None


def _signed_part(body: bytes) -> bytes | None:
    """What Segment signs of a body, found otherwise than the server finds it; None where it is no JSON to be taken."""
    value = _json(body)
    if isinstance(value, dict):
        return body if depth(body) <= 100 else None
    if not isinstance(value, list) or depth(body) > 100:
        return None
    text = body.decode()
    start = text.index("[") + 1
    start += len(text[start:]) - len(text[start:].lstrip(" \t\r\n"))
    return text[start : json.JSONDecoder().raw_decode(text, start)[1]].encode() if value else b""


def _json(raw: bytes) -> Any:
    """The value, where it is JSON to the letter; else None."""
    try:
        value = json.loads(raw.decode(), parse_constant=lambda _: 1 / 0)
        decode(raw)
    except (ValueError, RecursionError, ZeroDivisionError, JsonError):
        return None
    return value


def mapping(data: bytes) -> None:
    """The YAML loader, and every check behind it: what is wrong with a file is told, with a place in it."""
    folder = _folder()
    (folder / "destination.yaml").write_text(_DESTINATION)
    path = folder / "t.yaml"
    path.write_bytes(data)
    document, diagnostics = read_document(path, shown="t.yaml")
    assert document is not None or diagnostics
    if document is not None:
        loaded = load_set(folder)
        diagnostics = list(loaded.diagnostics)
        assert loaded.spec is not None or diagnostics
        documents = loaded.documents
    else:
        documents = {}
    for found in diagnostics:
        location = locate(found.primary, documents)
        assert location.line > 0 and location.column > 0 and location.length > 0, location
        assert "\n" not in found.message, found.message


def config(data: bytes) -> None:
    """The server's configuration, the other YAML that is read: it can be used, or lines with places say why not."""
    path = _folder() / "serve.yaml"
    path.write_bytes(data)
    try:
        found = load_config(path, {"NAME": "key"})
    except ConfigError as error:
        assert error.faults, "it does not say why not"
        for fault in error.faults:
            assert "\n" not in f"{fault.message}{fault.help}", fault
            assert re.match(r".*serve\.yaml:[1-9]\d*:[1-9]\d*: .", fault.message), fault
        return
    assert found.names_by_key or found.webhooks
    assert found.address


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="mapper-fuzz-"))


def expression(data: bytes) -> None:
    """The expression parser: what jmespath takes, each part in its place, and the same result; or words for why not."""
    text = data.decode(errors="replace")
    try:
        node = parse(text)
    except TooComplexError:
        return
    except exceptions.JMESPathError as error:
        problem = explain(error, text)
        assert 0 <= problem.start <= len(text) and problem.length >= 0, problem
        with contextlib.suppress(RecursionError):
            assert outcome(by_reference, Pair(text, _VALUE)).startswith("raises "), "jmespath takes it"
        return
    _require_places(node, 0, len(text))
    expected = outcome(by_reference, Pair(text, _VALUE))
    for name, search in SUBJECTS.items():
        got = outcome(search, Pair(text, _VALUE))
        assert got == expected, f"{text!r}: {name} give {got}, not {expected}"


def _require_places(node: Node, start: int, end: int) -> None:
    assert start <= node.start <= node.end <= end, f"{node.kind} lies outside of what holds it"
    for child in node.children:
        _require_places(child, start, end)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    target.__name__: target for target in (lines, batch, webhook, mapping, config, expression)
}
