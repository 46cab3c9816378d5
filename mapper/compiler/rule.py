"""The function that maps the calls of one type for one mapping set."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from msgspec import to_builtins

from mapper.base.json import encoder
from mapper.compiler.checks import breaks, schema_check_later
from mapper.compiler.nodes import NodeWriter
from mapper.compiler.proof import Unproven, unproven
from mapper.compiler.reads import Reader
from mapper.compiler.source import Names
from mapper.compiler.speculation import UNUSUAL
from mapper.compiler.usage import Usage
from mapper.engine.call import id_text
from mapper.engine.integrations import ruled_out
from mapper.engine.interpret import Describe, in_order, key_text
from mapper.engine.sure import raising_names
from mapper.expressions.code.calls import is_filled
from mapper.expressions.code.python import (
    Block,
    assign,
    call,
    constant,
    do,
    either,
    is_none,
    is_some,
    load,
    method,
    protect,
    targets,
    when,
)
from mapper.expressions.code.value import NULL, OBJECT, STRING, Value
from mapper.expressions.code.writer import FunctionWriter, ModuleWriter
from mapper.expressions.parse import parse
from mapper.records.result import Mapped, Request, Skipped, Unmappable
from mapper.records.spec import (
    DestinationSpec,
    Guard,
    Let,
    MappingSpec,
)

ReaderOf = Callable[[FunctionWriter, str], Reader]
"""How a function reads its call, given the variable the call is in."""
_CALL, _INDEX, _RESULTS, _IDENTITY = "call", "index", "results", "message_id"
_CALLS, _UNUSUAL = "calls", "unusual"


@dataclass(frozen=True, slots=True)
class Job:
    """One mapping set to be compiled. `settings`: plain values, secrets as ``***``."""

    spec: DestinationSpec
    settings: dict[str, Any]
    describe: Describe

    def rules(self, kind: str) -> tuple[MappingSpec, ...]:
        """The mappings that take calls of this type, in the order they run."""
        return in_order([mapping for mapping in self.spec.mappings if kind in mapping.accepts])

    @property
    def kinds(self) -> tuple[str, ...]:
        """Types that some mapping takes."""
        taken = {kind for mapping in self.spec.mappings for kind in mapping.accepts}
        return tuple(kind for kind in self.spec.accepts if kind in taken)


def write_function(
    module: ModuleWriter, job: Job, kind: str, reader_of: ReaderOf, suffix: str = "", *, speculates: bool = False
) -> str:
    """Write the function; its name. It takes calls, each with its index, and the list that results are appended to. It
    gives the indexes of calls that it leaves, where it speculates, of which results may be in the list already.

    All calls in one go: entering and leaving a function with so many variables costs more than some of the fields.

    Raises:
        mapper.compiler.source.UnsupportedError: the mappings ask for something that is not compiled.
        mapper.expressions.code.writer.TooLargeError: they come to too much code.
    """
    return _FunctionOf(module, job, kind, reader_of, suffix, speculates).write()


@dataclass(frozen=True, slots=True)
class _FunctionOf:
    """What writes the function, or, as a `part`, that of one rule among several: it says whether the rule failed."""

    module: ModuleWriter
    job: Job
    kind: str
    reader_of: ReaderOf
    suffix: str
    speculates: bool
    part: bool = False

    def write(self) -> str:
        rules = self.job.rules(self.kind)
        writer = FunctionWriter(self.module)
        self._begin(writer)
        if len(rules) == 1:
            nodes = self._nodes(writer, rules[0], ())
            self._guards(nodes, self.job.spec.guards, None)
            self._rule(nodes, rules[0])
        else:
            nodes = self._nodes(writer, None, ())
            self._guards(nodes, self.job.spec.guards, None)
            self._several(writer, rules)
        name = f"{self.job.spec.id}_{self.kind}{self.suffix}"
        body = writer.finish()
        if not self.speculates:
            return self.module.add(name, (_CALLS, _RESULTS), [self._loop(body)])
        note = do(method(load(_UNUSUAL), "append", load(_INDEX)))
        protected = self._loop([protect(body, self.module.bind("unusual_call", UNUSUAL), [note])])
        begin = assign(_UNUSUAL, ast.List([], ast.Load()))
        return self.module.add(name, (_CALLS, _RESULTS), [begin, protected, ast.Return(load(_UNUSUAL))])

    def _loop(self, body: Block) -> ast.For:
        return ast.For(targets([_INDEX, _CALL]), load(_CALLS), body, [])

    def _begin(self, writer: FunctionWriter) -> None:
        """What is taken for granted, the call's id, and whether its ``integrations`` let it through."""
        reader = self.reader_of(writer, _CALL)
        reader.begin()
        found = reader.path(("messageId",))
        text = ast.IfExp(is_filled(found), found.code, call(self.module.bind("id_text", id_text), found.code))
        writer.add(assign(_IDENTITY, text))
        integrations = reader.path(("integrations",))
        with writer.branch() as block:
            name = constant(self.job.spec.integration)
            blocked = writer.keep("blocked", call(self.module.bind("ruled_out", ruled_out), integrations.code, name))
            writer.add(when(is_some(blocked.code), self._unsent("skip", None, blocked.code)))
        writer.add(when(integrations.code, block))

    def _several(self, writer: FunctionWriter, rules: tuple[MappingSpec, ...]) -> None:
        """Each rule in a function of its own; one that waits for a failed one is skipped, and fails with it."""
        failed: dict[str, str] = {}
        part = replace(self, part=True)
        for rule in rules:
            inner = FunctionWriter(self.module)
            part._rule(part._nodes(inner, rule, self.job.spec.guards), rule)
            inner.add(ast.Return(constant(False)))
            hint = f"{self.job.spec.id}_{rule.name}_{self.kind}{self.suffix}"
            function = self.module.add(hint, (_CALL, _INDEX, _RESULTS, _IDENTITY), inner.finish())
            run = call(function, load(_CALL), load(_INDEX), load(_RESULTS), load(_IDENTITY))
            name = failed[rule.name] = writer.fresh(f"{rule.name}_failed")
            if rule.after is None or rule.after not in failed:
                writer.add(assign(name, run))
                continue
            reason = constant(f"waits for {rule.after}, which could not be mapped")
            waits = [*self._unsent("skip", rule.name, reason)[:-1], assign(name, constant(True))]
            writer.add(when(load(failed[rule.after]), waits, [assign(name, run)]))

    def _nodes(self, writer: FunctionWriter, rule: MappingSpec | None, given: tuple[Guard, ...]) -> NodeWriter:
        spec = self.job.spec
        names = _names("", spec.lets, Names("", {}, frozenset()))
        if rule is not None:
            names = _names(rule.name, rule.lets, names)
        mapping, reader_of = rule.name if rule else None, self.reader_of
        nodes = NodeWriter(
            writer,
            lambda writer: reader_of(writer, _CALL),
            names,
            self.job.settings,
            self.kind,
            Usage(spec, rule),
            lambda reason: self._unsent("reject", mapping, reason),
            self.job.describe,
        )
        for guard in given:  # what let the call through holds here too
            self._narrow(nodes, guard)
        return nodes

    def _guards(self, nodes: NodeWriter, guards: tuple[Guard, ...], mapping: str | None) -> None:
        fail = nodes.fail
        nodes.fail = lambda reason: self._unsent("reject", mapping, reason)
        for guard in guards:
            test = nodes.condition(guard.when)
            if not isinstance(test, ast.Constant) or test.value:
                nodes.writer.add(when(test, self._unsent(guard.verdict, mapping, constant(guard.because))))
            self._narrow(nodes, guard)
        nodes.fail = fail

    def _narrow(self, nodes: NodeWriter, guard: Guard) -> None:
        """After ``skip: !user_id``, the name has a value."""
        tree = parse(guard.when.text)
        if tree.kind == "not_expression" and tree.children[0].kind == "field":
            nodes.narrow(tree.children[0].value)

    def _rule(self, nodes: NodeWriter, rule: MappingSpec) -> None:
        writer, request = nodes.writer, self.job.spec.requests[rule.request]
        nodes.context.names = _names(rule.name, rule.lets, _names("", self.job.spec.lets, Names("", {}, frozenset())))
        self._guards(nodes, rule.guards, rule.name)
        body = nodes.objects.body(rule.body)
        ordered = self.job.spec.order_key if rule.request in self.job.spec.ordered_requests else request.order_by
        key = nodes.expression(ordered) if ordered else self.module.constant(None)
        if body.may_be(NULL):
            reason = constant("the mapping gives no fields")
            writer.add(when(is_none(body.code), self._unsent("reject", rule.name, reason)))
        self._check(writer, rule, body)
        self._send(writer, rule, body, key)

    def _check(self, writer: FunctionWriter, rule: MappingSpec, body: Value) -> None:
        """Hold the body against the request's schema where it is not known to fit."""
        schema = self.job.spec.requests[rule.request].schema
        if schema is None:
            parts = [] if body.known.kinds <= OBJECT | NULL else [Unproven((), {"type": "object"})]
        else:
            parts = unproven(body.known.without(NULL), schema)
        if not parts:
            return
        problem = self.module.bind("problem", schema_check_later(schema))
        plain = call(self.module.bind("plain", to_builtins), body.code) if body.parts is not None else body.code
        found = writer.fresh("found")
        fail = [
            assign(found, call(problem, plain)),
            when(is_some(load(found)), self._unsent("reject", rule.name, load(found))),
        ]
        if any(not part.path for part in parts):
            writer.block += fail
            return
        tests = [breaks(writer, body, part) for part in parts]
        writer.add(when(either(*tests), fail))

    def _send(self, writer: FunctionWriter, rule: MappingSpec, body: Value, key: Value) -> None:
        lane = key.code
        if not (key.known.kinds <= STRING | NULL):
            lane = call(self.module.bind("key_text", key_text), key.code)
        request = call(
            self.module.bind("request", Request),
            destination=constant(self.job.spec.id),
            name=constant(rule.request),
            mapping=constant(rule.name),
            body=call(self.module.bind("encode", encoder.encode), body.code),
            order_key=lane,
            after=constant(rule.after),
        )
        mapped = call(
            self.module.bind("mapped", Mapped),
            index=load(_INDEX),
            message_id=load(_IDENTITY),
            type=constant(self.kind),
            request=request,
        )
        writer.run(method(load(_RESULTS), "append", mapped))

    def _unsent(self, verdict: Literal["skip", "reject"], mapping: str | None, reason: ast.expr) -> Block:
        """Append a result that says why there is no request, and leave the call."""
        record = (
            self.module.bind("skipped", Skipped) if verdict == "skip" else self.module.bind("unmappable", Unmappable)
        )
        result = call(
            record,
            index=load(_INDEX),
            message_id=load(_IDENTITY),
            type=constant(self.kind),
            destination=constant(self.job.spec.id),
            mapping=constant(mapping),
            reason=reason,
        )
        self.module.count()
        leave = ast.Return(constant(verdict == "reject")) if self.part else ast.Continue()
        return [do(method(load(_RESULTS), "append", result)), leave]


def _names(level: str, lets: tuple[Let, ...], outer: Names) -> Names:
    """The names of `outer`, and over them those of `lets`, which see each other."""
    found = dict(outer.lets)
    names = Names(level, found, raising_names(lets, outer.raising))
    found.update({let.name: (let, names) for let in lets})
    return names
