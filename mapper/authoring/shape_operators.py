"""Operators (keys with a leading ``$``) that do not fit where they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from mapper.authoring.document import Document
from mapper.authoring.nodes import MODIFIERS, SOURCES
from mapper.authoring.rules.shape import CLASH, LONE_OPERATOR, UNKNOWN_KEY
from mapper.authoring.shape_words import word, words
from mapper.base.suggest import closest, did_you_mean
from mapper.records.diagnostic import Diagnostic, Related, Route

_NAMED: Final = 3
"""Most keys that a message lists."""
_OF_IF: Final = ("$then", "$else")
_OF_OBJECT: Final = ("$merge", "$share", "$spell", "$named", "$rest")
COMPANIONS: Final[Mapping[str, str]] = {
    "$if": "add `$if: CONDITION`, an expression",
    "$then": "add `$then: EXPRESSION`, the value where the condition holds",
    "$share": "add `$share: EXPRESSION`, the object that is shared out",
}
"""How to add the operator that another one needs."""
OPERATORS: Final = (*SOURCES, *_OF_IF, *MODIFIERS, *_OF_OBJECT)
"""All of the language."""


def misplaced(
    document: Document, route: Route, node: Mapping[str, Any], allowed: Collection[str]
) -> Iterator[Diagnostic]:
    """Why keys of a node may not stand there.

    Args:
        document: The file.
        route: Where the node is.
        node: Its data.
        allowed: The keys its schema takes; plain keys too, where the schema takes them at all.
    """
    source = next((operator for operator in SOURCES if operator in node and operator in allowed), None)
    strange = [key for key in node if key not in allowed and key.startswith("$")]
    unknown = [key for key in strange if key not in OPERATORS]
    for key in unknown:
        place = document.place((*route, key), on="key")
        help_ = did_you_mean(key, OPERATORS) or f"there are: {', '.join(OPERATORS)}"
        yield UNKNOWN_KEY.at(place, f"unknown operator {word(key)}", help=help_)
    known = [key for key in strange if key in OPERATORS]
    halves = [key for key in known if key in _OF_IF and "$if" not in node]
    for key in halves:
        place = document.place((*route, key), on="key")
        yield LONE_OPERATOR.at(place, f"{word(key)} needs `$if` beside it", help=COMPANIONS["$if"])
    others = [key for key in known if key not in _OF_IF]
    if source is not None:
        plain = [key for key in node if not key.startswith("$")]
        yield from _beside_source(document, route, source, others, plain, allowed)
    elif not unknown:
        yield from _without_source(document, route, node, others)


def _beside_source(
    document: Document, route: Route, source: str, others: list[str], plain: list[str], allowed: Collection[str]
) -> Iterator[Diagnostic]:
    """A source operator with what can't stand beside it."""
    fields = []
    for key in plain:
        meant = closest(f"${key}", allowed)
        if meant is None:
            fields.append(key)
            continue
        place = document.place((*route, key), on="key")
        yield UNKNOWN_KEY.at(place, f"unknown key {word(key)} beside {word(source)}", help=f"did you mean `{meant}`?")
    clash = [*others, *fields]
    if not clash:
        return
    if any(key in SOURCES for key in others):
        help_ = "one of them gives the value; to try one after the other, list them under `$first`"
    else:
        help_ = f"{word(source)} gives the whole value: put it below the field whose value it gives"
    place = document.place((*route, clash[0]), on="key")
    named = words(clash) if len(clash) <= _NAMED else f"{words(clash[:1])} and {len(clash) - 1} others"
    other = Related(place=document.place((*route, source), on="key"), message=f"{word(source)} stands here")
    yield CLASH.at(place, f"{named} cannot stand beside {word(source)}", help=help_, related=(other,))


def _without_source(
    document: Document, route: Route, node: Mapping[str, Any], others: list[str]
) -> Iterator[Diagnostic]:
    """Operators that refine a value which is not there."""
    lone = [key for key in others if key in MODIFIERS]
    if lone:
        rest = any(key not in MODIFIERS for key in node)
        help_ = (
            "put the other keys below a `$from` beside it" if rest else "put the value beside it: `$from: EXPRESSION`"
        )
        verb = "has" if len(lone) == 1 else "have"
        place = document.place((*route, lone[0]), on="key")
        yield LONE_OPERATOR.at(place, f"{words(lone)} {verb} no value to work on", help=help_)
    for key in others:
        if key not in MODIFIERS:
            yield UNKNOWN_KEY.at(document.place((*route, key), on="key"), f"{word(key)} means nothing here")


def homeless_takes(document: Document) -> Iterator[Diagnostic]:
    """``$take`` outside any object that has ``$share``."""
    data = document.data
    roots: list[Route] = [("let",), ("body",), ("request_defaults", "headers")]
    requests = data.get("requests")
    roots += [("requests", name, "headers") for name in (requests if isinstance(requests, dict) else ())]
    for route in roots:
        try:
            node = document.at(route)
        except (KeyError, TypeError, IndexError):
            continue
        for found in _takes(node, route):
            place = document.place((*found, "$take"), on="key")
            yield LONE_OPERATOR.at(
                place,
                "`$take` stands outside any object that has `$share`",
                help="put `$share: EXPRESSION` beside the fields that take from it",
            )


def _takes(root: Any, start: Route) -> Iterator[Route]:
    """Routes of nodes with a ``$take`` that nothing shares with."""
    todo = [(root, start)]
    while todo:
        node, route = todo.pop()
        if isinstance(node, list):
            todo += [(item, (*route, at)) for at, item in enumerate(node)]
        elif isinstance(node, dict) and not any(_shares(key) for key in node):
            if "$take" in node:
                yield route
            todo += [(value, (*route, key)) for key, value in node.items() if key != "$const"]


def _shares(key: str) -> bool:
    """Whether a key is ``$share`` or meant to be; a misspelled one has been reported."""
    return key == "$share" or (key.startswith("$") and key not in OPERATORS and closest(key, OPERATORS) == "$share")
