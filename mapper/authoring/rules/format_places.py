"""MAP220: a template of ``format()`` with more or fewer places than values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree
from mapper.authoring.subject import Subject, tree_nodes
from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"
_MARK: Final = re.compile(r"\{\{|\}\}|\{\}")


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        for node in tree_nodes(tree) if tree else ():
            if node.kind == "function_expression" and node.value == "format" and node.children:
                message = _message(node)
                if message is not None:
                    help_ = "each `{}` takes the next value; a brace itself is written `{{` or `}}`"
                    yield RULE.at(on_tree(use.expression, node.children[0]), message, help=help_)


def _message(call: Tree) -> str | None:
    template, *values = call.children
    if template.kind != "literal" or not isinstance(template.value, str):
        return None
    places = _MARK.findall(template.value).count("{}")
    if places == len(values):
        return None
    said = f"the template has {_count(places, 'place')} for {_count(len(values), 'value')}"
    return said + (", so that it always gives null" if places > len(values) else "; what is left over is not used")


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


RULE: Final = Rule(
    code="MAP220",
    name="format-places",
    severity="error",
    title="A template of `format()` has more or fewer places than values",
    doc=(
        "Each `{}` of the template takes the next value. Without a value for each the result is null, and values "
        "beyond the last `{}` are not used at all. Names or numbers inside the braces, `%s` and `${...}` mean nothing."
    ),
    bad={"track.yaml": _HEAD + "  event: format('{} of {}', event)\n"},
    good={"track.yaml": _HEAD + "  event: format('{} of {}', event, properties.report)\n"},
    check=_check,
)
