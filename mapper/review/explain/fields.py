"""The fields of a body, each with why it is as it is, and the one without which there is no body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mapper.engine.trace import Step
from mapper.records.explanation import Field
from mapper.records.spec import ListOf, ObjectOf
from mapper.review.explain.whys import Whys
from mapper.review.leaves import Path, path_text


def fields(step: Step, whys: Whys, path: Path = ()) -> Iterator[Field]:
    """What a node gave, field by field, and fields that it left out."""
    inner = _opened(step, whys)
    if inner is None or inner.value == []:
        present = step.kept or (step.value is not None and step.error is None)
        yield Field(path=path_text(path), present=present, value=step.value, why=whys.of(step))
    elif isinstance(inner.part, ListOf):
        yield from _items(inner, whys, path)
    elif isinstance(inner.part, ObjectOf):
        yield from _members(inner, inner.part, whys, path)


def failing(step: Step, whys: Whys, path: Path = ()) -> Field:
    """The innermost field that kept the body from being made."""
    inner = next((each for each in whys.story.steps(step) if each.error is not None), None)
    if inner is None:
        return Field(path=path_text(path), present=False, value=None, why=whys.of(step))
    if isinstance(step.part, ObjectOf):
        name = next((name for name, node in _own(step.part) if node is inner.part), None)
        if name is not None:
            return failing(inner, _inside(step, step.part, whys), (*path, name))
        return failing(inner, whys, path)
    if _leads_to_object(inner, whys):
        return failing(inner, whys, path)
    return Field(path=path_text(path), present=False, value=None, why=whys.of(step))


def _leads_to_object(step: Step, whys: Whys) -> bool:
    """Whether what failed is a field further in."""
    if isinstance(step.part, ObjectOf):
        return True
    return any(_leads_to_object(each, whys) for each in whys.story.steps(step) if each.error is not None)


def _opened(step: Step, whys: Whys) -> Step | None:
    """The object or list that a node hands on as it is: through names, alternatives and branches."""
    if isinstance(step.part, ObjectOf | ListOf):
        return step
    if not isinstance(step.value, dict | list):
        return None
    handed = (inner for inner in whys.story.steps(step) if inner.value is step.value)
    return next((found for inner in handed if (found := _opened(inner, whys))), None)


def _members(step: Step, node: ObjectOf, whys: Whys, path: Path) -> Iterator[Field]:
    inside = _inside(step, node, whys)
    by_part = {id(each.part): each for each in step.steps}
    made: dict[str, Any] = step.value or {}
    own = {name: each for name, part in _own(node) if (each := by_part.get(id(part)))}
    others = [each for part in (*reversed(node.merge), node.rest) if part and (each := by_part.get(id(part)))]
    told = set()
    for name in made:
        given = own.get(name)
        if given is not None and (given.value is not None or given.kept):
            told.add(name)
            yield from fields(given, inside, (*path, name))
            continue
        for other in others:
            if isinstance(other.value, dict) and name in other.value:
                yield from _member(other, inside, name, (*path, name))
                break
    for name, given in own.items():
        if name not in told and name not in made:
            yield from fields(given, inside, (*path, name))


def _member(step: Step, whys: Whys, name: str, path: Path) -> Iterator[Field]:
    """One field of an object that is merged."""
    inner = _opened(step, whys)
    if inner is None or not isinstance(inner.part, ObjectOf):
        why = whys.left(step, name) or whys.of(step)
        yield Field(path=path_text(path), present=True, value=step.value[name], why=why)
        return
    prefix = path_text(path)
    for found in _members(inner, inner.part, whys, path[:-1]):
        if found.path == prefix or found.path.startswith((f"{prefix}.", f"{prefix}[")):
            yield found


def _items(step: Step, whys: Whys, path: Path) -> Iterator[Field]:
    at = 0
    for inner in step.steps:
        if inner.value is not None or inner.kept:
            yield from fields(inner, whys, (*path, at))
            at += 1


def _own(node: ObjectOf) -> tuple[tuple[str, Any], ...]:
    return (*node.fields, *(node.share.named if node.share else ()))


def _inside(step: Step, node: ObjectOf, whys: Whys) -> Whys:
    """What the fields of an object see: the object that is shared out among them."""
    if node.share is None or not step.steps:
        return whys
    return Whys(whys.story, step.steps[0])
