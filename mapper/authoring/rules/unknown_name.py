"""MAP204: a name that means nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.names import Unknown, fields_by_type, unknown_names
from mapper.authoring.rules.operators import operator_for
from mapper.authoring.rules.places import on_tree, source
from mapper.authoring.rules.quotes import as_constant, is_eaten
from mapper.authoring.shape_words import word, words
from mapper.authoring.subject import Subject
from mapper.base.suggest import did_you_mean
from mapper.expressions.functions import FUNCTIONS
from mapper.records.diagnostic import Diagnostic, Place, Related

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n"
_TRUTHS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
_JSON: Final = frozenset({"null", "true", "false"})


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for found in unknown_names(subject):
        if not is_eaten(subject, found):
            place = on_tree(found.use.expression, found.tree)
            yield RULE.at(place, _message(found), help=_help(subject, found), related=_accepted(found))


def _message(found: Unknown) -> str:
    name = word(found.name)
    if found.use.sees == "answer":
        return f"{name} is no part of the destination's answer"
    if found.use.sees == "settings":
        return f"{name} is out of reach here"
    mapping = found.use.mapping
    calls = f"{' and '.join(mapping.accepts)} calls" if mapping and len(mapping.accepts) <= 2 else "any call"
    return f"{name} is neither a field of {calls} nor a name from `let`"


def _accepted(found: Unknown) -> tuple[Related, ...]:
    """Where the mapping says which calls it takes, if calls of another type have the name."""
    mapping = found.use.mapping
    if mapping is None or not any(found.name in fields for fields in fields_by_type().values()):
        return ()
    return (Related(place=Place(file=mapping.file, route=("accepts",)), message="these calls are accepted"),)


def _help(subject: Subject, found: Unknown) -> str | None:
    if found.use.sees == "answer":
        return did_you_mean(found.name, found.known) or "an answer has `status`, `headers` and `body`"
    if found.name in {setting.name for setting in subject.spec.settings}:
        return f"write `settings.{found.name}`"
    if found.use.sees == "settings":
        return "a request's place is computed from settings only"
    near = did_you_mean(found.name, found.known)
    if near and found.use.expression.place.route[-1:] == ("$default",) and found.use.expression.text == found.name:
        return f"{near} For the text {as_constant(found.use.expression.place, found.name)}"  # most often it is one
    return _elsewhere(subject, found) or near or _not_a_name(found)


def _elsewhere(subject: Subject, found: Unknown) -> str | None:
    """The name means something in another place."""
    kinds = [kind for kind, fields in fields_by_type().items() if found.name in fields]
    if kinds:
        return f"only {words(kinds)} calls have it"
    for mapping in subject.spec.mappings:
        if found.name in {let.name for let in mapping.lets}:
            return f"only `{mapping.name}` has it: to share it, move it to the `let` of the destination"
    return None


def _not_a_name(found: Unknown) -> str | None:
    """Something else was meant: a truth value, a text, a function."""
    name, expression = found.name, found.use.expression
    whole = expression.text.strip()
    if name in _JSON:
        plain = f"write `{name}` without quotes, or `{{$const: '{name}'}}` for the text"
        return plain if whole == name else f"JSON stands in backticks: `{name}`"
    if whole == name and name.lower() in _TRUTHS:
        return f"write `true` or `false` without quotes, or `{{$const: '{name}'}}` for the text"
    if source(expression, found.tree).startswith('"'):
        return f"double quotes make a name; a text is written `'{name.strip(chr(39))}'`"
    if meant := operator_for(name):
        return meant
    if name in FUNCTIONS:
        return f"a function is written with parentheses: `{FUNCTIONS[name].signature}`"
    return f"for the text {as_constant(expression.place, name)}" if whole == name else None


RULE: Final = Rule(
    code="MAP204",
    name="unknown-name",
    severity="error",
    title="A name means nothing here, so that it would always be null",
    doc=(
        "An expression starts from the documented fields of the call, the names of `let`, and `settings`. Where a "
        "request goes (`base`, `path`, `headers`, `auth`) is computed from `settings` alone, and `outcomes` see "
        "`status`, `headers` and `body`. A bare word is always a name: text is written `{$const: Viewed}`, or in "
        "single quotes inside an expression, and truth values are `true` and `false`, not `yes` or `on`. "
        "Traits and properties are reached through their field: `traits.email`, `properties.price`."
    ),
    bad={"track.yaml": _HEAD + "  user_id: userID\n"},
    good={"track.yaml": _HEAD + "  user_id: userId\n"},
    check=_check,
)
