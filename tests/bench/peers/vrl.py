"""Vector Remap Language in this process: `vrl-python`, or `vector-vrl` where Python is new enough for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

_PROGRAM: Final = Path(__file__).with_name("natero.vrl")
_TAKE: Final = re.compile(r"^ *@(text|number|boolean|date) (\w+): (.+)$", re.MULTILINE)
_FITS: Final = {
    "text": "is_string(.p.{0}) && !is_nullish(.p.{0})",
    "number": "is_integer(.p.{0}) || is_float(.p.{0})",
    "boolean": "is_boolean(.p.{0})",
}
_DATE: Final = """if !exists(details.{1}) && is_string(.p.{0}) {{
    moment, error = parse_timestamp(.p.{0}, "%+")
    if error == null {{
        details.{1} = to_unix_timestamp(moment, unit: "milliseconds")
        del(.p.{0})
    }}
}}"""
_ENCODED: Final = "if made != null { encode_json(made) } else { null }"


class Vrl(NamedTuple):
    """A peer that is installed.

    Attributes:
        run: Lines of NDJSON to lines of NDJSON.
        compile: What `run` does again each time where once would do; its time is not to be counted.
    """

    run: Callable[[Sequence[bytes]], bytes]
    compile: Callable[[], object]


def vrl() -> Vrl | None:
    """Whichever of the packages is installed, or None."""
    if find_spec("vector_vrl"):
        return _vector_vrl()
    return _vrl_python() if find_spec("vrl_python") else None


def _vrl_python() -> Vrl:
    """Text in and text out, an event a call: its other ways, as dicts or many lines at once, are slower."""
    program = f". = parse_json!(.line)\n{_expanded()}\n. = {{}}\n{_ENCODED}"
    runtime = import_module("vrl_python").VRLRuntime()
    runtime.compile(program)
    execute = runtime.execute

    def run(lines: Sequence[bytes]) -> bytes:
        made = [execute(program, {"line": line.decode()}).runtime_result for line in lines]
        return "\n".join([event for event in made if event is not None]).encode()

    return Vrl(run, lambda: None)


def _vector_vrl() -> Vrl:
    """Text in, and out as the one field of the event; many lines a call."""
    program = f'{_expanded()}\ntext = {_ENCODED}\n. = {{"made": text}}'
    execute: Callable[[str, list[str]], list[dict[str, Any]]] = import_module("vector_vrl").execute_vrl

    def run(lines: Sequence[bytes]) -> bytes:
        made = execute(program, [line.decode() for line in lines])
        return "\n".join([event["made"] for event in made if event["made"] is not None]).encode()

    return Vrl(run, lambda: execute(program, []))


def _expanded() -> str:
    """The program with its `@` lines written out."""
    return _TAKE.sub(lambda match: _take(match[1], match[2], match[3].split()), _PROGRAM.read_text())


def _take(kind: str, attribute: str, paths: Sequence[str]) -> str:
    if kind == "date":
        return "\n".join(_DATE.format(path, attribute) for path in paths)
    return " else ".join(f"if {_FITS[kind].format(path)} {{ details.{attribute} = del(.p.{path}) }}" for path in paths)
