"""MAP410: a field that is written without a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import Const, ObjectOf

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for found in subject.nodes():
        for name, field in found.fields if isinstance(found, ObjectOf) else ():
            if isinstance(field, Const) and field.value is None:
                message = f"the field `{name}` has no value, so that it is never there"
                help_ = "give it one, or delete it; `{$const: null, $null: keep}` sends null"
                yield RULE.at(field.place, message, help=help_)


RULE: Final = Rule(
    code="MAP410",
    name="no-value",
    severity="warning",
    title="A field is written without a value",
    doc=(
        "Nothing behind the colon is null in YAML, and a field that is null is left out: this one always is. Over "
        "`$merge` it leaves the merged value as it is, so it can't be used to take a field away either. Most often "
        "the value has still to be written, or stands on the next line without being indented."
    ),
    bad={"track.yaml": _HEAD + "  event:\n"},
    good={"track.yaml": _HEAD + "  event: event\n"},
    check=_check,
)
