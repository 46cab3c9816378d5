"""MAP206: a quoted YAML text that is read as an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.names import unknown_names
from mapper.authoring.rules.quotes import as_constant, is_eaten, is_quoted, reads_as_text
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject, Use
from mapper.base.suggest import did_you_mean
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"
_WORD: Final = re.compile(r"\w+", re.ASCII)


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for found in unknown_names(subject):
        if is_eaten(subject, found):
            yield _finding(found.use, did_you_mean(found.name, found.known))
    for use in subject.uses():
        expression = use.expression
        unread = expression.text not in subject.trees
        if unread and is_quoted(subject, expression.place) and reads_as_text(subject, use):
            yield _finding(use, None)


def _finding(use: Use, suggestion: str | None) -> Diagnostic:
    text = use.expression.text
    what = "a name" if _WORD.fullmatch(text) else "an expression"
    help_ = as_constant(use.expression.place, text)
    message = f"YAML takes the quotes away, so that {word(text)} is read as {what}"
    return RULE.at(use.expression.place, message, help=f"{suggestion} For the text {help_}" if suggestion else help_)


RULE: Final = Rule(
    code="MAP206",
    name="eaten-quotes",
    severity="error",
    title="A text in quotes is read as an expression",
    doc=(
        "Quotes around a whole value belong to YAML and are gone before the expression is read: `feature: 'Viewed'` "
        "means the field `Viewed` of the call. Write `{$const: Viewed}` for a constant, or quote twice, once for YAML "
        "and once for JMESPath: `\"'Viewed'\"`. After `>-` no outer quotes are needed."
    ),
    bad={"track.yaml": _HEAD + "  event: 'Viewed'\n"},
    good={"track.yaml": _HEAD + "  event: {$const: Viewed}\n"},
    check=_check,
)
