"""MAP313: a name that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.names import root_names, unknown_names
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject, Use
from mapper.base.suggest import closest
from mapper.records.diagnostic import Diagnostic, Place
from mapper.records.spec import Let

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\n"
_REST: Final = "body:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    spec = subject.spec
    if subject.broken or not subject.complete or len(spec.mappings) < len(subject.files):
        return  # what could not be read may use it
    used = {
        (use.mapping.name if use.mapping else None, name) for use in subject.uses() for name in _names(subject, use)
    }
    for found in unknown_names(subject):  # of what is used under a wrong name, that is told
        if near := closest(found.name, found.known):
            used.add((found.use.mapping.name if found.use.mapping else None, near))
    by_name = {name for _, name in used}
    for let in spec.lets:
        if let.name not in by_name and let.place.file == spec.file:
            yield _finding(let)
    for mapping in spec.mappings:
        for let in mapping.lets:
            if (mapping.name, let.name) not in used:
                yield _finding(let)


def _names(subject: Subject, use: Use) -> Iterator[str]:
    tree = subject.trees.get(use.expression.text)
    for node in root_names(tree) if tree else ():
        if node.value != use.let:
            yield node.value


def _finding(let: Let) -> Diagnostic:
    place = Place(file=let.place.file, route=let.place.route, on="key")
    return RULE.at(place, f"nothing uses {word(let.name)}", help="delete it, or use it by its name")


RULE: Final = Rule(
    code="MAP313",
    name="unused-let",
    severity="warning",
    title="A name is given and never used",
    doc=(
        "A name in `let` is computed only where it is used; one that nothing uses is left over, or the place that "
        "should use it has another name in it. Names in a file under `use` may serve other mapping sets and are not "
        "looked at."
    ),
    bad={"track.yaml": _HEAD + "let:\n  name: event\n" + _REST},
    good={"track.yaml": _HEAD + "let:\n  name: event\n" + _REST + "  event: name\n"},
    check=_check,
)
