"""What compiled code learns from the objects it is given, and the code that it writes for objects of one layout."""

from __future__ import annotations

import gc
import json
import linecache
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import pytest

from mapper.authoring.load import load_set
from mapper.authoring.shipped import shipped
from mapper.compiler import dealers, objects
from mapper.compiler.compiled import Compiled
from mapper.compiler.layout import Layout
from mapper.compiler.learning import ENOUGH, MOST_DEALERS, Dealer, Kin, WriteDealer
from mapper.records.result import Mapped
from tests.compiler.test_sharing import PATHS, take, value
from tests.support.engines import Engines
from tests.support.language import apply, dealt, interpreter, load_spec, mapping, said
from tests.support.typical import typical_calls

RESTS: Final = (
    "rest",
    "unnest(rest)",
    "{x: rest.x, all: rest, y: 'rest.y || keys(rest)'}",
    "{at: 'entries(unnest(rest))', left: 'omit(rest, `\"x\"`)'}",
    '{numbers: groups.numbers, texts: "groups.others[?present_text(to_text(value))].{k: key, v: to_text(value)}"}',
)
HOWS: Final = ("", "", "", ", $is: object", ", $as: string", ", $as: id")
GROUPS: Final = """\
let:
  groups: group_by(entries(unnest(rest)), &if(type(value) == 'number', 'numbers', 'others'))
"""


@contextmanager
def counting() -> Iterator[list[bool]]:
    """For each object that a dealer is given: whether it made something of it."""
    found: list[bool] = []
    write_all = dealers.dealers

    def dealers_counting(*given: Any) -> WriteDealer:
        write = write_all(*given)

        def write_counting(layout: Layout, missed: Callable[[], None]) -> Dealer | None:
            dealer = write(layout, missed)

            def counted(call: Any, shared: dict[str, Any]) -> dict[str, Any] | None:
                assert dealer is not None
                made = dealer(call, shared)
                found.append(made is not None)
                return made

            return counted if dealer else None

        return write_counting

    with patch.object(objects, "dealers", dealers_counting):
        yield found


def varied(rng: random.Random, found: Any, *, kinds: float) -> Any:
    """A value of the same layout; of each scalar, with this probability, maybe not."""
    if type(found) is dict:
        return {key: varied(rng, inside, kinds=kinds) for key, inside in found.items()}
    if rng.random() < kinds:
        return value(rng, 2)
    if rng.random() < 0.7:
        return found
    others = {
        str: ("", " ", "text", "7", "2024-05-06", "2024-05-06T10:15:00.001Z", "No One"),
        bool: (True, False),
        int: (0, 7, -1, 2**70, 1.5),
        float: (1.5, 0, -0.0),
        list: ([], [None], ["a", {"x": 1}], [1, 2]),
        type(None): (None,),
    }
    return rng.choice(others[type(found)])


def sound(rng: random.Random, depth: int = 0) -> Any:
    """A value that converters mostly take."""
    if depth < 3 and (depth == 0 or rng.random() < 0.5):
        keys = rng.sample(("x", "y", "z", "someName", "some_name", "else"), rng.randint(1, 5))
        return {key: sound(rng, depth + 1) for key in keys}
    return rng.choice((None, "text", "7", "2024-05-06", 3, 1.5, True, ["a", {"x": 1}]))


def on_one_way(rng: random.Random) -> str:
    """A field that takes for some calls only."""
    one, other = (f"{{$take: {rng.choice(PATHS)}}}" for _ in range(2))
    forms = (
        f"{{$if: userId, $then: {one}, $else: {other}}}",
        f"{{$if: event, $then: {one}}}",
        f"{{$first: [userId, {one}]}}",
        f"{{$first: [{one}, event, {other}]}}",
        f"[{one}, userId, {other}]",
        f"{{in: {one}, at: {{$first: [event, {other}]}}}}",
    )
    return rng.choice(forms)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_taken_for_some_calls_only(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    lines = [f"f{at}: {on_one_way(rng) if at < 2 else field(rng)}" for at in range(7)]
    body = "\n  ".join(["made:", "$share: properties", *lines, "$rest: rest"])
    engines = interpreter(tmp_path, {"track.yaml": mapping(body)})
    for _ in range(10):
        base = sound(rng)
        bare = [{"properties": varied(rng, base, kinds=0.1)} for _ in range(4)]
        apply(engines, *({**call, **more} for call in bare for more in ({}, {"userId": "u"}, {"event": "e"})))


def field(rng: random.Random) -> str:
    keys = json.dumps(rng.sample(PATHS, rng.choice((1, 1, 2, 3))))
    return f"{{$take: {keys}{rng.choice(HOWS)}}}" if rng.random() < 0.9 else take(rng, drops=False)


@pytest.mark.parametrize("rest", RESTS)
@pytest.mark.parametrize("seed", range(3))
def test_objects_of_a_layout_and_almost_of_it(tmp_path: Path, rest: str, seed: int) -> None:
    rng = random.Random(f"{rest} {seed}")
    lines = [f"f{at}: {field(rng)}" for at in range(9)]
    body = "\n  ".join(["made:", "$share: properties", "$spell: [camelCase, snake_case]", *lines, f"$rest: {rest}"])
    with counting() as dealt:
        engines = interpreter(tmp_path, {"track.yaml": mapping(body, before=GROUPS)})
        for _ in range(25):
            base = sound(rng)
            calls = [base, *(varied(rng, base, kinds=kinds) for kinds in (0, 0, 0, 0.1, 0.3) for _ in range(2))]
            apply(engines, *({"properties": each} for each in calls))
    assert dealt.count(True) > 50
    assert dealt.count(False) > 10


@pytest.mark.parametrize("seed", [1, 2])
def test_shipped_mappings_on_traits_of_few_layouts(seed: int) -> None:
    rng = random.Random(seed)
    bases = [call for call in typical_calls(seed, 400) if call["type"] in ("identify", "group")][:12]
    for base in bases[:6]:
        base["traits"] |= {
            "tags": ["a", "b"],
            "phone": None,
            "address": {"city": "Bonn", "zip": 53111, "geo": {"lat": 1.5}},
        }
    spec = load_set(shipped("mappings") / "natero").spec
    assert spec is not None
    with counting() as dealt:
        engines = Engines([spec], {"natero": {"anonymousUsers": "skip"}})
        for base in bases:
            calls = [{**base, "traits": varied(rng, base["traits"], kinds=0.02)} for _ in range(20)]
            engines.apply([json.dumps(call).encode() for call in (base, *calls)])
    assert dealt.count(True) > 150
    assert dealt.count(False) > 20


@pytest.mark.parametrize(
    "key", ["", " ", "a.b", "__import__('os')", "'", '"', "\\", "\n", "\x00", "é", "\u2028", "call", "made"]
)
def test_hostile_keys_stay_data(tmp_path: Path, key: str) -> None:
    takes = [f"f{at}: {{$take: {json.dumps([key] * bool(key.strip()) + ['x'])}}}" for at in range(5)]
    body = "\n  ".join(["made:", "$share: properties", *takes, "$rest: rest"])
    with counting() as dealt:
        engines = interpreter(tmp_path, {"track.yaml": mapping(body)})
        call = {"properties": {"x": 1, key: "text", "inside": {key: {key: 2}}}}
        (made, _) = apply(engines, call, call)
    assert dealt == [True] * 4
    assert said(made)["made"]["inside"] == {key: {key: 2}}


def nobody(*_: Any) -> None:
    return None


def fed(kin: Kin, shared: dict[str, Any], times: int = ENOUGH) -> dict[str, Any] | None:
    """What comes of the last of so many objects."""
    made = None
    for _ in range(times):
        _, dealer = kin[tuple(shared)]
        made = dealer(None, shared) if dealer is not None else None
    return made


def test_what_comes_often_is_learnt_and_nothing_else() -> None:
    asked: list[Layout] = []

    def write(layout: Layout, _: Callable[[], None]) -> Dealer:
        asked.append(layout)
        return lambda _, shared: {"dealt": shared["name"]}

    kin = Kin(write)
    kin.wants("name", 0)
    assert fed(kin, {"name": "Bob", "age": 4}, ENOUGH - 1) is None
    assert asked == []
    assert fed(kin, {"name": "Bob", "age": 4}, 1) == {"dealt": "Bob"}
    assert [layout.fields for layout in asked] == [(("name", "string"), ("age", "number"))]
    assert fed(kin, {"name": "Ann", "age": None}, 1) == {"dealt": "Ann"}
    assert kin["name", "age"][0] == kin["age", "name"][0] == 1
    assert kin["age",][0] == 0


@pytest.mark.parametrize(
    "shared",
    [
        pytest.param(lambda number: {"a": {f"key {number}": 1}}, id="ever new keys inside"),
        pytest.param(lambda _: {"a": {str(each): 1 for each in range(100)}}, id="many fields"),
        pytest.param(lambda _: {"a": {"x" * 3000: 1}}, id="long keys"),
        pytest.param(lambda _: {"a": {"x" * 900: {"y" * 900: {"z" * 900: 1}}}}, id="long keys one in another"),
    ],
)
def test_what_has_no_layout_that_is_worth_it_is_let_be(shared: Callable[[int], dict[str, Any]]) -> None:
    kin = Kin(lambda *_: pytest.fail("a dealer was written"))
    for number in range(20):
        fed(kin, shared(number), 1)
    assert kin["a",] == (0, None)


@pytest.mark.parametrize("written", [None, nobody], ids=["nothing", "what leaves the first to others"])
def test_where_no_code_can_be_written_none_is_asked_for_again(written: Dealer | None) -> None:
    kin = Kin(lambda *_: written)
    fed(kin, {"a": 1})
    assert kin["a",] == (0, None)


def test_a_dealer_that_leaves_most_to_others_gives_way_a_few_times() -> None:
    asked: list[Layout] = []

    def write(layout: Layout, missed: Callable[[], None]) -> Dealer:
        asked.append(layout)
        [(_, kind)] = layout.fields
        return lambda _, shared: {} if kind == ("null" if shared["a"] is None else "string") else missed()

    kin = Kin(write)
    for _ in range(5):
        fed(kin, {"a": None}, 3 * ENOUGH)
        fed(kin, {"a": "text"}, 3 * ENOUGH)
    assert [layout.fields[0][1] for layout in asked] == ["null", "string", "null", "string"]
    assert fed(kin, {"a": "text"}, 1) == {}
    assert fed(kin, {"a": None}, 1) is None


def test_remembers_few_kinds_of_objects_and_none_with_long_keys() -> None:
    kin = Kin(lambda *_: lambda *_: {})
    kin.bits.update({"name": 1, "address": 6})
    fed(kin, {"name": 1, "address": 2})
    dealer = kin["name", "address"]
    for number in range(2500):
        assert kin[f"key {number}", "address"][0] == 6
        assert len(kin) <= 1000
    assert kin["name", "address"] == dealer == (7, dealer[1])
    before = len(kin)
    assert kin["x" * 3000, "name"] == (1, None)
    assert kin[()][0] == 0
    assert len(kin) == before + 1


def test_learns_of_so_many_at_a_time() -> None:
    kin = Kin(lambda *_: lambda *_: {})
    learners = [kin[str(number),][1] for number in range(500)]
    assert sum(learner is not None for learner in learners) == 100
    fed(kin, {"0": 1})
    assert kin["another",][1] is not None
    assert kin["one more",][1] is None


def test_writes_code_for_so_many_layouts_and_no_more() -> None:
    written: list[Layout] = []

    def write(layout: Layout, _: Callable[[], None]) -> Dealer:
        written.append(layout)
        return lambda *_: {}

    kin = Kin(write)
    almost = [{str(number): 1} for number in range(MOST_DEALERS - 1)]
    for shared in almost:
        fed(kin, shared, ENOUGH - 1)
    for number in range(50):
        fed(kin, {f"more {number}": 1})
    for shared in almost:
        fed(kin, shared, 1)
    assert len(written) == MOST_DEALERS


def test_code_that_is_written_learns_nothing_itself(tmp_path: Path) -> None:
    inner = ", ".join(f"g{at}: {{$take: [y{at}, z]}}" for at in range(5))
    outer = "\n  ".join(f"f{at}: {{$take: x{at}}}" for at in range(5))
    body = f"made:\n  $share: properties\n  {outer}\n  inner: {{$share: context.traits, {inner}}}"
    with counting() as dealt:
        engines = interpreter(tmp_path, {"track.yaml": mapping(body)})
        apply(engines, *({"properties": {"x1": "a"}, "context": {"traits": {"z": at}}} for at in range(20)))
    assert dealt == [True] * 40


def test_tracebacks_show_its_lines_as_long_as_it_is_there(tmp_path: Path) -> None:
    body = "made:\n  $share: properties\n  " + "\n  ".join(f"f{at}: {{$take: [k{at}, x]}}" for at in range(5))
    engines = interpreter(tmp_path, {"track.yaml": mapping(body)})
    assert isinstance(engines, Engines)
    [(spec, _)] = engines.traced
    before = set(linecache.cache)
    with patch("mapper.compiler.learning.ENOUGH", 1):
        compiled = Compiled([spec], {})
        compiled.apply([b'{"type":"track","properties":{"x":1}}'])
    new = sorted(set(linecache.cache) - before)
    assert ["dealer" in name for name in new] == [True, False]
    assert "def dealer(call, shared):" in linecache.getline(new[0], 1)
    del compiled
    gc.collect()
    assert not set(new) & set(linecache.cache)


def test_typical_traits_are_dealt_out_by_code_of_their_own() -> None:
    lines = [json.dumps(call).encode() for call in typical_calls(5, 20_000)]
    spec = load_set(shipped("mappings") / "natero").spec
    assert spec is not None
    with counting() as dealt:
        results = Compiled([spec], {"natero": {"anonymousUsers": "skip"}}).apply(lines)
    assert all(type(result) is Mapped for result in results)
    assert dealt.count(True) > 1_000
    assert dealt.count(False) == 0


@pytest.mark.parametrize(
    "other", ["not_null(who, sentAt)", "to_epoch_ms(timestamp)", "not_null(who, context.app)", "who"]
)
def test_a_name_that_a_guard_has_looked_at(other: str, tmp_path: Path) -> None:
    """What stands in for it is not decoded, and code for a layout does not read it either."""
    guards = "skip: [{when: '!who', because: nobody}]\nreject: [{when: context.app.name, because: app}]\n"
    body = mapping(dealt(f"x: {other}"), accepts="identify", before="let: {who: userId}\n" + guards)
    made = interpreter(tmp_path, {"identify.yaml": body})
    assert isinstance(made, Engines)
    call = {"type": "identify", "timestamp": "2026-01-02T03:04:05Z", "traits": {"name": "Ines", "plan": "team"}}
    apply(made, *({**call, "userId": each, "sentAt": 1} for each in ("u", 7, None, "", ["u"])))
    lines = [json.dumps({**call, "userId": "u"}).encode()] * 520
    assert Compiled([load_spec(tmp_path)], {}).apply(lines) == made.interpreted.apply(lines)
