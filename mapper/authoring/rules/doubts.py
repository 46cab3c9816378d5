"""What types say of the expressions of a mapping set, computed once for all rules that report it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.known import Names
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree, source
from mapper.authoring.subject import Subject, Use
from mapper.expressions.code.value import JSON, NUMBER, OBJECT, Known
from mapper.expressions.infer import Doubt, Inference, Issue
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import If

_LONGEST: Final = 60
"""Characters of an expression that a message repeats; the place shows it anyway."""


def findings(rule: Rule, subject: Subject, *doubts: Doubt) -> Iterator[Diagnostic]:
    """The issues of these kinds as findings of a rule."""
    for use, issue in _issues(subject):
        if issue.doubt in doubts:
            text = source(use.expression, issue.node)
            what = "this" if len(text) > _LONGEST else text if "`" in text else f"`{text}`"
            message = f"{what} {issue.message}"
            yield rule.at(on_tree(use.expression, issue.node), message, help=issue.help)


def _issues(subject: Subject) -> tuple[tuple[Use, Issue], ...]:
    return subject.once("issues", lambda: _infer(subject))


def _infer(subject: Subject) -> Iterator[tuple[Use, Issue]]:
    conditions = _conditions(subject)
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        if tree is None:
            continue
        inference = Inference(_answer if use.sees == "answer" else Names(subject, use.mapping))
        if use.expression.place in conditions:
            inference.condition(tree)
        else:
            inference.value(tree)
        for issue in inference.issues:
            yield use, issue


def _conditions(subject: Subject) -> set[object]:
    """Places of expressions of which only the truth counts."""
    spec = subject.spec
    guards = [*spec.guards, *(guard for mapping in spec.mappings for guard in mapping.guards)]
    choices = (each.condition.place for each in subject.nodes() if isinstance(each, If))
    return {*(guard.when.place for guard in guards), *choices}


def _answer(path: tuple[str, ...]) -> Known:
    """What is known of an answer's parts."""
    return Known(NUMBER) if path == ("status",) else Known(JSON) if path else Known(OBJECT)
