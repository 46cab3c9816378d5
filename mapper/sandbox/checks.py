"""Whether one event is what the destination takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import jsonschema_rs

from mapper.sandbox.error import SandboxError

_LONGEST: Final = 300
_Kind = jsonschema_rs.ValidationErrorKind


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an event: the field at fault (``details.email``, empty for the whole), and why."""

    field: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One entry of an endpoint's ``checks``, ready to be used.

    Attributes:
        validators: JSON Schemas; by the value of `select` where that is set, else the only one under ``""``.
        known_field: This field holds the key of a record that endpoint `known_in` has taken.
        only_new: Skip records whose key is known already.
        refuses: What fails with the event: its whole batch, or only the record.
        message: Text with ``{cause}``, ``{field}`` and ``{fields}``.
    """

    validators: Mapping[str, jsonschema_rs.Validator]
    select: str | None
    known_field: str | None
    known_in: str | None
    only_new: bool
    refuses: Literal["batch", "record"]
    message: str

    def problems(self, event: Any, known: Mapping[Any, Any]) -> list[Problem]:
        """What is wrong with an event; `known` holds the keys that endpoint `known_in` has taken."""
        if self.known_field is not None:
            value = event.get(self.known_field) if isinstance(event, dict) else None
            if isinstance(value, (str, int)) and value in known:
                return []
            return [Problem(self.known_field, f"not among the {self.known_in} taken so far")]
        if self.select is None:
            return _judge(self.validators[""], event)
        value = event.get(self.select) if isinstance(event, dict) else None
        if isinstance(value, str) and value in self.validators:
            return _judge(self.validators[value], event)
        return [Problem(self.select, f"is none of {', '.join(self.validators)}")]

    def explain(self, problems: Iterable[Problem]) -> str:
        """The message for what is wrong, in one line and without any value of the event."""
        found = list(problems)
        named = "{field" not in self.message
        cause = "; ".join(f"{one.field}: {one.cause}" if named and one.field else one.cause for one in found[:3])
        text = self.message.replace("{fields}", ", ".join(f"'{one.field}'" for one in found))
        text = text.replace("{field}", found[0].field).replace("{cause}", cause)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


class _Whole:
    """The keyword ``whole: true``: a number that JSON writes as 1.0 or 1.7e12 is refused, whatever its value."""

    def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:  # noqa: ARG002
        self._on = value is True

    def validate(self, instance: Any) -> None:
        """Raise for a number with a fraction or an exponent."""
        if self._on and isinstance(instance, float):
            raise ValueError("a whole number must be written without fraction and exponent")


def compile_check(place: str, data: Mapping[str, Any], definitions: Mapping[str, Any]) -> Check:
    """Make a check of its YAML.

    Raises:
        SandboxError: one of its schemas is none.
    """
    schemas = data.get("cases") or ({"": data["schema"]} if "schema" in data else {})
    known = data.get("known", {})
    return Check(
        validators={name: compile_schema(place, schema, definitions) for name, schema in schemas.items()},
        select=data.get("select"),
        known_field=known.get("field"),
        known_in=known.get("in"),
        only_new=data.get("only") == "new",
        refuses=data.get("refuses", "batch"),
        message=data.get("message", "{cause}"),
    )


def compile_schema(place: str, schema: Any, definitions: Mapping[str, Any]) -> jsonschema_rs.Validator:
    """Compile a schema that may point into `definitions` by ``#/$defs/NAME``.

    Raises:
        SandboxError: it is no JSON Schema, or it points nowhere.
    """
    whole = {**schema, "$defs": dict(definitions)} if isinstance(schema, dict) else schema
    try:
        return jsonschema_rs.validator_for(whole, keywords={"whole": _Whole}, mask="the value", offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise SandboxError(f"{place}: not a JSON Schema: {str(error).splitlines()[0]}") from None


def _judge(validator: jsonschema_rs.Validator, event: Any) -> list[Problem]:
    if validator.is_valid(event):
        return []
    return [problem for error in validator.iter_errors(event) for problem in _problems(error)]


def _problems(error: jsonschema_rs.ValidationError) -> list[Problem]:
    route = [str(step) for step in error.instance_path]
    match error.kind:
        case _Kind.Required(property=name):
            return [Problem(".".join([*route, name]), "is required")]
        case _Kind.AdditionalProperties(unexpected=names) | _Kind.UnevaluatedProperties(unexpected=names):
            return [Problem(".".join([*route, name]), "is not a field the destination knows") for name in names]
        case _Kind.Type(types=types):
            return [Problem(".".join(route), f"expecting {' or '.join(types)}")]
        case _:
            return [Problem(".".join(route), error.message)]
