"""A Python module being written: functions, the objects bound to its names, and blocks of statements."""

from __future__ import annotations

import ast
import builtins
import keyword
import linecache
import re
import weakref
from collections.abc import Callable, Hashable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any, Final

from mapper.expressions.code.gather import gathered
from mapper.expressions.code.python import BLOCKS, PARTS, Block, assign, constant, do, function
from mapper.expressions.code.trim import Placeholder, trimmed
from mapper.expressions.code.value import ANY, Known, Spot, Value, known_of

MOST_STATEMENTS: Final = 20_000
"""In one module; beyond it, code would take longer to compile than it saves."""
_USED: Final = ("type", "bool", "str", "int", "float", "list", "dict", "set", "len", "tuple", "bytes", "bytearray")
_PLAIN: Final = (str, int, float, bool, type(None))
_NUMBERS: Final = count(1)
"""Of modules."""
_PARTS_OF_MAPPINGS: Final = {"call", "calls", "index", "results", "message_id", "unusual"}
_RESERVED: Final = frozenset({*_PARTS_OF_MAPPINGS, *keyword.kwlist, *keyword.softkwlist, *dir(builtins)})


class TooLargeError(Exception):
    """The code would be too large."""


class ModuleWriter:
    """Collects functions and the objects that their code names.

    Args:
        draft: It is never run: what turns out to be needless may stay.
    """

    def __init__(self, *, draft: bool = False) -> None:
        self.draft = draft
        self.functions: list[ast.stmt] = []
        self.bound: dict[str, Any] = {name: getattr(builtins, name) for name in _USED}
        self._names = set(_RESERVED)
        self.variables: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._by_identity: dict[int, str] = {}
        self._statements = 0

    def fresh(self, hint: str) -> str:
        """A global name, which no function uses for a variable either."""
        name = free_name(hint, self._names, self.variables)
        self._names.add(name)
        return name

    def variable(self, hint: str, others: set[str]) -> str:
        """A name for a variable of a function that has `others` already."""
        name = free_name(hint, self._names, others, numbers=self._numbers)
        self.variables.add(name)
        return name

    def bind(self, hint: str, value: Any) -> str:
        """A name for an object; the same for the same object."""
        name = self._by_identity.get(id(value))
        if name is None:
            name = self._by_identity[id(value)] = self.fresh(hint)
            self.bound[name] = value
        return name

    def constant(self, value: Any, hint: str = "constant") -> Value:
        """A value known now: written out where Python has a literal for it, else bound."""
        known = known_of(value)
        if type(value) in _PLAIN and (type(value) is not float or value - value == 0):
            return Value(None, known, value)
        return Value(self.bind(hint, value), known, value)

    def count(self) -> None:
        """Note one more statement.

        Raises:
            TooLargeError: there are too many.
        """
        self._statements += 1
        if self._statements > MOST_STATEMENTS:
            raise TooLargeError(f"more than {MOST_STATEMENTS} statements")

    def add(self, hint: str, parameters: tuple[str, ...], body: Block) -> str:
        """Add a function; its name."""
        name = self.fresh(hint)
        self.functions.append(function(name, parameters, body))
        return name

    @property
    def source(self) -> str:
        """The code as text, for people."""
        return "\n\n\n".join(ast.unparse(_located(each)) for each in self.functions) + "\n"

    def compile(self, filename: str) -> Any:
        """Run the module; its last function. Tracebacks, which call the module `filename`, show its lines.

        Raises:
            TooLargeError: its blocks are nested deeper than Python takes.
        """
        number_lines(self.functions)
        tree = ast.Module(self.functions, [])
        names = {"__builtins__": {}, "__name__": filename, **self.bound}
        try:
            code = compile(tree, filename, "exec")
        except SyntaxError as error:
            if "nested" not in error.msg:
                raise
            raise TooLargeError("nested too deep") from None
        exec(code, names)
        *_, last = self.functions
        assert isinstance(last, ast.FunctionDef)
        linecache.cache[filename] = (lambda: self.source,)
        return names[last.name]


def compiled_anew(title: str, write: Callable[[], ModuleWriter | None]) -> Any | None:
    """Write a module and run it; its last function, or None where it can't be written.

    It is written once more when a traceback asks for its lines, for nodes take much more memory than functions. With
    the function they are forgotten.

    Args:
        title: What tracebacks call it; a number is added.
        write: Writes the same module each time.

    Raises:
        TooLargeError: its blocks are nested deeper than Python takes.
    """
    module = write()
    if module is None:
        return None
    filename = f"{title} {next(_NUMBERS)}"
    made = module.compile(filename)
    linecache.cache[filename] = (lambda: module.source if (module := write()) else "",)
    weakref.finalize(made, linecache.cache.pop, filename, None)
    return made


class FunctionWriter:
    """Writes the body of one function.

    Values already computed are looked up by a key, and are known where the place they were computed dominates.
    """

    def __init__(self, module: ModuleWriter) -> None:
        self.module = module
        self._variables: set[str] = set()
        self.block: Block = []
        self.top = self.block
        self._caches: list[dict[Hashable, Value]] = [{}]
        self._spare: list[tuple[str, tuple[ast.stmt, ...]]] = []

    def fresh(self, hint: str) -> str:
        """A name for a variable."""
        name = self.module.variable(hint, self._variables)
        self._variables.add(name)
        return name

    def add(self, statement: ast.stmt) -> None:
        """Append a statement to the current block."""
        self.module.count()
        self.block.append(statement)

    def run(self, code: ast.expr) -> None:
        """Append an expression as a statement."""
        self.add(do(code))

    def keep(self, hint: str, code: ast.expr, known: Known | None = None, *, spare: bool = False) -> Value:
        """Assign to a fresh variable; `spare`: the statement goes where nothing reads it."""
        name = self.fresh(hint)
        self.add(assign(name, code))
        if spare:
            self.spare(name, self.block[-1])
        return Value(name, known or Known(ANY))

    def copy(self, hint: str, value: Value) -> str:
        """A fresh variable that begins as a copy."""
        name = self.fresh(hint)
        self.add(assign(name, value.code))
        return name

    def set(self, name: str, value: Value) -> None:
        """Assign to an existing variable, unless it is the value's own."""
        if value.name != name:
            self.add(assign(name, value.code))

    @contextmanager
    def branch(self) -> Iterator[Block]:
        """A block of its own; what is computed there is not known outside."""
        outer, self.block = self.block, []
        self._caches.append({})
        try:
            yield self.block
        finally:
            self.block = outer
            self._caches.pop()

    @contextmanager
    def at_top(self) -> Iterator[None]:
        """Write to the function's own block, before the statement under way; what is computed there is known after."""
        outer, self.block = self.block, self.top
        inner, self._caches = self._caches, self._caches[:1]
        try:
            yield
        finally:
            self.block = outer
            self._caches = inner

    def spot(self) -> Spot:
        """A place here to which more can be added later."""
        placeholder = Placeholder(constant(True), [], [])
        self.block.append(placeholder)
        return Spot(placeholder.body, tuple(self._caches))

    @contextmanager
    def at(self, spot: Spot) -> Iterator[None]:
        """Write where that place is."""
        outer, self.block = self.block, spot.block
        inner, self._caches = self._caches, list(spot.caches)
        try:
            yield
        finally:
            self.block = outer
            self._caches = inner

    def spare(self, name: str, *statements: ast.stmt) -> None:
        """Note statements that are for nothing but a variable: they go where nothing else reads it."""
        self._spare.append((name, statements))

    def finish(self) -> Block:
        """The function's statements, without what turned out to be needless."""
        return self.block if self.module.draft else gathered(trimmed(self.block, self._spare))

    def cached(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value computed before under this key where that is still known, else a new one."""
        for cache in reversed(self._caches):
            if key in cache:
                return self.better(cache[key])
        value = make()
        self._caches[-1][key] = value
        return value

    def narrow(self, value: Value, known: Known) -> None:
        """From here on, in this block, this is known of a value."""
        if value.name is not None:
            self._caches[-1][("better", value.name)] = value.narrowed(known)

    def better(self, value: Value) -> Value:
        """The value with what is known of it here."""
        for cache in reversed(self._caches):
            found = cache.get(("better", value.name))
            if found is not None:
                return value.narrowed(found.known)
        return value

    def known(self, key: Hashable) -> bool:
        """Whether the value of this key has been computed on every way to here."""
        return any(key in cache for cache in self._caches)


def number_lines(functions: list[ast.stmt]) -> None:
    """Give every node the line it has in :attr:`ModuleWriter.source`."""
    line = 1
    for each in functions:
        line = _number([each], line) + 2


def _number(block: list[ast.stmt], line: int) -> int:
    """Number the statements of a block from a line on; the line after them."""
    for statement in block:
        _locate(statement, line)
        line += 1
        if isinstance(statement, ast.If | ast.For | ast.FunctionDef | ast.Try):
            line = _number(statement.body, line)
        if isinstance(statement, ast.Try):
            for handler in statement.handlers:
                _locate(handler, line)
                line = _number(handler.body, line + 1)
        if isinstance(statement, ast.If) and statement.orelse:
            is_elif = len(statement.orelse) == 1 and isinstance(statement.orelse[0], ast.If)
            line = _number(statement.orelse, line if is_elif else line + 1)
    return line


def _locate(statement: ast.stmt | ast.excepthandler, line: int) -> None:
    """Place a statement or a handler and its expressions; statements inside it come later."""
    waiting: list[Any] = [statement]
    for node in waiting:  # which grows meanwhile
        node.lineno = node.end_lineno = line
        node.col_offset = 0
        blocks = (*BLOCKS, "handlers") if isinstance(node, ast.stmt | ast.excepthandler) else ()
        for name in PARTS[type(node)]:
            found = getattr(node, name, None) if name not in blocks else None
            if isinstance(found, list):
                waiting += [each for each in found if isinstance(each, ast.AST)]
            elif isinstance(found, ast.AST):
                waiting.append(found)


def _located(function: ast.stmt) -> ast.stmt:
    return function if hasattr(function, "lineno") else ast.fix_missing_locations(function)


def free_name(hint: str, *taken: AbstractSet[str], numbers: dict[str, int] | None = None) -> str:
    """The hint as an identifier, with a number where it is taken or a keyword.

    Args:
        hint: Any text.
        taken: Names that it must not be.
        numbers: By identifier: up to which number they are known to be taken; kept up to date.
    """
    name = base = _identifier(hint)
    number = numbers.get(base, 1) if numbers is not None else 1
    while any(name in each for each in taken) or keyword.iskeyword(name):
        number += 1
        name = f"{base}_{number}"
    if numbers is not None:
        numbers[base] = number
    return name


@lru_cache(4096)
def _identifier(hint: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", hint).lower())[:40].strip("_")
    return base if base and not base[0].isdigit() else f"v_{base}".rstrip("_")
