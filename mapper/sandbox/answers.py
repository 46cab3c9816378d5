"""Answers, and the templates the destination's own are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mapper.base.json import encode

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; Content-Length is added when it is sent."""

    status: int
    body: bytes = b""
    headers: Headers = ()


def json_answer(status: int, value: Any, headers: Headers = ()) -> Answer:
    """An answer whose body is JSON and ends with a line end."""
    return Answer(status, encode(value) + b"\n", (("content-type", "application/json"), *headers))


def problem(status: int, message: str, *, headers: Headers = (), **more: Any) -> Answer:
    """The sandbox's own way to refuse: ``{"error": message}`` and what else helps; None does not."""
    helpful = {name: value for name, value in more.items() if value is not None}
    return json_answer(status, {"error": message, **helpful}, headers)


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """Put values into a template: a text ``$name`` becomes that value, ``$name.key`` one of its fields.

    A field whose value is null is left out; an unknown name is null.
    """
    if isinstance(template, str) and template.startswith("$"):
        return _look_up(template[1:], values)
    if isinstance(template, dict):
        filled = {key: fill(item, values) for key, item in template.items()}
        return {key: item for key, item in filled.items() if item is not None}
    if isinstance(template, list):
        return [fill(item, values) for item in template]
    return template


def _look_up(path: str, values: Mapping[str, Any]) -> Any:
    value: Any = values
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
