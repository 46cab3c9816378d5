"""MAP304: a name that is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.names import call_fields
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import Let

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\n"
_OURS: Final = frozenset({"settings", "rest"})


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for let in subject.spec.lets:
        yield from _finding(let, call_fields(None))
    for mapping in subject.spec.mappings:
        for let in mapping.lets:
            yield from _finding(let, call_fields(mapping))


def _finding(let: Let, fields: frozenset[str]) -> Iterator[Diagnostic]:
    if let.name in _OURS:
        yield RULE.at(let.place, f"`{let.name}` is a name of the language", help="choose another name")
    elif let.name in fields:
        help_ = f"choose another name, such as `the_{let.name}`, and use it where you mean the new value"
        yield RULE.at(let.place, f"`{let.name}` is a field of the call, which this name would hide", help=help_)


RULE: Final = Rule(
    code="MAP304",
    name="reserved-let",
    severity="error",
    title="A name of `let` is already taken",
    doc=(
        "A name that a documented field of the call has would hide that field: whoever reads `event` further down "
        "could not tell which is meant. `settings` and `rest` have a meaning of their own. Choose another name."
    ),
    bad={"track.yaml": _HEAD + "let:\n  event: trim(properties.name)\nbody:\n  user_id: userId\n  event: event\n"},
    good={"track.yaml": _HEAD + "let:\n  title: trim(properties.name)\nbody:\n  user_id: userId\n  event: title\n"},
    check=_check,
)
