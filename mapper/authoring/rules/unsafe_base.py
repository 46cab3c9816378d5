"""MAP411: a base to which no request may go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree
from mapper.authoring.subject import Subject
from mapper.base.urls import safe_base
from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Diagnostic

_CHOOSING: Final = {"if": slice(1, None), "not_null": slice(None), "format": slice(1)}
"""Functions that give one of these arguments, or begin with it."""


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for request in subject.spec.requests.values():
        tree = subject.trees.get(request.base.text)
        for found in _results(tree) if tree else ():
            text = found.value
            if not isinstance(text, str) or safe_base(text.replace("{}", "x")):
                continue
            plain = text.startswith("http://")
            what = "would go unencrypted" if plain else "would not go to an https:// address"
            lacks_scheme = text and "://" not in text
            help_ = f"write `https://{text.removeprefix('http://')}`" if plain or lacks_scheme else _HELP
            yield RULE.at(on_tree(request.base, found), f"requests {what}, so that none may be sent", help=help_)


def _results(tree: Tree) -> Iterator[Tree]:
    """The literals that may be the value, or a template with which it begins."""
    children: tuple[Tree, ...] = ()
    if tree.kind == "literal":
        yield tree
    elif tree.kind == "or_expression":
        children = tree.children
    elif tree.kind == "function_expression" and tree.value in _CHOOSING:
        children = tree.children[_CHOOSING[tree.value]]
    for child in children:
        if tree.value != "format" or not str(child.value).startswith("{"):
            yield from _results(child)


_HELP: Final = "a base begins with https://; plain http is for this machine only"

RULE: Final = Rule(
    code="MAP411",
    name="unsafe-base",
    severity="error",
    title="A request's base is neither https nor on this machine",
    doc=(
        "Calls hold personal data, and most requests hold a key: neither may go over a network as plain text. So a "
        "run refuses a base that does not begin with `https://`, except `http://localhost` and `http://127.0.0.1`. "
        "The base is an expression, so that the address stands in quotes of its own."
    ),
    bad={"destination.yaml": MINIMAL["destination.yaml"].replace("https://", "http://")},
    good={"destination.yaml": MINIMAL["destination.yaml"]},
    check=_check,
)
