"""MAP307: ``rest`` where nothing is left over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.names import called, root_names
from mapper.authoring.rules.places import on_tree
from mapper.authoring.subject import Subject, node_expressions
from mapper.records.diagnostic import Diagnostic, Related
from mapper.records.spec import Let

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  $share: properties\n  name: {$take: name}\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    spec = subject.spec
    scopes = {mapping and mapping.file: subject.lets(mapping) for mapping in (None, *spec.mappings)}
    needing_in = {file: _needing_rest(subject, lets) for file, lets in scopes.items()}
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        if tree is None or use.in_rest or use.sees != "call":
            continue
        scope = use.mapping and use.mapping.file
        lets, needing = scopes[scope], needing_in[scope]
        for node in root_names(tree):
            place = on_tree(use.expression, node)
            if node.value == "rest":
                yield RULE.at(place, "`rest` has a meaning inside `$rest` only", help=_HELP)
            elif node.value in needing:
                message = f"`{node.value}` needs `rest`, which has a meaning inside `$rest` only"
                related = Related(place=lets[node.value].place, message="its value is defined here")
                yield RULE.at(place, message, help=_HELP, related=(related,))


def _needing_rest(subject: Subject, lets: Mapping[str, Let]) -> set[str]:
    """The names whose value reads `rest`, itself or through other names."""
    needing = {name for name, let in lets.items() if "rest" in _names(subject, let)}
    needs = {name: called(subject, let, lets).keys() for name, let in lets.items()}
    while more := {name for name in lets if name not in needing and needs[name] & needing}:
        needing |= more
    return needing


def _names(subject: Subject, let: Let) -> set[str]:
    trees = (subject.trees.get(expression.text) for expression, _ in node_expressions(let.node))
    return {str(node.value) for tree in trees if tree for node in root_names(tree)}


_HELP: Final = "use it in the `$rest` of an object that has `$share`"

RULE: Final = Rule(
    code="MAP307",
    name="rest-outside",
    severity="error",
    title="`rest` is used outside `$rest`",
    doc=(
        "`rest` is what no field took of the object that `$share` deals out. It is known only when all fields are "
        "done, so only the node under `$rest` sees it, and the names of `let` that this node uses. Anywhere else it "
        "would be null."
    ),
    bad={"track.yaml": _HEAD + "  others: rest.price\n"},
    good={"track.yaml": _HEAD + "  $rest:\n    others: rest.price\n"},
    check=_check,
)
