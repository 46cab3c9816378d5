"""The code that mappings become: data never gets into it, tracebacks show it, and what is too large is interpreted."""

from __future__ import annotations

import ast
import json
import traceback
from pathlib import Path
from typing import Any

import pytest

from mapper.app.warming import ENOUGH, Warming
from mapper.compiler import compiled as compiled_module
from mapper.compiler.compiled import Compiled
from mapper.expressions.code.compile import compiled, write
from mapper.expressions.code.writer import ModuleWriter, TooLargeError
from mapper.records.result import Mapped
from tests.support.engines import Engines
from tests.support.language import apply, body_of, interpreter, load_spec, mapping, said

HOSTILE = [
    "'; import os; os._exit(3) #",
    '"""\nraise SystemExit\n"""',
    "{__import__('os')._exit(3)}",
    "${x}", "{}", "%s", "\\", "\\'", "\n", "\r\n", "\u2028", "\x00", "\x85", "é東🚀", "\ud800", "\\N{DASH}", "f'{x}'",
    "None", "True", "class", "def", "__class__", "__builtins__", "call", "results", "self", "ﬁeld", "a.b", "", " ", "0",
]  # fmt: skip


def names_in(code: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_names_and_texts_stay_data(text: str) -> None:
    key = json.dumps(text)
    literal = "`" + key.replace("`", "\\`") + "`"
    value = {text: {text: 1, "z": [{text: 2}]}}
    cases = {
        key: value[text],
        f"{key}.{key}": 1,
        f"{key}.z[].{key}": [2],
        literal: text,
        f"{{{key}: {literal}}}": {text: text},
        f"@.{key}.{key} == `1` && {literal}": text,
        f"starts_with({literal}, {literal})": True,
        f"id({literal}, {key})": text if text.strip() else None,
        f"format({literal}, {literal})": text if "{}" not in text else None,
    }
    for expression, expected in cases.items():
        found = compiled(expression)(value)
        assert found == expected or expected is None or "{" in text, expression
        module, name = write(expression)
        assert name == "search"
        allowed = {*module.bound, "value", "search"}
        code = module.source
        assert all(each in allowed or each.rstrip("0123456789").strip("_").isascii() for each in names_in(code))
        assert {"os", "__import__", "SystemExit", "exit"} & names_in(code) == set()


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE if text.isprintable() and text.strip() and text[0] != "$"], ids=ascii
)
def test_hostile_fields_and_constants_in_a_mapping(text: str, tmp_path: Path) -> None:
    quoted = json.dumps(text, ensure_ascii=False)
    path = json.dumps("properties." + quoted, ensure_ascii=False)
    body = f"{quoted}: {{$const: {quoted}}}\nw: {{{quoted}: {path}}}\nm: {{$from: {path}, $required: {quoted}}}"
    assert body_of(tmp_path, body, {text: text}) == {text: text, "w": {text: text}, "m": text}


def test_code_has_no_builtins_but_a_few_types() -> None:
    function = compiled("type(a) == 'number' && length(b) > `1` || c[*].d")
    builtins = function.__globals__["__builtins__"]
    assert builtins == {}
    assert "open" not in function.__globals__
    assert "eval" not in function.__globals__


def test_a_traceback_shows_the_line() -> None:
    module, _ = write("[a, length(b)]")
    function = module.compile("shown in tracebacks")
    try:
        function({"b": 1})
    except Exception:
        shown = traceback.format_exc()
    assert 'File "shown in tracebacks", line' in shown
    (line,) = [line.strip() for line in module.source.splitlines() if "length(" in line]
    assert line in shown


@pytest.mark.parametrize("first", ["compiled", "shown"])
def test_lines_are_those_of_the_text(first: str) -> None:
    module, _ = write("if(a, b[?c].d, sort_by(e, &f)) || not_null(g, h, {i: j[]}) && k.*.l")
    text = module.source if first == "shown" else ""
    module.compile("numbered")
    assert text in ("", module.source)
    parsed = ast.parse(module.source)
    made = [node for function in module.functions for node in ast.walk(function) if isinstance(node, ast.stmt)]
    read = [node for node in ast.walk(parsed) if isinstance(node, ast.stmt)]
    assert sorted((node.lineno, type(node).__name__) for node in made) == sorted(
        (node.lineno, type(node).__name__) for node in read
    )


def test_a_name_of_many_hints_stays_unique() -> None:
    module = ModuleWriter()
    names = [module.fresh(hint) for hint in ("a", "a", "A", "if", "1", "", "é", "type", "a_2")]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_what_is_too_large_is_interpreted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engines = interpreter(tmp_path, {"t.yaml": mapping("v: properties.a")})
    assert isinstance(engines, Engines)
    assert engines.compiled.refusal("acme", "track") is None
    monkeypatch.setattr("mapper.expressions.code.writer.MOST_STATEMENTS", 3)
    small = Compiled([load_spec(tmp_path)], {"acme": {}})
    assert small.refusal("acme", "track") == "more than 3 statements"
    assert small.source("acme", "track") is None
    assert [said(result) for result in apply(small, {"properties": {"a": 1}})] == [{"v": 1}]  # type: ignore[arg-type]


def test_an_expression_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.expressions.code.writer.MOST_STATEMENTS", 3)
    with pytest.raises(TooLargeError):
        compiled("[a, b, c, d]")


def chain(folder: Path, length: int) -> Engines:
    names = [f"  n{i}: if(properties.x{i}, [n{i + 1}], n{i + 1})" for i in range(length)]
    before = "\n".join(["let:", *names, f"  n{length}: properties.y", ""])
    engines = interpreter(folder, {"t.yaml": mapping("v: n0", before=before)})
    assert isinstance(engines, Engines)
    assert [said(result) for result in apply(engines, {"properties": {"y": 1, "x3": True}})] == [{"v": [1]}]
    return engines


def test_names_that_use_each_other_in_many_branches_do_not_explode(tmp_path: Path) -> None:
    source = chain(tmp_path, 25).compiled.source("acme", "track")
    assert source is not None
    assert len(source.splitlines()) < 400


def test_names_that_need_one_another_in_a_long_chain_are_interpreted(tmp_path: Path) -> None:
    engines = chain(tmp_path, 60)
    assert engines.compiled.refusal("acme", "track") == "more than 30 names that need one another"


def test_a_run_compiles_when_it_is_long_enough(tmp_path: Path) -> None:
    interpreter(tmp_path, {"t.yaml": mapping("v: properties.a")})
    warming = Warming([load_spec(tmp_path)], {"acme": {}}, lambda place: place.file)
    line = b'{"type":"track","properties":{"a":1}}'
    engines: list[Any] = []
    results = []
    for _ in range(ENOUGH // 500 + 1):
        results += warming.apply([line] * 500)
        engines.append(type(warming._engine).__name__)
    assert engines[0] == "Interpreter"
    assert engines[-1] == compiled_module.Compiled.__name__
    assert {result.request.body for result in results if isinstance(result, Mapped)} == {b'{"v":1}'}
    assert len(results) == ENOUGH + 500
