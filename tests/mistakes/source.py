"""A YAML file of the shipped mappings, taken apart into the places where an author can slip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import yaml

Route = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A set of mappings with one mistake in it.

    Attributes:
        kind: Which kind of mistake.
        file: The file that holds it, such as ``acme/track.yaml``.
        text: What the file is now.
        lines: Where a finding is at the right place, from 1.
        what: The mistake, in a few words.
    """

    kind: str
    file: str
    text: str
    lines: frozenset[int]
    what: str


class Span(NamedTuple):
    """Some characters of a file, from `start` up to, not including, `end`."""

    start: int
    end: int
    text: str


class Entry(NamedTuple):
    """A key with its value."""

    route: Route
    key: Span
    value: Span
    is_scalar: bool


class Scalar(NamedTuple):
    """A text, number, boolean or null: its characters without YAML's quotes."""

    route: Route
    span: Span
    whole: Span


class Token(NamedTuple):
    """A part of an expression: a name, field (after a dot), function, key, text, json or sign."""

    kind: str
    span: Span


_TOKENS: Final = re.compile(
    r"(?P<text>'(?:[^'\\]|\\.)*')|(?P<json>`(?:[^`\\]|\\.)*`)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[!<>&(){}\[\],.:?*@])"
)


@dataclass(frozen=True)
class Source:
    """One file.

    Attributes:
        file: Its name, such as ``acme/track.yaml``.
        text: What it holds.
        expressions: Routes of the values that are expressions.
    """

    file: str
    text: str
    expressions: frozenset[Route]

    @property
    def name(self) -> str:
        """The file's name without folder."""
        return self.file.rpartition("/")[2]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every key, in the order of the file."""
        return tuple(self._entries(yaml.compose(self.text), ()))

    @cached_property
    def scalars(self) -> tuple[Scalar, ...]:
        """Every value that is no object and no list."""
        return tuple(self._scalars(yaml.compose(self.text), ()))

    @cached_property
    def tokens(self) -> tuple[tuple[Scalar, tuple[Token, ...]], ...]:
        """The expressions with their parts."""
        found = [scalar for scalar in self.scalars if scalar.route in self.expressions]
        return tuple((scalar, tuple(_tokens(scalar.span))) for scalar in found)

    def mutant(self, kind: str, span: Span, new: str, what: str = "", *, around: Span | None = None) -> Mutant:
        """The file with other text at `span`; the right lines are those of `around`."""
        right = around or span
        text = self.text[: span.start] + new + self.text[span.end :]
        end = right.end + (len(new) - len(span.text) if span.end <= right.end else 0)
        first = text.count("\n", 0, right.start) + 1
        last = text.count("\n", 0, max(right.start, end - 1)) + 1
        return Mutant(
            kind,
            self.file,
            text,
            frozenset(range(first, last + 1)),
            what or f"{' '.join(span.text.split())[:40]} -> {' '.join(new.split())[:40]}",
        )

    def span(self, start: int, end: int) -> Span:
        """Some characters of this file."""
        return Span(start, end, self.text[start:end])

    def line_of(self, span: Span) -> Span:
        """The whole lines, line ends included, that a span touches."""
        start = self.text.rfind("\n", 0, span.start) + 1
        return self.span(start, self.text.find("\n", max(start, span.end - 1)) + 1)

    def _entries(self, node: yaml.Node | None, route: Route) -> Iterator[Entry]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                below = (*route, key.value)
                yield Entry(below, self._of(key), self._of(value), isinstance(value, yaml.ScalarNode))
                yield from self._entries(value, below)
        elif isinstance(node, yaml.SequenceNode):
            for at, item in enumerate(node.value):
                yield from self._entries(item, (*route, at))

    def _scalars(self, node: yaml.Node | None, route: Route) -> Iterator[Scalar]:
        if isinstance(node, yaml.ScalarNode):
            whole = self._of(node)
            inner = self.span(whole.start + 1, whole.end - 1) if node.style in ("'", '"') else whole
            if node.style in ("|", ">"):
                inner = self.span(self.text.index("\n", whole.start) + 1, whole.end)
            yield Scalar(route, inner, whole)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield from self._scalars(value, (*route, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for at, item in enumerate(node.value):
                yield from self._scalars(item, (*route, at))

    def _of(self, node: yaml.Node) -> Span:
        return self.span(node.start_mark.index, node.end_mark.index)


def _tokens(span: Span) -> Iterator[Token]:
    before = ""
    for found in _TOKENS.finditer(span.text):
        kind = found.lastgroup or ""
        if kind == "name":
            after = span.text[found.end() : found.end() + 1]
            if after == "(":
                kind = "function"
            elif after == ":":
                kind = "key"
            elif before == ".":
                kind = "field"
        yield Token(kind, Span(span.start + found.start(), span.start + found.end(), found.group()))
        before = found.group()


def misspelt(word: str) -> str:
    """The word with a slip of the finger: one of its inner letters left out, or its last one doubled."""
    letters = [at for at in range(1, len(word) - 1) if word[at].isalpha() and word[at - 1].isalpha()]
    at = letters[len(letters) // 2] if letters else len(word)
    return word[:at] + word[at + 1 :] if letters else word + word[-1]
