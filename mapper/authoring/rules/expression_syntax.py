"""MAP201: an expression that can't be parsed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jmespath import exceptions

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import between
from mapper.authoring.rules.quotes import as_constant, is_quoted, reads_as_text
from mapper.authoring.subject import Subject
from mapper.expressions.parse import parse
from mapper.expressions.syntax import SyntaxProblem, explain
from mapper.records.diagnostic import Diagnostic, Place

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        expression = use.expression
        if expression.text in subject.trees:
            continue
        words = reads_as_text(subject, use)
        if words and is_quoted(subject, expression.place):
            continue  # the quotes are the problem: a rule of its own
        problem = _problem(expression.text)
        if problem is None:
            continue
        place = between(expression, problem.start, problem.start + problem.length)
        text = " ".join(expression.text.split())
        help_ = f"for the text {as_constant(expression.place, text)}" if words else problem.help
        if _ends_at_a_comma(subject, expression.place):
            help_ = "YAML ends the value at the comma: put quotes around the whole expression"
        yield RULE.at(place, problem.message, help=help_)


def _ends_at_a_comma(subject: Subject, place: Place) -> bool:
    """Whether a value without quotes ends at a comma in ``{}`` or ``[]`` and has brackets left open."""
    document = subject.documents.get(place.file)
    span = document.values.get(place.route) if document else None
    if document is None or span is None or is_quoted(subject, place):
        return False
    text, after = document.text[span.start : span.end], document.text[span.end :].lstrip()
    return after.startswith(",") and any(text.count(one) > text.count(other) for one, other in ("()", "[]", "{}"))


def _problem(text: str) -> SyntaxProblem | None:
    try:
        parse(text)
    except exceptions.JMESPathError as error:
        return explain(error, text)
    return None


RULE: Final = Rule(
    code="MAP201",
    name="expression-syntax",
    severity="error",
    title="An expression can't be read",
    doc=(
        "Every bare text in a mapping is a JMESPath expression, and this one does not follow its grammar. The place "
        "shown is where reading stopped; what is missing may stand before it. Text goes into single quotes, numbers "
        "inside an expression into backticks, and there is no arithmetic. Where you meant a constant, write "
        "`{$const: Viewed Page}`."
    ),
    bad={"track.yaml": _HEAD + "  event: trim(properties.name\n"},
    good={"track.yaml": _HEAD + "  event: trim(properties.name)\n"},
    check=_check,
)
