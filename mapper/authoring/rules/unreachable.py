"""MAP404: a rule that can never be reached."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Final

from mapper.authoring.rules.certain import is_certain
from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject, meaning, walk
from mapper.expressions.evaluate import is_true
from mapper.records.diagnostic import Diagnostic, Related
from mapper.records.spec import Expression, First, Let, MappingSpec, Node

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    yield from _in_guards(subject)
    for request in subject.spec.requests.values():
        yield from _repeated(subject, (), [rule.when for rule in request.outcomes])
    for mapping in (None, *subject.spec.mappings):
        lets = subject.lets(mapping)
        for node in _nodes(subject, mapping):
            for inner, _ in walk(node):
                if isinstance(inner, First):
                    yield from _dead_arm(subject, inner, lets)


def _nodes(subject: Subject, mapping: MappingSpec | None) -> Iterable[Node]:
    if mapping is None:
        return [let.node for let in subject.spec.lets]
    return [*(let.node for let in mapping.lets), mapping.body]


def _dead_arm(subject: Subject, first: First, lets: Mapping[str, Let]) -> Iterator[Diagnostic]:
    for at, arm in enumerate(first.nodes[:-1]):
        if is_certain(subject, arm, lets):
            related = Related(place=arm.place, message="this always gives a value, or ends the mapping")
            help_ = "put it last, or delete what follows it"
            yield RULE.at(first.nodes[at + 1].place, "this is never reached", help=help_, related=(related,))
            return


def _in_guards(subject: Subject) -> Iterator[Diagnostic]:
    outer = [guard.when for guard in subject.spec.guards]
    yield from _repeated(subject, (), outer)
    for mapping in subject.spec.mappings:
        yield from _repeated(subject, outer, [guard.when for guard in mapping.guards])


def _repeated(subject: Subject, before: Iterable[Expression], conditions: list[Expression]) -> Iterator[Diagnostic]:
    """Conditions after one that is the same or always true: where they would hold, that one decided."""
    earlier: dict[Hashable, Expression] = {}
    always: Expression | None = None
    for condition in (*before, *conditions):
        tree = subject.trees.get(condition.text)
        if tree is None:
            continue
        same = always or earlier.get(meaning(tree))
        if same and condition in conditions:
            said = "this always holds" if same is always else "this is the same condition"
            help_ = "delete one of the two"
            yield RULE.at(
                condition.place, "this is never reached", help=help_, related=(Related(place=same.place, message=said),)
            )
        earlier.setdefault(meaning(tree), condition)
        if tree.kind == "literal" and is_true(tree.value):
            always = always or condition


RULE: Final = Rule(
    code="MAP404",
    name="unreachable",
    severity="error",
    title="A part of the mapping can never take effect",
    doc=(
        "In `$first` nothing after a part that always gives a value is ever used: a constant, or one with `$default` "
        "or `$required`. In `skip`, `reject` and `outcomes` the first condition that holds decides, those of "
        "destination.yaml before a mapping's own, so one that stood before, or stands after one that always holds, "
        "changes nothing. Most often the order is wrong, or one was copied and not changed."
    ),
    bad={"track.yaml": _HEAD + "  event:\n    $first:\n      - {$const: unknown}\n      - event\n"},
    good={"track.yaml": _HEAD + "  event:\n    $first:\n      - event\n      - {$const: unknown}\n"},
    check=_check,
)
