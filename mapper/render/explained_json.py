"""Explanations for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mapper.records.diagnostic import Place
from mapper.records.explanation import Explanation, Field, Why, inputs
from mapper.render.located import Locate


def as_json(head: Mapping[str, Any], found: Iterable[tuple[Explanation, Sequence[Field]]], *, locate: Locate) -> str:
    """An object: what call it is, and its results, each with the fields that are asked for.

    Args:
        head: What is said of the call.
        found: Each explanation with its fields.
        locate: Finds a place.
    """
    writer = _Writer(locate)
    shown = {**head, "results": [writer.result(each, fields) for each, fields in found]}
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


class _Writer:
    def __init__(self, locate: Locate) -> None:
        self._locate = locate

    def result(self, found: Explanation, fields: Sequence[Field]) -> dict[str, Any]:
        """One result."""
        shown: dict[str, Any] = {
            "destination": found.destination,
            "mapping": found.mapping,
            "outcome": found.outcome,
            "reason": found.reason,
            "field": found.field,
            "place": found.place and self._place(found.place),
            "because": found.because and self._why(found.because, set()),
            "decided": [{"path": each.path, "value": each.value} for each in found.decided],
            "request": found.request,
            "fields": [self._field(each) for each in fields],
        }
        return {key: value for key, value in shown.items() if value not in (None, [])}

    def _field(self, field: Field) -> dict[str, Any]:
        return {
            "path": field.path,
            "present": field.present,
            "value": field.value,
            "inputs": [{"path": each.path, "value": each.value} for each in inputs(field.why)],
            "why": self._why(field.why, set()),
        }

    def _why(self, why: Why, told: set[Place]) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "kind": why.kind,
            "text": why.text,
            "place": self._place(why.place),
            "state": why.state,
        }
        if why.state != "untried":
            shown["value"] = why.value
        if why.note:
            shown["note"] = why.note
        if why.path is not None:
            shown["path"] = why.path
        parts = why.parts
        if why.kind == "name":
            parts = () if why.place in told else parts  # a name that is read twice is told once
            told.add(why.place)
        if parts:
            shown["parts"] = [self._why(part, told) for part in parts]
        return shown

    def _place(self, place: Place) -> str:
        at = self._locate(place)
        return f"{at.file}:{at.line}:{at.column}"
