"""MAP203: a function called with too few or too many arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import between
from mapper.authoring.subject import Subject, tree_nodes
from mapper.expressions.functions import FUNCTIONS, Function
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        for node in tree_nodes(tree) if tree else ():
            function = FUNCTIONS.get(node.value) if node.kind == "function_expression" else None
            given = len(node.children)
            if function and not _fits(function, given):
                place = between(use.expression, node.start, node.start + len(function.name))
                message = f"`{function.name}` takes {_takes(function)}, not {given or 'none'}"
                yield RULE.at(place, message, help=f"it is `{function.signature}`")


def _fits(function: Function, given: int) -> bool:
    return given >= function.min_args and (function.max_args is None or given <= function.max_args)


def _takes(function: Function) -> str:
    least, most = function.min_args, function.max_args
    if most is None:
        return f"at least {_arguments(least)}"
    if least == most:
        return _arguments(most)
    return f"{least} {'or' if most == least + 1 else 'to'} {_arguments(most)}"


def _arguments(count: int) -> str:
    return f"{count or 'no'} argument{'s' * (count != 1)}"


RULE: Final = Rule(
    code="MAP203",
    name="wrong-argument-count",
    severity="error",
    title="A function is called with too few or too many arguments",
    doc=(
        "In a signature `?` marks an argument that may be left out and `...` one that may be repeated. "
        "`mapper functions NAME` shows the function with examples. A comma inside quotes separates nothing."
    ),
    bad={"track.yaml": _HEAD + "  event: if(event)\n"},
    good={"track.yaml": _HEAD + "  event: if(event, event, 'none')\n"},
    check=_check,
)
