"""MAP218: JSON in a text's quotes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.known import Names
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree, source
from mapper.authoring.subject import Subject, Use, tree_nodes
from mapper.expressions.code.value import STRING, Known
from mapper.expressions.infer import Inference
from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"
_JSON: Final = frozenset({"null", "true", "false", "[]", "{}"})


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        if tree is None:
            continue
        meant = {id(node) for node in _beside_text(subject, use, tree)}
        for node in tree_nodes(tree):
            if node.kind == "literal" and _is_json(node) and id(node) not in meant:
                text = source(use.expression, node)
                if text.startswith("'"):
                    message = f"`{text}` is a text, not JSON's {node.value}"
                    yield RULE.at(
                        on_tree(use.expression, node), message, help=f"JSON stands in backticks: `{node.value}`"
                    )


def _is_json(node: Tree) -> bool:
    return isinstance(node.value, str) and node.value in _JSON


def _beside_text(subject: Subject, use: Use, tree: Tree) -> Iterator[Tree]:
    """Literals compared with what is always text, such as the result of ``type()``."""
    inference = Inference(Names(subject, use.mapping))
    for node in tree_nodes(tree):
        if node.kind == "comparator":
            for one, other in (node.children, node.children[::-1]):
                if one.kind == "literal" and _says_enough(inference.value(other)):
                    yield one


def _says_enough(other: Known) -> bool:
    """Whether the other side is always text, or never, which is a finding of its own."""
    return other.kinds <= STRING or not other.kinds & STRING


RULE: Final = Rule(
    code="MAP218",
    name="quoted-json",
    severity="warning",
    title="`null`, `true`, `false` or empty brackets stand in a text's quotes",
    doc=(
        "In single quotes, `'null'` is a text of four letters: nothing that is missing equals it, and as a value it is "
        "sent as text. JSON stands in backticks. Where the text is meant, compare it with something that is always "
        "text, such as `type(value) == 'null'` or `to_text(value) == 'true'`."
    ),
    bad={"track.yaml": _HEAD + "  event: if(properties.kind == 'null', event)\n"},
    good={"track.yaml": _HEAD + "  event: if(properties.kind == `null`, event)\n"},
    check=_check,
)
