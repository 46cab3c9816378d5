"""The finer points of our functions, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from mapper.base import json
from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.functions.convert import CONVERSIONS, KINDS
from tests.support import reference


def _same(found: Any, expected: Any) -> None:
    """Equal, of the same types and in the same order of keys."""
    assert json.encode(found) == json.encode(expected)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["u_1"], "u_1"),
        ([" u_1 "], " u_1 "),
        (["", "\t", "u"], "u"),
        ([42], "42"),
        ([42.0], "42"),
        ([1e3], "1000"),
        ([2**60], "1152921504606846976"),
        ([0], "0"),
        ([-0.0], "0"),
        ([-7], "-7"),
        ([12.5, True, ["x"], {"id": 1}, None, float("inf"), float("nan"), 10**5000, "last"], "last"),
        ([True], None),
    ],
)
def test_id(arguments: list[Any], found: str | None) -> None:
    _same(FUNCTIONS["id"].call(*arguments), found)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None), ("", None), (" \n", None), ([], None), ({}, None), (" a", " a"), (0, 0), (0.0, 0.0),
        (False, False), ([None], [None]), ({"a": None}, {"a": None}),
    ],
)  # fmt: skip
def test_present(value: Any, found: Any) -> None:
    _same(FUNCTIONS["present"].call(value), found)


_FALSE: list[Any] = [None, False, "", [], {}]
_TRUE: list[Any] = [0, 0.0, True, " ", [0], {"a": None}]


@pytest.mark.parametrize(
    ("condition", "holds"), [*((value, False) for value in _FALSE), *((value, True) for value in _TRUE)]
)
def test_if_knows_jmespaths_truth(condition: Any, holds: bool) -> None:
    assert FUNCTIONS["if"].call(condition, "yes", "no") == ("yes" if holds else "no")
    assert FUNCTIONS["if"].call(condition, "yes") == ("yes" if holds else None)
    assert reference.search("if(@, 'yes', 'no')", condition) == ("yes" if holds else "no")
    assert reference.search("@ && 'yes' || 'no'", condition) == ("yes" if holds else "no")


def test_if_leaves_the_other_branch_alone() -> None:
    assert FUNCTIONS["if"].lazy
    assert reference.search("if(a, 'fine', abs('no number'))", {"a": 1}) == "fine"
    assert reference.search("if(a, abs('no number'))", {}) is None


@pytest.mark.parametrize(
    ("value", "flat"),
    [
        ({}, {}),
        ({"b": 1, "a": {"y": 2, "x": 3}, "c": "t"}, {"b": 1, "a.y": 2, "a.x": 3, "c": "t"}),
        ({"a": {"b": {"c": {"d": False}}}}, {"a.b.c.d": False}),
        ({"a": None, "b": {}, "c": [], "d": {"e": {}}, "f": [None]}, {}),
        ({"": 1, "a": {"": 2, "b": 3}}, {"a.b": 3}),
        ({"t": ["x", 1, 2.5, True, False, None, ""]}, {"t": "x,1,2.5,true,false,"}),
        ({"t": [1e3, 1e-7, 10**30]}, {"t": "1000,1e-7,1000000000000000000000000000000"}),
        ({"t": [{"a": "é"}, None, 1]}, {"t": '[{"a":"é"},null,1]'}),
        ({"t": [[]]}, {"t": "[[]]"}),
        ({"a": {"t": ["x"]}}, {"a.t": "x"}),
        ({"t": [["\ud800"]]}, {"t": '[["\ufffd"]]'}),
        ({"a": ""}, {"a": ""}),
        # clashes: the less nested leaf, then the first
        ({"p.t": "a", "p": {"t": "b"}}, {"p.t": "a"}),
        ({"p": {"t": "b"}, "p.t": "a"}, {"p.t": "a"}),
        ({"p": {"t": "b"}, "p.t": None}, {"p.t": "b"}),
        ({"p": {"q.r": 1, "q": {"r": 2}}}, {"p.q.r": 1}),
        ({"p": {"q": {"r": 2}, "q.r": 1}}, {"p.q.r": 1}),
        ({"p": {"q": {"r": 2}}, "p.q": {"r": 1}, "p.q.r": 0}, {"p.q.r": 0}),
        ({"p.q": {"r": 1}, "p": {"q.r": 2}}, {"p.q.r": 1}),
        ({"p": {"q": {"r": 3}}, "p.q.r": 0, "p.q": {"r": 1}}, {"p.q.r": 0}),
        ([1], None),
    ],
)
def test_flatten(value: Any, flat: Any) -> None:
    _same(FUNCTIONS["flatten"].call(value), flat)


@pytest.mark.parametrize(
    ("value", "leaves"),
    [
        ({"a": {"t": ["x", None]}, "n": [None], "e": []}, {"a.t": ["x", None]}),
        ({"p": {"t": ["b"]}, "p.t": [None]}, {"p.t": ["b"]}),
        ({"p": {"t": ["b"]}, "p.t": ["a"]}, {"p.t": ["a"]}),
        ([["a"]], None),
    ],
)
def test_unnest(value: Any, leaves: Any) -> None:
    _same(FUNCTIONS["unnest"].call(value), leaves)


_NESTED: dict[str, Any] = {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "a.b": 4, "f": 5}


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (["f"], {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "a.b": 4}),
        (["a.b"], {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "f": 5}),
        (["a.b.c"], {"a": {"b": {"d": 2}, "e": 3}, "a.b": 4, "f": 5}),
        (["a.b.c", "a.b.d", "a.e"], {"a": {"b": {}}, "a.b": 4, "f": 5}),
        ([["a.e", "f"], "a.b"], {"a": {"b": {"c": 1, "d": 2}}}),
        (["a", "a.b.c"], {"a.b": 4, "f": 5}),
        (["a.b.c", "a"], {"a.b": 4, "f": 5}),
        (["x", "a.x", "f.x", "a.b.c.x", "", "."], _NESTED),
        ([[]], _NESTED),
        ([1], None),
        ([None, "f", None], {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "a.b": 4}),
        ([["f", None]], None),
        ([["f", 1]], None),
    ],
)
def test_omit(keys: list[Any], left: Any) -> None:
    before = json.encode(_NESTED)
    _same(FUNCTIONS["omit"].call(_NESTED, *keys), left)
    assert json.encode(_NESTED) == before


@pytest.mark.parametrize(
    ("keys", "picked"),
    [
        (["f", "a.b"], {"f": 5, "a.b": 4}),
        (["a.e", "a.b.d"], {"a": {"e": 3, "b": {"d": 2}}}),
        (["a.b.d", "a"], {"a": {"b": {"c": 1, "d": 2}, "e": 3}}),
        (["a", "a.b.d"], {"a": {"b": {"c": 1, "d": 2}, "e": 3}}),
        (["x", "a.x", "f.x"], {}),
        ([["a.e"], "f"], {"a": {"e": 3}, "f": 5}),
        ([{}], None),
    ],
)
def test_pick(keys: list[Any], picked: Any) -> None:
    before = json.encode(_NESTED)
    _same(FUNCTIONS["pick"].call(_NESTED, *keys), picked)
    assert json.encode(_NESTED) == before


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        # as JMESPath Community's text on string functions has it
        ("find_first('subject string', 'string', `-99`, `100`)", 8),
        ("find_first('subject string', 'string', `-6`)", 8),
        ("find_first('subject string', 'string', `0`, `13`)", None),
        ("find_first('subject string', 's', `1`)", 8),
        ("find_first('subject string', 's', `1.0`)", 8),
        ("find_first('', 's')", None),
        ("find_last('subject string', 'string', `8`)", 8),
        ("find_last('subject string', 's', `0`, `7`)", 0),
        ("find_last('subject string', '')", None),
        ("pad_left('string', `5`)", "string"),
        ("pad_left('string', `10`)", "    string"),
        ("pad_right('string', `10`, '-')", "string----"),
        ("replace('aabaaabaaaab', 'aa', '-')", "-b-ab--b"),
        ("replace('aabaaabaaaab', 'aa', '-', `2`)", "-b-abaaaab"),
        ("replace('aabaaabaaaab', 'aa', '-', `0`)", "aabaaabaaaab"),
        ("split('', '')", []),
        ("split('/', '/')", ["", ""]),
        ("split('a|-|b|-|c', '|-|', `1`)", ["a", "b|-|c"]),
        ("split('a|-|b|-|c', '|-|', `0`)", ["a|-|b|-|c"]),
        ("split('abc', '', `2`)", ["a", "b", "c"]),
        ("split('abcd', '', `2`)", ["a", "b", "cd"]),
        ("trim('   subject string   ', 'gsu ')", "bject strin"),
        ("trim('   subject string   ', '')", "subject string"),
        ("trim_left('   subject string   ', 'su ')", "bject string   "),
        ("trim_right('   subject string   ', 'gsu ')", "   subject strin"),
        # what they call errors is null here
        ("find_first('a', 'a', 'b')", None),
        ("find_first('a', 'a', `0.5`)", None),
        ("find_first('a', 'a', `0`, `null`)", None),
        ("pad_left('a', `-1`)", None),
        ("pad_left('a', `2.5`)", None),
        ("pad_left('a', `true`)", None),
        ("pad_left('a', `3`, '')", None),
        ("replace('a', 'a', 'b', `-1`)", None),
        ("split('a', 'b', `-1`)", None),
        ("split('a', 'b', `null`)", None),
        ("trim('a', `1`)", None),
        ("zip(`[1]`, `null`)", None),
        ("zip(`[1]`)", [[1]]),
        ("from_items(`[[1, 2]]`)", None),
        ("group_by(`[1]`, 'a')", None),
    ],
)
def test_functions_of_the_community(expression: str, found: Any) -> None:
    _same(reference.search(expression, None), found)


def test_no_text_grows_without_bound() -> None:
    long = "a" * 100_000

    assert FUNCTIONS["replace"].call(long, "a", long) is None
    assert FUNCTIONS["pad_left"].call("a", 10**9) is None
    assert FUNCTIONS["pad_right"].call("a", 10**30) is None
    assert FUNCTIONS["replace"].call("a" * 2_000_000, "a", "b") == "b" * 2_000_000


@pytest.mark.parametrize(
    ("text", "snake", "camel", "title"),
    [
        ("", "", "", ""),
        ("---", "", "", ""),
        ("firstName", "first_name", "firstName", "First Name"),
        ("first_name", "first_name", "firstName", "First Name"),
        ("FIRST-NAME", "first_name", "firstName", "First Name"),
        ("  Total  billed ", "total_billed", "totalBilled", "Total Billed"),
        ("HTTPServer2Go", "http_server2_go", "httpServer2Go", "Http Server2 Go"),
        ("user.plan[0]", "user_plan_0", "userPlan0", "User Plan 0"),
        ("O'Brien's feed", "obriens_feed", "obriensFeed", "O'brien's Feed"),
        ("größeÄndern", "größe_ändern", "größeÄndern", "Größe Ändern"),
        ("E\u0301COLE e\u0301te\u0301", "e\u0301cole_e\u0301te\u0301", "e\u0301coleE\u0301te\u0301",
         "E\u0301cole E\u0301te\u0301"),
        ("名前", "名前", "名前", "名前"),
    ],
)  # fmt: skip
def test_spellings(text: str, snake: str, camel: str, title: str) -> None:
    spelled = [FUNCTIONS[name].call(text) for name in ("snake_case", "camel_case", "title_case")]

    assert spelled == [snake, camel, title]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["plain"], "plain"),
        (["{}", "a"], "a"),
        (["{}-{}-{}", 1, 2.0, 2.5], "1-2-2.5"),
        (["{}-{}", True, False, "unused"], "true-false"),
        (["{{}} {{{}}} { } {a}", "v"], "{} {v} { } {a}"),
        (["{}", ""], ""),
        (["{}", "{}"], "{}"),
        (["{}"], None),
        (["{} {}", "a", None], None),
        (["{}", []], None),
        (["{}", float("nan")], None),
        (["{}", 10**5000], None),
        ([7, "a"], None),
    ],
)
def test_format(arguments: list[Any], found: str | None) -> None:
    assert FUNCTIONS["format"].call(*arguments) == found


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("Order Completed", "^Order ", True),
        ("Order Completed", "order", False),
        ("Order Completed", "(?i)order", True),
        ("é日", "^..$", True),
        ("a" * 5000 + "b", "^(a+)+$", False),
        ("", "", True),
        ("x", "(", None),
        ("x", r"(?=x)", None),
        ("\ud800", ".", True),
        ("x", "\ud800", False),
    ],
)
def test_matches(text: str, pattern: str, found: bool | None, capfd: pytest.CaptureFixture[str]) -> None:
    assert FUNCTIONS["matches"].call(text, pattern) is found
    assert capfd.readouterr() == ("", "")


_UNCONVERTIBLE: list[Any] = [None, True, False, "", " ", [], {}, ["a"], float("nan"), float("inf")]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("string", " a ", " a "),
        ("string", 7, "7"),
        ("string", 7.0, "7"),
        ("string", 7.25, "7.25"),
        ("string", 10**30, "1" + "0" * 30),
        ("number", 7, 7),
        ("number", 7.5, 7.5),
        ("number", "329", 329),
        ("number", " 12.50 ", 12.5),
        ("number", "$1200", 1200),
        ("number", "-3", -3),
        ("number", "$-3.5", -3.5),
        ("number", "007", 7),
        ("integer", 7, 7),
        ("integer", 7.0, 7),
        ("integer", "329", 329),
        ("integer", "9007199254740993.00", 9007199254740993),
        ("integer", 1e22, 10**22),
        ("boolean", True, True),
        ("boolean", " FALSE ", False),
        ("epoch_ms", "1970-01-02", 86_400_000),
        ("iso8601", 86_400, "1970-01-02T00:00:00.000Z"),
        ("id", 42.0, "42"),
        ("first_word", " Ana  de Souza ", "Ana"),
        ("other_words", " Ana  de  Souza ", "de  Souza"),
        ("array", [1], [1]),
        ("array", [], []),
        ("object", {"a": 1}, {"a": 1}),
        ("object", {}, {}),
    ],
)
def test_conversion(name: str, value: Any, found: Any) -> None:
    _same(CONVERSIONS[name](value), found)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("string", _UNCONVERTIBLE),
        ("number", [*_UNCONVERTIBLE, "201-500", "1,200", "1e3", "+1", ".5", "1.", "$ 5", "$$5", "€5", "٣", "1_000",
                    "9" * 400 + ".5", "9" * 5000]),
        ("integer", [*_UNCONVERTIBLE, 7.5, "7.5", "1e3", "9" * 5000]),
        ("boolean", [value for value in _UNCONVERTIBLE if not isinstance(value, bool)] + [0, 1, "yes", "1"]),
        ("epoch_ms", [*_UNCONVERTIBLE, "soon"]),
        ("iso8601", [*_UNCONVERTIBLE, "soon"]),
        ("id", [*_UNCONVERTIBLE, 12.5]),
        ("first_word", [*_UNCONVERTIBLE, 7]),
        ("other_words", [*_UNCONVERTIBLE, "Ana", " Ana ", 7]),
        ("array", [None, "a", {}, 7]),
        ("object", [None, "a", [], 7]),
    ],
)  # fmt: skip
def test_what_can_not_be_converted_is_null(name: str, values: list[Any]) -> None:
    assert [CONVERSIONS[name](value) for value in values] == [None] * len(values)


def test_every_conversion_and_kind_is_told_in_one_line() -> None:
    for name, told_name, doc in [
        *((name, conversion.name, conversion.doc) for name, conversion in CONVERSIONS.items()),
        *((name, kind.name, kind.doc) for name, kind in KINDS.items()),
    ]:
        assert told_name == name
        assert doc.endswith(".")
        assert len(doc) <= 110


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ("", ["string"]), (1, ["number", "integer"]), (1.0, ["number", "integer"]), (1.5, ["number"]),
        (True, ["boolean"]), ([], ["array"]), ({}, ["object"]), (None, []), (float("inf"), []), (float("nan"), []),
    ],
)  # fmt: skip
def test_kinds(value: Any, kinds: list[str]) -> None:
    assert [name for name, kind in KINDS.items() if kind(value)] == kinds


@pytest.mark.parametrize("name", ["string", "number", "integer", "boolean", "array", "object", "null", "", None, 7])
def test_only(name: Any) -> None:
    values = ["a", 1, 1.5, True, [1], {"a": 1}, None]
    kept = [value for value in values if FUNCTIONS["only"].call(value, name) is not None]

    assert kept == [value for value in values if name in KINDS and KINDS[name](value)]
