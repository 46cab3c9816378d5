"""Faults on demand: rules that spoil chosen requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from typing import Any, Final, Literal

import jsonschema_rs

from mapper.authoring.language import schema_of
from mapper.base.json import JsonError, decode
from mapper.sandbox.answers import Answer, Headers, json_answer, problem
from mapper.sandbox.error import SandboxError

Close = Literal["before", "after-read", "mid-body"]
_DEEDS: Final = ("status", "delay", "hang", "close", "slow", "truncate", "record_failure")
_JSON: Final = "a rule is JSON, or KEY=VALUE pairs such as status=503,retry_after=2,times=3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule; schemas/sandbox.schema.json says what its fields do.

    Attributes:
        rule: The rule as it was given, without what has been used up of it.
        delay: Seconds.
        slow: Bytes of the answer's body a second.
        truncate: Bytes of the answer's body that are sent.
    """

    rule: Mapping[str, Any]
    endpoint: str | None
    match: Mapping[str, Any] | None
    after: int
    times: int | None
    status: int | None
    close: Close | None
    delay: float
    hang: bool
    slow: float | None
    truncate: int | None
    record_failure: str | None
    partial: bool

    @property
    def takes_nothing(self) -> bool:
        """Whether the events are lost on the destination: it spoils the request, not only the answer."""
        return not self.partial and (self.status is not None or self.hang or self.close == "after-read")

    def answer(self, wall: float) -> Answer | None:
        """The answer it gives instead of the destination's own, or None; `wall` is the time for dates."""
        if self.status is None:
            return None
        headers = (*self.rule.get("headers", {}).items(), *_retry_after(self.rule.get("retry_after"), wall))
        if "body" not in self.rule:
            return problem(self.status, "a fault on demand", headers=headers)
        body = self.rule["body"]
        if isinstance(body, str):
            return Answer(self.status, body.encode("utf-8", "replace"), headers)
        return json_answer(self.status, body, headers)


@dataclass(frozen=True, slots=True)
class Picked:
    """What befalls one request: at most one fault, and failures of single records by position."""

    fault: Fault | None = None
    record_failures: Mapping[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Standing:
    """A rule in force: how many requests it may still let pass, and how many it has left."""

    fault: Fault
    to_pass: int
    left: int | None

    def use(self) -> bool:
        """Whether the rule strikes at a request to which it applies."""
        if self.to_pass > 0:
            self.to_pass -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Faults:
    """The rules in force, oldest first."""

    def __init__(self, endpoints: Iterable[str]) -> None:
        self._endpoints = tuple(endpoints)
        self._standing: list[_Standing] = []

    def add(self, rules: Any) -> None:
        """Add rules, decoded from JSON: one, or a list.

        Raises:
            SandboxError: one of them is no rule; then none is added.
        """
        items = rules if isinstance(rules, list) else [rules]
        faults = [self._parse(number, rule) for number, rule in enumerate(items)]
        self._standing += [_Standing(fault, fault.after, fault.times) for fault in faults]

    def clear(self) -> None:
        """Drop all rules."""
        self._standing.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """The rules still in force, with what is left of `after` and `times`."""
        return [
            {**one.fault.rule, "after": one.to_pass, **({} if one.left is None else {"times": one.left})}
            for one in self._standing
        ]

    def pick_early(self, endpoint: str) -> Fault | None:
        """The rule that strikes before the body is read, if any."""
        rules = (one for one in self._standing if one.fault.close == "before" and _is_for(one.fault, endpoint))
        return self._first(rules)

    def pick(self, endpoint: str, events: list[Any]) -> Picked:
        """What befalls a request with these events."""
        standing = [one for one in self._standing if one.fault.close != "before" and _is_for(one.fault, endpoint)]
        failures: dict[int, str] = {}
        for one in standing:
            hits = _hits(one.fault, events) if one.fault.record_failure is not None else []
            if hits and one.use():
                failures |= dict.fromkeys(hits, one.fault.record_failure or "")
        spoiling = (one for one in standing if one.fault.record_failure is None)
        fault = self._first(one for one in spoiling if one.fault.match is None or _hits(one.fault, events))
        return Picked(fault, failures)

    def _first(self, candidates: Iterable[_Standing]) -> Fault | None:
        struck = next((one.fault for one in candidates if one.use()), None)
        self._standing = [one for one in self._standing if one.left != 0]
        return struck

    def _parse(self, number: int, rule: Any) -> Fault:
        error = next(iter(_rule_schema().iter_errors(rule)), None)
        if error is not None:
            where = "/".join(map(str, [number, *error.instance_path]))
            raise SandboxError(
                f"fault rule {where}: {_cause(error)}", help="docs/sandbox.md has every field of a fault"
            )
        if rule.get("endpoint", self._endpoints[0]) not in self._endpoints:
            raise SandboxError(f"fault rule {number}: endpoint must be one of {', '.join(self._endpoints)}")
        return _fault(rule)


def parse_fault_option(text: str) -> dict[str, Any]:
    """A rule from a command line: JSON, or pairs such as ``status=503,retry_after=2,times=3``.

    Raises:
        SandboxError: neither.
    """
    if text.lstrip().startswith("{"):
        try:
            rule: dict[str, Any] = decode(text.encode("utf-8", "replace"))
        except JsonError as error:
            raise SandboxError(f"--fault: {error}", help=_JSON) from None
        return rule
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(key.strip() and equals for key, equals, _ in pairs):
        raise SandboxError("--fault: not KEY=VALUE", help=_JSON)
    return {key.strip(): _scalar(value.strip()) for key, _, value in pairs}


def _scalar(text: str) -> Any:
    try:
        return decode(text.encode("utf-8", "replace"))
    except JsonError:
        return text


@cache
def _rule_schema() -> jsonschema_rs.Validator:
    shared = schema_of("sandbox")["$defs"]
    return jsonschema_rs.validator_for({**shared["fault"], "$defs": shared})


def _cause(error: jsonschema_rs.ValidationError) -> str:
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.AnyOf():
            return f"needs one of {', '.join(_DEEDS)}"
        case jsonschema_rs.ValidationErrorKind.FalseSchema():
            return "does not go with the rule's other fields"
        case _:
            return error.message[:300]


def _fault(rule: Mapping[str, Any]) -> Fault:
    return Fault(
        rule=rule,
        endpoint=rule.get("endpoint"),
        match=rule.get("match"),
        after=rule.get("after", 0),
        times=rule.get("times"),
        status=rule.get("status"),
        close=rule.get("close"),
        delay=rule.get("delay", 0.0),
        hang=rule.get("hang", False),
        slow=rule.get("slow"),
        truncate=rule.get("truncate"),
        record_failure=rule.get("record_failure"),
        partial=rule.get("partial", False),
    )


def _is_for(fault: Fault, endpoint: str) -> bool:
    return fault.endpoint is None or fault.endpoint == endpoint


def _hits(fault: Fault, events: list[Any]) -> list[int]:
    return [index for index, event in enumerate(events) if _holds(event, fault.match)]


def _holds(value: Any, wanted: Any) -> bool:
    """Whether an object has at least the wanted fields, at every level; anything else must be equal."""
    if isinstance(wanted, dict) and isinstance(value, dict):
        return all(key in value and _holds(value[key], item) for key, item in wanted.items())
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _retry_after(value: Any, wall: float) -> Headers:
    if value is None:
        return ()
    text = formatdate(wall + value["date_in"], usegmt=True) if isinstance(value, dict) else str(value)
    return (("retry-after", text),)
