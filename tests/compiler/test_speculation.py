"""Code for usual calls: what it takes for granted holds, or the call is mapped as if it had not been tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.compiler.compiled import Compiled
from mapper.compiler.layout import Layout
from mapper.compiler.learning import Dealer, Kin
from mapper.compiler.speculation import Odds
from mapper.compiler.typed import Typed
from mapper.engine.interpret import Interpreter
from mapper.expressions.functions.instant import epoch_ms
from tests.compiler.test_against_interpreter import SETS, SETTINGS, engines, spec
from tests.compiler.test_moments import ODD
from tests.support.engines import Engines
from tests.support.language import apply, dealt, interpreter, load_spec, mapping, said
from tests.support.typical import typical_calls

AT = "2026-01-02T03:04:05.678Z"
JUNK: tuple[Any, ...] = (None, "", " ", 0, 7, 7.0, 0.5, True, False, [], ["u"], {}, {"id": "u"}, "\u3000", 10**30)
TEXTS = ("userId", "anonymousId", "messageId", "event", "name", "category", "groupId", "previousId", "timestamp")


def lines_of(calls: Iterable[Any]) -> list[bytes]:
    return [json.dumps(call).encode() for call in calls]


def usual(kind: str, **own: Any) -> dict[str, Any]:
    call = {"type": kind, "userId": "u", "messageId": "m", "timestamp": AT, "event": "Opened", "groupId": "g"}
    return {**call, "previousId": "p", "name": "Home", "category": "Docs", "context": {"groupId": "g"}, **own}


@pytest.mark.parametrize("names", SETS, ids="+".join)
@pytest.mark.parametrize("kind", ["track", "page", "identify", "group", "alias"])
def test_a_call_with_one_value_that_is_not_usual(kind: str, names: tuple[str, ...]) -> None:
    for field in TEXTS:
        engines(names).apply(lines_of(usual(kind, **{field: junk}) for junk in JUNK))
    engines(names).apply(lines_of(usual(kind, context={"groupId": junk, "page": {"title": junk}}) for junk in JUNK))
    engines(names).apply(lines_of(usual(kind, properties={"module": junk, "product": junk}) for junk in JUNK))


def test_usual_calls_beside_others_keep_their_order(tmp_path: Path) -> None:
    made = interpreter(tmp_path, {"track.yaml": mapping("a: id(userId)\nt: to_epoch_ms(timestamp)")})
    ids = [5 if number % 3 == 1 else f"u{number}" for number in range(700)]
    results = apply(made, *({"userId": each, "timestamp": AT} for each in ids))
    assert [said(result) for result in results] == [{"a": str(each), "t": 1767323045678} for each in ids]


RULES = {
    "first.yaml": mapping("a: properties.a"),
    "second.yaml": mapping("b: id(userId)"),
    "third.yaml": mapping("c: to_epoch_ms(timestamp)").replace("accepts: track\n", "accepts: track\nafter: first\n"),
}


def test_what_was_made_of_a_call_before_it_is_left_is_dropped(tmp_path: Path) -> None:
    """Of several mappings one asks what is no text; each gives one result, once."""
    made = interpreter(tmp_path, RULES)
    calls = [{"userId": each, "timestamp": at, "properties": {"a": 1}} for each in ("u", 7) for at in (AT, None, "x")]
    results = apply(made, *calls)
    assert [result.index for result in results] == sorted(3 * list(range(len(calls))))


def test_a_time_that_is_read_in_other_ways_too(tmp_path: Path) -> None:
    bodies = ("b: timestamp", "b: type(timestamp)", "b: timestamp == `null`", "b: receivedAt")
    for number, body in enumerate(bodies):
        folder = tmp_path / str(number)
        made = interpreter(folder, {"track.yaml": mapping(f"{body}\na: to_epoch_ms(timestamp)\nc: context.app.name")})
        apply(made, *({"timestamp": each} for each in (*ODD[:15], {"x": 1})))


def test_a_time_only_for_some(tmp_path: Path) -> None:
    body = """\
    a: if(properties.x, to_epoch_ms(timestamp), `1`)
    b: not_null(to_epoch_ms(properties.at), to_epoch_ms(sentAt), to_epoch_ms(receivedAt), to_epoch_ms(timestamp))
    c: {$if: properties.x, $then: {$first: [to_epoch_ms(receivedAt), {$const: none}]}}
    """
    made = interpreter(tmp_path, {"track.yaml": mapping(body)})
    times = (AT, None, "yesterday", 1767323045)
    apply(
        made, *({"timestamp": t, "receivedAt": r, "properties": {"x": x}} for t in times for r in times for x in (0, 1))
    )


WITHIN = (
    "abs(to_epoch_ms(receivedAt))",
    "sum([to_epoch_ms(timestamp)])",
    "not_null(properties.a, if(to_epoch_ms(timestamp), `null`, 'x'))",
    "id(if(properties.a, 'y'), if(to_epoch_ms(timestamp), `[]`, to_epoch_ms(receivedAt)))",
    "if(properties.a, to_epoch_ms(timestamp) || `true`)",
)


@pytest.mark.parametrize("expression", WITHIN)
def test_a_time_in_code_that_catches_errors_or_is_needless(expression: str, tmp_path: Path) -> None:
    made = interpreter(tmp_path, {"track.yaml": mapping(f"a: {json.dumps(expression)}\nk: {{$const: k}}")})
    for x in (None, 1):
        apply(made, *({"timestamp": t, "receivedAt": t, "properties": {"a": x}} for t in ODD[:20]))
        apply(made, *({"timestamp": t, "receivedAt": t, "properties": {"a": x}} for t in ODD[20:]))
        apply(made, {"properties": {"a": x}})


def test_a_null_that_is_kept_is_not_asked_as_a_text(tmp_path: Path) -> None:
    body = "a: {$from: {$from: userId, $null: keep}, $as: string}\nb: {$from: userId, $null: keep}\nk: {$const: k}"
    made = interpreter(tmp_path, {"track.yaml": mapping(body)})
    assert isinstance(made, Engines)
    apply(made, *({"userId": each} for each in JUNK))
    assert left_of(made.compiled, [{"userId": None}]) == 0


def test_no_set_at_all() -> None:
    assert Compiled([], {}).apply([b"{}", b'{"type":"track"}', b"x"]) == Interpreter([], {}).apply(
        [b"{}", b'{"type":"track"}', b"x"]
    )


def test_a_time_under_a_name(tmp_path: Path) -> None:
    body = mapping("a: to_epoch_ms(at)\nb: to_epoch_ms(at)", before="let:\n  at: timestamp\n")
    apply(interpreter(tmp_path, {"track.yaml": body}), *({"timestamp": each} for each in ODD[:15]))


SHARING = dealt("user: id(userId)", "at: to_epoch_ms(timestamp)")


def test_in_code_for_a_layout(tmp_path: Path) -> None:
    made = interpreter(tmp_path, {"identify.yaml": mapping(SHARING, accepts="identify")})
    calls = [
        {"type": "identify", "userId": each, "timestamp": at, "traits": {"name": "Ines", "plan": "team"}}
        for each in ("u", 7, [7])
        for at in (AT, "2026-01-02", None)
    ]
    apply(made, *calls)


def test_what_a_time_falls_back_on_is_not_decoded() -> None:
    [only] = Compiled([spec("natero")], SETTINGS)._sets
    for speculates in (True, False):
        shape = Typed([only], speculates=speculates).shape
        assert shape is not None
        assert ("receivedAt" in shape.attributes) is ("timestamp" not in shape.raw) is not speculates
    assert {"receivedAt", "sentAt"} <= Compiled([spec("natero")], SETTINGS).reads()["track"].inside.keys()


def left_of(engine: Compiled, calls: Sequence[dict[str, Any]]) -> int:
    """How many of some calls are not usual."""
    left = 0

    def note(_: Odds, tried: int, unusual: int) -> None:
        nonlocal left
        assert unusual <= tried <= len(calls)
        left += unusual

    with patch.object(Odds, "note", note):
        engine.apply(lines_of({"type": "track", **call} for call in calls))
    return left


def test_usual_calls_are_not_left_whatever_sets_there_are() -> None:
    calls = list(typical_calls(3, 500))
    for names in SETS:
        engine = Compiled([spec(name) for name in names], SETTINGS)
        assert left_of(engine, calls) == 0
        assert left_of(engine, [{**call, "timestamp": None, "userId": [1]} for call in calls]) > 0


def test_an_unusual_call_does_not_cost_what_was_learnt(tmp_path: Path) -> None:
    interpreter(tmp_path, {"identify.yaml": mapping(SHARING, accepts="identify")})
    spec_, written = load_spec(tmp_path), Kin.written
    made: list[object] = []

    def noted(kin: Kin, layout: Layout, missed: Callable[[], None]) -> Dealer | None:
        made.append(layout)
        return written(kin, layout, missed)

    usual_one = {"type": "identify", "userId": "u", "timestamp": AT, "traits": {"name": "Ines", "plan": "team"}}
    with patch.object(Kin, "written", noted), patch.object(Odds, "are_bad", False):
        Compiled([spec_], {}).apply(lines_of([usual_one] * 499 + [{**usual_one, "userId": 7}] * 9 + [usual_one] * 9))
    assert len(made) == 1


def test_what_python_would_not_nest_is_interpreted(tmp_path: Path) -> None:
    for number, depth in enumerate((16, 17, 18, 19, 20, 21, 30)):
        body = f"a: properties.a{'[*]' * depth}\nb: sum(properties.b{'[*]' * depth}[])\nk: {{$const: k}}"
        made = interpreter(tmp_path / str(number), {"track.yaml": mapping(body)})
        apply(made, {"properties": {"a": [[[1]]], "b": []}}, {"userId": 7})
    assert isinstance(made, Engines)
    assert made.compiled.refusal("acme", "track") == "nested too deep"


def is_speculating(engine: Compiled) -> bool:
    return "unusual" in (engine.source("acme", "track") or "")


def tried(engine: Compiled, calls: Sequence[dict[str, Any]]) -> bool:
    """Whether the engine still speculates after these calls."""
    lines = lines_of({"type": "track", **call} for call in calls)
    for start in range(0, len(lines), 50):
        assert all(said(result) for result in engine.apply(lines[start : start + 50]))
    return is_speculating(engine)


def test_where_many_calls_are_not_usual_nothing_is_taken_for_granted(tmp_path: Path) -> None:
    interpreter(tmp_path, {"track.yaml": mapping("a: id(userId)")})

    def engine() -> Compiled:
        return Compiled([load_spec(tmp_path)], {"acme": {}})

    odd, plain = {"userId": 7}, {"userId": "u"}
    assert is_speculating(engine())
    assert tried(engine(), [odd] * 100)
    assert not tried(engine(), [odd] * 101)
    assert tried(engine(), ([plain] * 59 + [odd]) * 500)
    assert not tried(engine(), ([plain] * 39 + [odd]) * 500)
    first = engine()
    assert tried(first, [plain] * 30_000)
    assert not tried(first, [odd] * 1_000)
    assert not tried(first, [plain] * 1_000)


def test_odds_forget_what_was_long_ago() -> None:
    odds = Odds()
    odds.note(1_000_000, 0)
    odds.note(1_000_000, 0)
    odds.note(0, 101)
    assert not odds.are_bad
    for _ in range(40):
        odds.note(1_000, 70)
    assert odds.are_bad


ZONES = ("Z", "Z", "z", "", "+00:00", "-00:00", "+0000", "+05:30", "-23:59", "+01", " Z", "\\u005a")


@st.composite
def written(draw: st.DrawFn) -> str:
    """Times as JSON, as people and libraries write them, and almost so."""
    moment = draw(st.datetimes())
    text = moment.isoformat(timespec="seconds").replace("T", draw(st.sampled_from("TTTt _")))
    fraction = draw(st.just("") | st.text("0459", min_size=1, max_size=10).map(lambda digits: f".{digits}"))
    text += fraction
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(text) - 1))
        text = text[:at] + draw(st.sampled_from("0129-:TZ. +")) + text[at + 1 :]
    return f'"{text}{draw(st.sampled_from(ZONES))}"'


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    found = interpreter(tmp_path_factory.mktemp("timed"), {"track.yaml": mapping("a: to_epoch_ms(timestamp)\nb: type")})
    assert isinstance(found, Engines)
    return found


def timed_lines(texts: Iterable[str]) -> list[bytes]:
    return [b'{"type":"track","timestamp":' + text.encode() + b"}" for text in texts]


def test_odd_times(timed: Engines) -> None:
    more = (
        "9999-12-31T23:59:59-05:00",
        "0001-01-01T00:00:00+05:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
    )
    fine = [f"2026-01-02T03:04:05.{'9' * count}Z" for count in range(1, 12)]
    texts = [json.dumps(each) for each in (*ODD, *more, *fine, *JUNK)]
    for start in range(0, len(texts), 20):
        timed.apply(timed_lines(texts[start : start + 20]))
    timed.apply(timed_lines(['"\\ud800"', "1e400", "1" * 40, '"2026-01-02T03:04:05\\u005a"', '"\\x"', "truth", ""]))


@given(st.lists(written(), min_size=1, max_size=20))
def test_times_that_msgspec_reads_are_those_that_we_read(timed: Engines, texts: list[str]) -> None:
    results = timed.apply(timed_lines(texts))
    for text, result in zip(texts, results, strict=True):
        made = said(result)
        assert isinstance(made, dict)
        assert made.get("a") == epoch_ms(json.loads(text))
