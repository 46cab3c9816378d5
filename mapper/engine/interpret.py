"""The plain interpretation of mapping specs: lines in, results out, no I/O, no clock, no state between calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

import jsonschema_rs

from mapper.base.json import encode
from mapper.engine.call import Call, message_id, read_call
from mapper.engine.integrations import ruled_out
from mapper.engine.nodes import BuildExpression, Give, MissingError, NodeBuilder, Watch
from mapper.engine.scope import UNSET, Names, Scope, root
from mapper.engine.sure import raising_names
from mapper.expressions.evaluate import build, is_true
from mapper.expressions.foresee import never_raises
from mapper.expressions.functions.scalar import json_text, scalar_text
from mapper.expressions.parse import parse
from mapper.expressions.root import Root, Search
from mapper.records.diagnostic import Place
from mapper.records.result import Invalid, Mapped, Request, Result, Skipped, Unmappable
from mapper.records.spec import CALL_TYPES, DestinationSpec, Expression, Guard, Let, MappingSpec

Describe = Callable[[Place], str]
RUN_TIME_ERRORS = (ValueError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A mapping, ready to run."""

    name: str
    request: str
    guards: tuple[tuple[Give, Guard], ...]
    names: int
    body: Give
    order_key: Give | None
    problem: Callable[[Any], str | None]
    after: str | None


class Ordered(Protocol):
    """A rule that may wait for another."""

    @property
    def name(self) -> str:
        """What others wait for."""

    @property
    def after(self) -> str | None:
        """The rule it waits for, or None."""


_Named = TypeVar("_Named", bound=Ordered)


@dataclass(frozen=True, slots=True)
class Destination:
    """A mapping set, ready to run."""

    id: str
    integration: str
    accepts: frozenset[str]
    guards: tuple[tuple[Give, Guard], ...]
    names: int
    rules: Mapping[str, tuple[_Rule, ...]]


def build_expression(expression: Expression, root: Root) -> Search:
    """An expression as closures."""
    return build(parse(expression.text), root)


class Interpreter:
    """Maps calls by interpreting specs.

    Args:
        specs: The mapping sets to apply, each to every call.
        settings: For each set's id, its settings with secrets as ``***``: no mapping can see more.
        describe: Puts a place into words (``file:line:column``) for reasons of unmappable calls.
        build_expression: Makes an expression runnable; the tests put jmespath itself here.
        watch: Looks on at every part of the mappings that is evaluated.
    """

    def __init__(
        self,
        specs: Sequence[DestinationSpec],
        settings: Mapping[str, Mapping[str, Any]],
        *,
        describe: Describe = lambda place: place.file,
        build_expression: BuildExpression = build_expression,
        watch: Watch | None = None,
    ) -> None:
        self._destinations = tuple(
            prepare(spec, settings.get(spec.id, {}), describe, build_expression, watch) for spec in specs
        )

    def apply(self, lines: Sequence[bytes]) -> list[Result]:
        """Map each line, one JSON call, to its results, in the order of the lines.

        Every line gives at least one result; several where several destinations or mappings take the call.
        """
        results: list[Result] = []
        for index, raw in enumerate(lines):
            call = read_call(raw, index)
            if isinstance(call, Invalid | Unmappable):
                results.append(call)
                continue
            for destination in self._destinations:
                apply_to(destination, call, index, results)
        return results


def apply_to(destination: Destination, call: Call, index: int, results: list[Result]) -> None:
    """Append what one mapping set makes of a call."""
    kind = call["type"]
    if kind not in destination.accepts:
        known = kind in CALL_TYPES
        reason = f"{kind} calls are not accepted" if known else "unknown call type"
        results.append(_unsent(Skipped, destination.id, call, index, reason))
        return
    blocked = ruled_out(call.get("integrations"), destination.integration)
    if blocked is not None:
        results.append(_unsent(Skipped, destination.id, call, index, blocked))
        return
    scope = Scope(call, [UNSET] * destination.names)
    guard = _stopped(destination.guards, scope)
    if guard is not None:
        results.append(_unsent(_VERDICTS[guard.verdict], destination.id, call, index, guard.because))
        return
    rules = destination.rules.get(kind)
    if rules is None:
        results.append(_unsent(Skipped, destination.id, call, index, f"no mapping accepts {kind} calls"))
        return
    failed: set[str] = set()
    for rule in rules:
        scope.begin(destination.names, rule.names)
        results.append(_result(destination.id, rule, scope, index, failed))


def _result(destination: str, rule: _Rule, scope: Scope, index: int, failed: set[str]) -> Result:
    """What a rule makes of a call. `failed`: rules that could not map it; this one is added where it can't either."""
    call = scope.call
    if rule.after in failed:
        failed.add(rule.name)
        reason = f"waits for {rule.after}, which could not be mapped"
        return _unsent(Skipped, destination, call, index, reason, rule.name)
    made = _request(destination, rule, scope)
    if isinstance(made, Request):
        return Mapped(index=index, message_id=message_id(call), type=call["type"], request=made)
    if isinstance(made, Guard):
        if made.verdict == "reject":
            failed.add(rule.name)
        return _unsent(_VERDICTS[made.verdict], destination, call, index, made.because, rule.name)
    failed.add(rule.name)
    return _unsent(Unmappable, destination, call, index, made, rule.name)


_VERDICTS: Final[dict[str, type[Skipped] | type[Unmappable]]] = {"skip": Skipped, "reject": Unmappable}


def _unsent(
    kind: type[Skipped] | type[Unmappable],
    destination: str,
    call: Call,
    index: int,
    reason: str,
    mapping: str | None = None,
) -> Result:
    return kind(
        index=index,
        message_id=message_id(call),
        type=call["type"],
        destination=destination,
        mapping=mapping,
        reason=reason,
    )


def _request(destination: str, rule: _Rule, scope: Scope) -> Request | Guard | str:
    """The request a rule makes of a call; else the guard that stopped it, or why it can't."""
    guard = _stopped(rule.guards, scope)
    if guard is not None:
        return guard
    try:
        body = rule.body(scope)
        key = rule.order_key(scope) if rule.order_key else None
    except (MissingError, _PlacedError) as error:
        return str(error)
    problem = "the mapping gives no fields" if body is None else rule.problem(body)
    if problem is not None:
        return problem
    return Request(
        destination=destination,
        name=rule.request,
        mapping=rule.name,
        body=encode(body),
        order_key=key_text(key),
        after=rule.after,
    )


def key_text(key: Any) -> str | None:
    """One text for keys that are equal as JSON: 42 and 42.0 are of one lane."""
    if key is None:
        return None
    text = scalar_text(key)
    return json_text(key) if text is None else text


def _stopped(guards: tuple[tuple[Give, Guard], ...], scope: Scope) -> Guard | None:
    """The first guard that holds. A condition that fails at run time rejects: its reason is the error."""
    for when, guard in guards:
        try:
            if is_true(when(scope)):
                return guard
        except _PlacedError as error:
            return Guard(guard.when, str(error), "reject")
        except MissingError as error:
            return Guard(guard.when, str(error), "reject")
    return None


class _PlacedError(Exception):
    """An expression failed at run time; the text says where and why."""


def _placing(build_expression: BuildExpression, describe: Describe) -> BuildExpression:
    """Expressions whose run-time errors say where they stand."""

    def build_placed(expression: Expression, root: Root) -> Search:
        search = build_expression(expression, root)
        if never_raises(parse(expression.text), replace(root, is_plain=lambda _: True)):
            return search  # a name that fails has said where

        def run(scope: Any) -> Any:
            try:
                return search(scope)
            except RUN_TIME_ERRORS as error:
                raise _PlacedError(run_time_reason(error, expression.place, describe)) from None

        return run

    return build_placed


def run_time_reason(error: Exception, place: Place, describe: Describe) -> str:
    """Where the expression that stands at `place` failed for a call, and why; one line."""
    start, end = error.__dict__.get("at", (0, 0))
    spot = Place(file=place.file, route=place.route, start=start, length=end - start)
    return f"{describe(spot)}: {_one_line(error)}"


def _one_line(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "values nest too deep"
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else text[:197] + "..."


def prepare(
    spec: DestinationSpec,
    settings: Mapping[str, Any],
    describe: Describe,
    build_expression: BuildExpression,
    watch: Watch | None = None,
) -> Destination:
    """Make a mapping set ready to run."""
    placed = _placing(build_expression, describe)

    def builder_of(lets: tuple[Let, ...], outer: Names) -> NodeBuilder:
        return _builder(lets, outer, settings, placed, watch)

    builder = builder_of(spec.lets, Names({}, [], frozenset()))
    rules: dict[str, list[_Rule]] = {}
    for mapping in spec.mappings:
        rule = _rule(spec, mapping, builder_of(mapping.lets, builder.names))
        for kind in mapping.accepts:
            rules.setdefault(kind, []).append(rule)
    return Destination(
        id=spec.id,
        integration=spec.integration,
        accepts=frozenset(spec.accepts),
        guards=_guards(spec.guards, builder),
        names=len(spec.lets),
        rules={kind: in_order(found) for kind, found in rules.items()},
    )


def _builder(
    lets: tuple[Let, ...], outer: Names, settings: Mapping[str, Any], placed: BuildExpression, watch: Watch | None
) -> NodeBuilder:
    """A builder whose expressions see `lets`, each other included, and the names of the scope around."""
    positions = dict(outer.positions)
    for let in lets:
        positions[let.name] = len(positions)
    names = Names(positions, list(outer.lets), raising_names(lets, outer.raising))
    builder = NodeBuilder(names, root(names, settings), placed, watch)
    names.lets.extend(builder.watched(let, builder.build(let.node)) for let in lets)
    return builder


def _rule(spec: DestinationSpec, mapping: MappingSpec, builder: NodeBuilder) -> _Rule:
    request = spec.requests[mapping.request]
    ordered = spec.order_key if mapping.request in spec.ordered_requests else request.order_by
    return _Rule(
        name=mapping.name,
        request=mapping.request,
        guards=_guards(mapping.guards, builder),
        names=len(mapping.lets),
        body=builder.build(mapping.body),
        order_key=builder.expression(ordered) if ordered else None,
        problem=schema_check(request.schema),
        after=mapping.after,
    )


def _guards(guards: tuple[Guard, ...], builder: NodeBuilder) -> tuple[tuple[Give, Guard], ...]:
    return tuple((builder.watched(guard, builder.expression(guard.when)), guard) for guard in guards)


def in_order(rules: Sequence[_Named]) -> tuple[_Named, ...]:
    """A rule comes after the one it waits for; otherwise the order of names stays."""
    ordered: list[_Named] = []
    waiting = list(rules)
    while waiting:
        names = {rule.name for rule in waiting}
        ready = next((rule for rule in waiting if rule.after not in names), waiting[0])
        waiting.remove(ready)
        ordered.append(ready)
    return tuple(ordered)


def schema_check(schema: Mapping[str, Any] | None) -> Callable[[Any], str | None]:
    """Says what of a body breaks the request's schema, or None."""
    if schema is None:
        return lambda body: None if type(body) is dict else "the body is no object"
    validator = jsonschema_rs.validator_for(dict(schema))

    def problem(body: Any) -> str | None:
        if validator.is_valid(body):
            return None
        error = next(iter(validator.iter_errors(body)))
        path = ".".join(map(str, error.instance_path))
        text = " ".join(error.message.split())
        return f"{path or 'body'} breaks the request's schema: {text[:200]}"

    return problem
