"""The mapping language's JSON Schemas, put to use.

jsonschema-rs says in microseconds whether a file is right. Only where it is not, jsonschema is imported (a tenth of a
second) to say what is wrong. Nodes contain nodes; jsonschema would recurse some fifteen frames for each, so that here
they are looked at one by one, from a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import jsonschema_rs
import msgspec

from mapper.authoring.shipped import shipped
from mapper.base.json import decode
from mapper.records.diagnostic import Route

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

Kind = Literal["destination", "mapping", "let", "sandbox"]
"""What a file of a mapping set is: destination.yaml, a mapping, a let-only file, or sandbox.yaml."""
KINDS: Final[tuple[Kind, ...]] = ("destination", "mapping", "let")
"""Those that are written in the mapping language."""

_NODE_FILE: Final = "node.schema.json"
_NODE: Final = "#/$defs/node"  # how node.schema.json refers to a node within a node; the other files name the file


class Violation(msgspec.Struct, frozen=True):
    """One way in which data does not fit its schema.

    Attributes:
        route: Where it is, or the key it is about if `on_name`.
        keyword: The JSON Schema keyword that is broken; ``oneOf`` where the data is of no branch's type; ``false``
            where nothing may stand.
        limit: The keyword's value.
        data: What stands there.
        schema: The schema that holds the keyword.
        on_name: The key itself is wrong, not its value.
    """

    route: Route
    keyword: str
    limit: Any
    data: Any
    schema: Mapping[str, Any]
    on_name: bool = False


@cache
def schema_of(kind: Kind | Literal["node"]) -> Mapping[str, Any]:
    """The JSON Schema of a kind of file; ``node`` holds what they share."""
    schema: Mapping[str, Any] = decode((shipped("schemas") / f"{kind}.schema.json").read_bytes())
    return schema


def resolved(kind: Kind, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with what its ``$ref`` points to filled in; its own keys win."""
    while "$ref" in schema:
        file, _, pointer = schema["$ref"].partition("#/$defs/")
        own = {key: value for key, value in schema.items() if key != "$ref"}
        local = schema_of(kind).get("$defs", {})
        target = local[pointer] if not file and pointer in local else schema_of("node")["$defs"][pointer]
        schema = {**target, **own}
    return schema


def fits(kind: Kind | Literal["node"], data: Any) -> bool:
    """Whether the data of a file, or of one node with all within it, is what its schema says."""
    try:
        return _judge(kind).is_valid(data)
    except UnicodeError:  # a lone surrogate, written as an escape
        return False


def violations(kind: Kind, data: Any) -> Iterator[Violation]:
    """All ways in which a file's data does not fit its schema, each of the one branch the author meant."""
    nodes: list[tuple[Route, Any]] = []
    yield from _violations(_explainer(kind), data, (), nodes)
    while nodes:
        route, node = nodes.pop()
        if not fits("node", node):
            yield from _violations(_explainer("node"), node, route, nodes)


@cache
def _judge(kind: Kind | Literal["node"]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        _root(kind), registry=_registry(), base_uri=f"json-schema:///{kind}-file.schema.json"
    )


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(f"json-schema:///{_NODE_FILE}", dict(schema_of("node")))])


@cache
def _explainer(kind: Kind | Literal["node"]) -> Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry, Resource

    registry: Registry[Any] = Registry().with_resource(_NODE_FILE, Resource.from_contents(schema_of("node")))
    make: Any = extend  # it has no types
    explainer: Validator = make(Draft202012Validator, {"$ref": _ref, "pattern": _pattern, "properties": _properties})(
        _root(kind), registry=registry
    )
    return explainer


def _root(kind: Kind | Literal["node"]) -> dict[str, Any]:
    """What a file, or a node, must fit; a node is referred to by its file, so that `_ref` looks into it."""
    return {"$ref": f"{_NODE_FILE}{_NODE}"} if kind == "node" else dict(schema_of(kind))


def _ref(validator: Any, ref: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    """``$ref``, except that a node within a node is noted for later."""
    from jsonschema import Draft202012Validator, ValidationError

    if ref != _NODE:
        yield from Draft202012Validator.VALIDATORS["$ref"](validator, ref, instance, schema)
    elif isinstance(instance, dict | list):
        yield ValidationError("a node", validator="node", instance=instance)


def _pattern(validator: Any, pattern: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:  # noqa: ARG001
    """``pattern`` with the ``$`` of ECMAScript: it does not match before a newline at the end."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"no match for {pattern}")


def _properties(validator: Any, known: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    """``properties``, except that a key whose schema is just ``false`` is named."""
    from jsonschema import Draft202012Validator, ValidationError

    for key in known if isinstance(instance, dict) else ():
        if known[key] is False and key in instance:
            yield ValidationError("nothing may stand here", validator="false", path=(key,), instance=instance[key])
    rest = {key: inner for key, inner in known.items() if inner is not False}
    yield from Draft202012Validator.VALIDATORS["properties"](validator, rest, instance, schema)


def _violations(validator: Validator, data: Any, start: Route, nodes: list[tuple[Route, Any]]) -> Iterator[Violation]:
    for error in _meant(validator.iter_errors(data)):
        found: Any = error  # its parts are typed as if they might be unset
        route: Route = (*start, *error.absolute_path)
        if error.validator == "node":
            nodes.append((route, error.instance))
            continue
        on_name = "propertyNames" in list(error.absolute_schema_path)[-2:]
        yield Violation(
            route=(*route, found.instance) if on_name else route,
            keyword=found.validator,
            limit=found.validator_value,
            data=found.instance,
            schema=found.schema,
            on_name=on_name,
        )


def _meant(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Errors of the branch whose type the data has; the ``oneOf`` itself where there is none."""
    for error in errors:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context or ():
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        meant = [
            branch
            for branch in branches.values()
            if not any(e.validator == "type" and not e.relative_path for e in branch)
        ]
        if len(meant) == 1:
            yield from _meant(meant[0])
        else:
            yield error
