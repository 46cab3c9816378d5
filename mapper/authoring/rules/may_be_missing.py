"""MAP408: a required field that may be null."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.example_schema import with_schema
from mapper.authoring.rules.known import Nodes
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.output import Field, Piece, checkable, pieces
from mapper.authoring.subject import Subject
from mapper.expressions.code.value import NULL
from mapper.records.diagnostic import Diagnostic, Place
from mapper.records.spec import Eval

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: "


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for mapping, schema in checkable(subject):
        nodes = Nodes(subject, mapping)
        for piece in pieces(subject, mapping):
            for name in piece.schema.get("required", ()):
                supplied = [field for field in piece.fields if field.name == name]
                if supplied and all(nodes.known(field.node).kinds & NULL for field in supplied):
                    title = Piece((*piece.path, name), piece.node, piece.place, piece.schema).title
                    message = f"{title} may be null, and the schema requires it: such calls can't be sent"
                    help_ = "`$required: REASON` says why in the author's words; `$default` gives another value"
                    yield RULE.at(_place(supplied[-1]), message, help=help_, related=(schema,))


def _place(field: Field) -> Place:
    return field.node.expression.place if isinstance(field.node, Eval) else field.place


RULE: Final = Rule(
    code="MAP408",
    name="may-be-missing",
    severity="warning",
    title="A field that the request's schema requires may be null",
    doc=(
        "A field without a value is left out, and a request without this field is refused by the schema, with a "
        "reason that speaks of the schema rather than of the call. Say what such calls lack with `$required`, give "
        "them a value with `$default`, or hold them back: after `skip: [{when: '!user_id', because: ...}]` the name "
        "`user_id` is never null."
    ),
    bad=with_schema({"track.yaml": _HEAD + "id(userId)\n"}),
    good=with_schema({"track.yaml": _HEAD + "{$from: id(userId), $required: no user id}\n"}),
    check=_check,
)
