"""Functions as people read them in a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from mapper.expressions.functions import Function


def function_index(functions: Iterable[Function]) -> str:
    """All functions, by group, one line each."""
    ordered = sorted(functions, key=lambda function: (function.standard, function.group, function.name))
    widest = max(len(function.signature) for function in ordered)
    lines: list[str] = []
    for group, members in groupby(ordered, key=lambda function: function.group):
        lines.append(f"\n{group}" if lines else group)
        lines += [f"  {function.signature:<{min(widest, 46)}}  {function.doc}" for function in members]
    return "\n".join(lines) + "\n"


def function_page(function: Function) -> str:
    """One function: signature, doc and examples with their results."""
    lines = [function.signature, "", f"  {function.doc}", "", "examples"]
    for example in function.examples:
        lines += [f"  {example.expression}", f"    on {_json(example.given)}", f"    gives {_json(example.gives)}"]
    return "\n".join(lines) + "\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
