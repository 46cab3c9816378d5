"""MAP411: a base to which no request may go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec.structs import replace

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree
from mapper.authoring.subject import Subject
from mapper.base.urls import never_safe, safe_base
from mapper.expressions.functions.template import fill
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import path_of
from mapper.records.diagnostic import Diagnostic, Place

_HEAD: Final = re.compile(r"(?:\{\{|\}\}|(?!\{\}).)*", re.DOTALL)
"""What stands before the first ``{}`` of a template."""


class _Branch(NamedTuple):
    """What the base may be: a part of the expression.

    Attributes:
        tree: Where it stands.
        text: The value, or how it begins; None where that is not known, or no text.
        whole: Whether the value is known.
    """

    tree: Tree
    text: str | None = None
    whole: bool = False

    @property
    def is_unsafe(self) -> bool:
        """Whether no request may go there, whatever the settings are."""
        return self.text is not None and (not safe_base(self.text) if self.whole else never_safe(self.text))

    @property
    def is_null(self) -> bool:
        """Whether it is no text, so that another branch is taken or the run says so."""
        return self.whole and self.text is None


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for request in subject.spec.requests.values():
        tree = subject.trees.get(request.base.text)
        branches = [each for each in _branches(tree) if not each.is_null] if tree else []
        sure = all(each.is_unsafe for each in branches)
        for branch in branches:
            if branch.is_unsafe:
                yield _finding(branch, on_tree(request.base, branch.tree), sure=sure)
        yield from _defaults(subject, branches)


def _defaults(subject: Subject, branches: list[_Branch]) -> Iterator[Diagnostic]:
    """Of the settings that are the base. An empty one may be what lets another branch be taken."""
    for branch in branches:
        for setting in subject.spec.settings:
            if path_of(branch.tree) == ("settings", setting.name) and isinstance(setting.default, str):
                default = _Branch(branch.tree, setting.default, whole=True)
                if default.text and default.is_unsafe and not setting.secret:
                    place = replace(setting.place, route=(*setting.place.route, "default"))
                    yield _finding(default, place, sure=False)


def _finding(branch: _Branch, place: Place, *, sure: bool) -> Diagnostic:
    what, help_ = _told(branch)
    message = f"requests {what}, so that none may be sent" + ("" if sure else " where this is the base")
    return RULE.at(place, message, help=help_, severity="error" if sure else "warning")


def _told(branch: _Branch) -> tuple[str, str]:
    """What is wrong with it, and what to do."""
    text = branch.text or ""
    plain = text.lower().startswith("http://")
    what = "would go unencrypted" if plain else "would not go to an https:// address"
    if branch.whole and text and "{" not in text and (plain or "://" not in text):
        return what, f"write `https://{text[7:] if plain else text}`"
    return what, _HELP


def _branches(tree: Tree) -> list[_Branch]:
    """All that the expression may give."""
    match tree.kind, tree.value:
        case "literal", value:
            return [_Branch(tree, value if isinstance(value, str) else None, whole=True)]
        case "or_expression", _:
            return _chosen(tree.children, empty_is_none=True)
        case "function_expression", "not_null":
            return _chosen(tree.children, empty_is_none=False)
        case "function_expression", "if" if len(tree.children) > 1:
            otherwise = _branches(tree.children[2]) if len(tree.children) > 2 else [_Branch(tree, whole=True)]
            return [*_branches(tree.children[1]), *otherwise]
        case "function_expression", "format" if tree.children and tree.children[0].kind == "literal":
            return [_template(tree.children[0])]
    return [_Branch(tree)]


def _chosen(parts: tuple[Tree, ...], *, empty_is_none: bool) -> list[_Branch]:
    """Those of the parts of which the first with a value is taken."""
    found: list[_Branch] = []
    for at, part in enumerate(parts, 1):
        branches = _branches(part)
        goes_on = [each.is_null or (empty_is_none and each.whole and not each.text) for each in branches]
        found += branches if at == len(parts) else [each for each, on in zip(branches, goes_on, strict=True) if not on]
        if all(each.whole for each in branches) and not any(goes_on):
            break
    return found


def _template(literal: Tree) -> _Branch:
    """What a template gives, as far as its first ``{}``."""
    template = literal.value
    head = _HEAD.match(template) if isinstance(template, str) else None
    if head is None:
        return _Branch(literal)
    return _Branch(literal, fill(head[0]), whole=head.end() == len(template))


_HELP: Final = "a base begins with https://; plain http is for this machine only"

RULE: Final = Rule(
    code="MAP411",
    name="unsafe-base",
    severity="error",
    title="A request's base is neither https nor on this machine",
    doc=(
        "Calls hold personal data, and most requests hold a key: neither may go over a network as plain text. So a "
        "run refuses a base that does not begin with `https://`, except `http://localhost` and `http://127.0.0.1`. "
        "The base is an expression, so that the address stands in quotes of its own. Of a base that depends on "
        "settings only what is certain is told. Where just one of several branches is refused, or the default of a "
        "setting that is the base, that is a warning."
    ),
    bad={"destination.yaml": MINIMAL["destination.yaml"].replace("https://", "http://")},
    good={"destination.yaml": MINIMAL["destination.yaml"]},
    check=_check,
)
