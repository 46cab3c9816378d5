"""MAP409: a field that gets the value of another name, while its own is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject, walk
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import Eval, MappingSpec, Node, ObjectOf, Refine

_HEAD: Final = (
    "mapper: 1\naccepts: track\nrequest: event\nlet:\n  user_id: userId\n  account_id: context.groupId\nbody:\n"
)


def _check(subject: Subject) -> Iterator[Diagnostic]:
    bodies: list[tuple[MappingSpec | None, Node]] = [(None, let.node) for let in subject.spec.lets]
    for mapping in subject.spec.mappings:
        bodies += [(mapping, mapping.body), *((mapping, let.node) for let in mapping.lets)]
    for owner, body in bodies:
        names = subject.lets(owner).keys()
        objects = [found for found, _ in walk(body) if isinstance(found, ObjectOf)]
        for name, node in (pair for each in objects for pair in each.fields):
            inner = node.node if isinstance(node, Refine) else node
            given = inner.expression.text.strip() if isinstance(inner, Eval) else name
            if isinstance(inner, Eval) and given != name and {name, given} <= names and _is_field(objects, given):
                message = f"the field `{name}` gets `{given}`, though there is a name `{name}`"
                yield RULE.at(inner.expression.place, message, help=f"did you mean `{name}`?")


def _is_field(objects: list[ObjectOf], name: str) -> bool:
    return any(name == field for each in objects for field, _ in each.fields)


RULE: Final = Rule(
    code="MAP409",
    name="crossed-names",
    severity="warning",
    title="A field gets the value of another field's name",
    doc=(
        "Both names are in `let`, both are fields beside each other, and this field has the other one's value. Two "
        "ids that are swapped look alike in every test and put one customer's events on another's account. Where it "
        "is meant, say so: `# mapper: allow MAP409 because ...` at the end of the line."
    ),
    bad={"track.yaml": _HEAD + "  user_id: account_id\n  account_id: user_id\n"},
    good={"track.yaml": _HEAD + "  user_id: user_id\n  account_id: account_id\n"},
    check=_check,
)
