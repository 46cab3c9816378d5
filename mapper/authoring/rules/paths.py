"""The paths that expressions read from the call, held against what Segment documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any, Final

import msgspec

from mapper.authoring.schemas import SchemaReader, narrowed
from mapper.authoring.shape_words import word
from mapper.authoring.shipped import shipped
from mapper.authoring.subject import Subject, Use, root_nodes, tree_nodes
from mapper.expressions.code.value import JSON, NULL, Kinds
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import path_of
from mapper.records.spec import CALL_TYPES, MappingSpec

Fields = Mapping[str, Any]
_OPEN: Final = frozenset({"traits", "properties"})
_NEAR: Final = 0.8
_SHORT: Final = 4
_WORDS: Final = {"string": "text", "number": "a number", "boolean": "true or false", "array": "an array"}


class Stray(msgspec.Struct, frozen=True):
    """A path that leads nowhere.

    Attributes:
        message: Why.
        help: What is near.
        is_open: It is in an object that may have any field.
        at: Which name of the path it is, from 0.
    """

    message: str
    help: str | None
    is_open: bool
    at: int


CallPath = tuple[Use, Tree, tuple[str, ...]]
"""Where it stands, its node and its names."""


def call_paths(subject: Subject) -> tuple[CallPath, ...]:
    """Every path of two names or more that an expression reads from the call."""
    return subject.once("call paths", lambda: _call_paths(subject))


def _call_paths(subject: Subject) -> Iterator[CallPath]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        if tree is None or use.sees != "call":
            continue
        hidden = subject.lets(use.mapping).keys() | {"settings", "rest"}
        covered: set[int] = set()
        for node in root_nodes(tree):
            path = path_of(node)
            if path is not None and id(node) not in covered:
                covered.update(id(child) for child in node.children)
                if len(path) > 1 and path[0] not in hidden:
                    yield use, node, path


def in_open(path: tuple[str, ...]) -> int:
    """The position of the first name that is in an object which may have any field; the path's length if none is."""
    return 1 if path[0] in _OPEN else 2 if path[:2] == ("context", "traits") else len(path)


@cache
def open_names(types: tuple[str, ...], field: str) -> frozenset[str]:
    """The documented names in an open object of calls of these types, such as `traits`, dotted where nested."""
    found: set[str] = set()
    for kind in types:
        for root in (_calls().get(kind, {}), _calls().get(kind, {}).get("context", {}).get("properties", {})):
            found.update(_dotted(root.get(field, {}), ""))
    return frozenset(found | {_snake(name) for name in found})


def _dotted(schema: Any, before: str) -> Iterator[str]:
    fields = narrowed(schema, {})["properties"] if isinstance(schema, dict) else {}
    for name, inner in fields.items():
        yield before + name
        yield from _dotted(inner, f"{before}{name}.")


def name_at(tree: Tree, at: int) -> Tree:
    """The node of one name of a path, from 0."""
    names = [node for node in tree_nodes(tree) if node.kind == "field"]
    return names[at]


def stray(mapping: MappingSpec | None, path: tuple[str, ...]) -> Stray | None:
    """What is wrong with a path, in calls of any of the types that may come."""
    types = [kind for kind in (mapping.accepts if mapping else CALL_TYPES) if kind in _calls()]
    found = [_stray(kind, path) for kind in types if path[0] in _calls()[kind]]
    if not found or any(each is None for each in found):
        return None
    return found[0]


@cache
def _calls() -> Mapping[str, Fields]:
    """The documented fields of each call type, by name."""
    folder, reader = shipped("schemas") / "segment", SchemaReader()
    paths = {kind: folder / f"{kind}.schema.json" for kind in CALL_TYPES}
    return {kind: narrowed(reader.load(path), {})["properties"] for kind, path in paths.items() if path.is_file()}


@lru_cache(maxsize=1_000)
def _stray(kind: str, path: tuple[str, ...]) -> Stray | None:
    at: Any = _calls()[kind][path[0]]
    for depth, name in enumerate(path[1:], start=1):
        outer = ".".join(path[:depth])
        flat = narrowed(at, {}) if isinstance(at, dict) else {"properties": {}}
        types = _types(at)
        if types and not types & {"object"} and "properties" not in at:
            return Stray(
                f"{word(outer)} is {_said(types)} and has no fields, so that this is always null", None, False, depth
            )
        known = flat["properties"]
        if name not in known:
            return _near(name, known, outer, depth, is_open=in_open(path) < len(path))
        at = known[name]
    return None


def documented(types: Iterable[str], path: tuple[str, ...]) -> Kinds:
    """The types of value that Segment documents at a path of calls of these types; any where it documents none.

    Null alone where no such call has the path's first name.
    """
    found = [_documented(kind, path) for kind in types]
    return frozenset().union(*found) if found else JSON


@lru_cache(maxsize=1_000)
def _documented(kind: str, path: tuple[str, ...]) -> Kinds:
    if kind not in _calls():
        return JSON
    at: Any = {"type": "object", "properties": _calls()[kind]}
    for depth, name in enumerate(path):
        fields = narrowed(at, {})["properties"]
        if name not in fields:
            return JSON if depth else NULL
        at = fields[name]
    kinds = {"number" if each == "integer" else each for each in _types(at)}
    return (frozenset(kinds) or JSON) | NULL


def is_documented(kind: str, path: tuple[str, ...]) -> bool:
    """Whether Segment documents all fields of a path, in calls of a type that has a schema."""
    at: Any = {"type": "object", "properties": _calls().get(kind, {})}
    for name in path:
        at = narrowed(at, {})["properties"].get(name) if isinstance(at, dict) else None
        if at is None:
            return False
    return True


def _near(name: str, known: Fields, outer: str, depth: int, *, is_open: bool) -> Stray | None:
    folded = {fold(each): each for each in known}
    if fold(name) in folded:
        near = folded[fold(name)]
        if is_open and name in (near, _snake(near)):  # first_name beside firstName: spelt so on purpose
            return None
    else:
        swapped = [each for each in folded if is_one_slip(fold(name), each) and sorted(fold(name)) == sorted(each)]
        matches = swapped or get_close_matches(fold(name), folded, n=1, cutoff=_NEAR)
        if not matches:
            return None
        near = folded[matches[0]]
    return Stray(
        f"{word(outer)} has no field {word(name)} that Segment documents", f"did you mean `{near}`?", is_open, depth
    )


def nearly(name: str, known: Iterable[str]) -> str | None:
    """The name that differs from this one by one slip: a letter too many, too few, another or two swapped."""
    return next((each for each in sorted(known) if is_one_slip(name, each)), None)


def is_one_slip(one: str, other: str) -> bool:
    """Whether two names differ by a letter too many, too few, another or two swapped."""
    if one == other or abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < _SHORT:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


def _types(schema: Any) -> set[str]:
    wanted = schema.get("type") if isinstance(schema, dict) else None
    return {wanted} if isinstance(wanted, str) else set(wanted or ())


def _said(types: set[str]) -> str:
    return " or ".join(_WORDS[each] for each in _WORDS if each in types) or "null"


def fold(name: str) -> str:
    """A name without what tells its styles apart."""
    return name.replace("_", "").lower()
