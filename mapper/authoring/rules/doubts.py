"""What types say of the expressions of a mapping set, computed once for all rules that report it."""

from __future__ import annotations

from collections.abc import Iterator

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree, source
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject, Use, walk
from mapper.expressions.code.value import JSON, STRING, Known, same
from mapper.expressions.infer import Doubt, Inference, Issue
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import Const, Eval, If, Let, MappingSpec

_DEEPEST = 20


def findings(rule: Rule, subject: Subject, *doubts: Doubt) -> Iterator[Diagnostic]:
    """The issues of these kinds as findings of a rule."""
    for use, issue in _issues(subject):
        if issue.doubt in doubts:
            text = source(use.expression, issue.node)
            message = f"{text if text.startswith('`') else word(text)} {issue.message}"
            yield rule.at(on_tree(use.expression, issue.node), message, help=issue.help)


def _issues(subject: Subject) -> list[tuple[Use, Issue]]:
    found: list[tuple[Use, Issue]] | None = subject.memo.get("issues")
    if found is None:
        found = subject.memo["issues"] = list(_infer(subject))
    return found


def _infer(subject: Subject) -> Iterator[tuple[Use, Issue]]:
    conditions = _conditions(subject)
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        if tree is None or use.sees == "answer":
            continue
        inference = Inference(_Root(subject, use.mapping))
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
    nodes = [let.node for let in spec.lets]
    for mapping in spec.mappings:
        nodes += [mapping.body, *(let.node for let in mapping.lets)]
    inner = [found for node in nodes for found, _ in walk(node)]
    return {guard.when.place for guard in guards} | {each.condition.place for each in inner if isinstance(each, If)}


class _Root:
    """What is known of names: of the call's fields nothing but its type, for calls hold anything."""

    def __init__(self, subject: Subject, mapping: MappingSpec | None) -> None:
        self.subject = subject
        self.mapping = mapping
        self.lets = subject.lets(mapping)
        self.under_way: set[str] = set()
        self.known: dict[str, Known] = subject.memo.setdefault(("known", mapping.name if mapping else None), {})

    def __call__(self, path: tuple[str, ...]) -> Known:
        name = path[0]
        if name in self.lets:
            return self._let(self.lets[name]) if len(path) == 1 else Known(JSON)
        if name == "type" and len(path) == 1:
            kinds = self.mapping.accepts if self.mapping else self.subject.spec.accepts
            return Known(STRING, only=frozenset(map(same, kinds))) if kinds else Known(STRING)
        return self._setting(path[1]) if name == "settings" and len(path) == 2 else Known(JSON)

    def _let(self, let: Let) -> Known:
        if let.name in self.known:
            return self.known[let.name]
        if let.name in self.under_way or len(self.under_way) > _DEEPEST:
            return Known(JSON)
        if isinstance(let.node, Const):
            return Known(JSON)
        tree = self.subject.trees.get(let.node.expression.text) if isinstance(let.node, Eval) else None
        if tree is None:
            return Known(JSON)
        self.under_way.add(let.name)
        found = Inference(self).value(tree)
        self.under_way.discard(let.name)
        self.known[let.name] = found
        return found

    def _setting(self, name: str) -> Known:
        for setting in self.subject.spec.settings:
            allowed = setting.schema.get("enum")
            if setting.name == name and isinstance(allowed, list) and all(isinstance(each, str) for each in allowed):
                kinds = STRING if setting.required or setting.default is not None else STRING | {"null"}
                return Known(kinds, only=frozenset(map(same, allowed)))
        return Known(JSON)
