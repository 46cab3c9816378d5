"""MAP202: a function that does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import between
from mapper.authoring.subject import Subject, tree_nodes
from mapper.base.suggest import did_you_mean
from mapper.expressions.functions import FUNCTIONS
from mapper.records.diagnostic import Diagnostic

_ELSEWHERE: Final = {
    "coalesce": "`not_null(a, b)`",
    "concat": "`format('{} {}', a, b)`, or `join(' ', array)`",
    "count": "`length(value)`",
    "date": "`to_epoch_ms(value)` or `to_iso8601(value)`",
    "default": "`not_null(a, b)`",
    "exists": "`present(value)`",
    "float": "`to_number(value)`",
    "ifelse": "`if(condition, a, b)`",
    "iff": "`if(condition, a, b)`",
    "ifnull": "`not_null(a, b)`",
    "includes": "`contains(text, part)`",
    "int": "`to_number(value)`",
    "isempty": "`!present(value)`",
    "isnull": "`value == null`, with `null` in backticks",
    "len": "`length(value)`",
    "lowercase": "`lower(text)`",
    "now": "a field of the call, such as `receivedAt`: mappings see no clock",
    "number": "`to_number(value)`",
    "parsefloat": "`to_number(value)`",
    "parseint": "`to_number(value)`",
    "size": "`length(value)`",
    "str": "`to_text(value)`",
    "string": "`to_text(value)`",
    "strip": "`trim(text)`",
    "substring": "`split()` or `replace()`: texts can't be sliced",
    "tolowercase": "`lower(text)`",
    "touppercase": "`upper(text)`",
    "uppercase": "`upper(text)`",
}
"""By the names that other languages have, in lower case without ``_``: what does it here."""
_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        for node in tree_nodes(tree) if tree else ():
            if node.kind == "function_expression" and node.value not in FUNCTIONS:
                place = between(use.expression, node.start, node.start + len(node.value))
                yield RULE.at(place, f"there is no function `{node.value}`", help=_help(node.value))


def _help(name: str) -> str:
    known = _ELSEWHERE.get(name.lower().replace("_", ""))
    if known is not None:
        return f"here it is {known}"
    return did_you_mean(name, FUNCTIONS) or "`mapper functions` lists all there are"


RULE: Final = Rule(
    code="MAP202",
    name="unknown-function",
    severity="error",
    title="An expression calls a function that does not exist",
    doc=(
        "Expressions may call the functions of standard JMESPath and those this product adds; a mapping can't bring "
        "its own. `mapper functions` lists them all, with examples."
    ),
    bad={"track.yaml": _HEAD + "  event: trimm(event)\n"},
    good={"track.yaml": _HEAD + "  event: trim(event)\n"},
    check=_check,
)
