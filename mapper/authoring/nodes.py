"""YAML data to nodes of a spec.

Tolerant: the shape check has already reported what is malformed, so a part that makes no sense becomes a null constant
and the rest is still built and checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mapper.authoring.document import Document
from mapper.records.diagnostic import Route
from mapper.records.spec import Const, Eval, Expression, First, If, ListOf, Node, ObjectOf, Refine, Share, Take

SOURCES: Final = ("$const", "$from", "$first", "$if", "$take")
MODIFIERS: Final = ("$as", "$is", "$default", "$required", "$null")


def expression_at(document: Document, route: Route) -> Expression | None:
    """The expression at a route, or None where there is no text."""
    text = document.get(route)
    return Expression(text, document.place(route)) if isinstance(text, str) else None


def node_at(document: Document, route: Route) -> Node:
    """The node at a route."""
    return _node(document, route, document.get(route))


def _node(document: Document, route: Route, data: Any) -> Node:
    place = document.place(route)
    if isinstance(data, str):
        return Eval(Expression(data, place))
    if isinstance(data, list):
        return ListOf(tuple(_node(document, (*route, at), item) for at, item in enumerate(data)), place)
    if not isinstance(data, dict):
        return Const(data, place)
    for operator in SOURCES:
        if operator in data:
            return _refined(document, route, data, _OPERATORS[operator](document, route, data))
    return _object(document, route, data)


def _refined(document: Document, route: Route, data: dict[str, Any], node: Node) -> Node:
    if not any(modifier in data for modifier in MODIFIERS):
        return node
    return Refine(
        node=node,
        place=document.place(route),
        convert=_text(data.get("$as")),
        kind=_text(data.get("$is")),
        default=node_at(document, (*route, "$default")) if "$default" in data else None,
        required=_text(data.get("$required")),
        keep_null=data.get("$null") == "keep",
    )


def _const(document: Document, route: Route, data: dict[str, Any]) -> Node:
    return Const(data["$const"], document.place((*route, "$const")))


def _from(document: Document, route: Route, data: dict[str, Any]) -> Node:  # noqa: ARG001 - one signature for all
    return node_at(document, (*route, "$from"))


def _first(document: Document, route: Route, data: dict[str, Any]) -> Node:
    count = len(data["$first"]) if isinstance(data["$first"], list) else 0
    nodes = tuple(node_at(document, (*route, "$first", at)) for at in range(count))
    return First(nodes, document.place((*route, "$first")))


def _if(document: Document, route: Route, data: dict[str, Any]) -> Node:
    condition = expression_at(document, (*route, "$if"))
    place = document.place((*route, "$if"))
    if condition is None:
        return Const(None, place)
    otherwise = node_at(document, (*route, "$else")) if "$else" in data else None
    return If(condition, node_at(document, (*route, "$then")), otherwise, place)


def _take(document: Document, route: Route, data: dict[str, Any]) -> Node:
    return Take(texts(data["$take"]), document.place((*route, "$take")))


_OPERATORS: Final[Mapping[str, Callable[[Document, Route, dict[str, Any]], Node]]] = {
    "$const": _const,
    "$from": _from,
    "$first": _first,
    "$if": _if,
    "$take": _take,
}


def _object(document: Document, route: Route, data: dict[str, Any]) -> Node:
    fields = tuple((key, node_at(document, (*route, key))) for key in data if not key.startswith("$"))
    return ObjectOf(
        fields=fields,
        place=document.place(route),
        merge=_merge(document, route, data),
        share=_share(document, route, data),
        rest=node_at(document, (*route, "$rest")) if "$rest" in data else None,
    )


def _merge(document: Document, route: Route, data: dict[str, Any]) -> tuple[Node, ...]:
    if "$merge" not in data:
        return ()
    parts = data["$merge"]
    if isinstance(parts, list):
        return tuple(node_at(document, (*route, "$merge", at)) for at in range(len(parts)))
    return (node_at(document, (*route, "$merge")),)


def _share(document: Document, route: Route, data: dict[str, Any]) -> Share | None:
    source = expression_at(document, (*route, "$share")) if "$share" in data else None
    if source is None:
        return None
    named = data.get("$named")
    fields = [
        (name, _named(document, (*route, "$named", conversion, at), name, conversion))
        for conversion, names in (named.items() if isinstance(named, dict) else ())
        for at, name in enumerate(names if isinstance(names, list) else ())
        if isinstance(name, str)
    ]
    return Share(source, texts(data.get("$spell")), tuple(fields), document.place((*route, "$share")))


def _named(document: Document, route: Route, name: str, conversion: str) -> Node:
    """``$named: {string: [phone]}`` says ``phone: {$take: phone, $as: string}``; under ``schema``, ``$is: schema``."""
    place = document.place(route)
    take = Take((name,), place)
    if conversion == "schema":
        return Refine(take, place, kind="schema")
    return Refine(take, place, convert=conversion)


def texts(data: Any) -> tuple[str, ...]:
    """One text or a list of them, as a tuple; what is no text is left out."""
    if isinstance(data, str):
        return (data,)
    return tuple(item for item in data if isinstance(item, str)) if isinstance(data, list) else ()


def _text(data: Any) -> str | None:
    return data if isinstance(data, str) else None
