"""Mistakes inside expressions: quotes, operators, brackets, arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from mapper.expressions.functions import FUNCTIONS
from tests.mistakes.source import Mutant, Source, Span, Token

_WORDS: Final = {"&&": "and", "||": "or", "!": "not "}
_SINGLE: Final = {"&&": "&", "||": "|"}
_SWAPPED: Final = {"&&": "||", "||": "&&", "==": "!=", "!=": "=="}


def unquoted(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "text"):
        yield source.mutant("text without quotes", token.span, token.span.text[1:-1])


def double_quoted(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "text"):
        yield source.mutant("text in double quotes", token.span, f'"{token.span.text[1:-1]}"')


def backticked(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "text"):
        yield source.mutant("text in backticks", token.span, f"`{token.span.text[1:-1]}`")


def json_quoted(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "json"):
        yield source.mutant("JSON in quotes", token.span, f"'{token.span.text[1:-1]}'")


def json_bare(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "json"):
        yield source.mutant("JSON without backticks", token.span, token.span.text[1:-1])


def single_equals(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "sign"):
        if token.span.text == "==":
            yield source.mutant("= for ==", token.span, "=")


def operator_as_word(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "sign"):
        if token.span.text in _WORDS:
            yield source.mutant("operator as a word", token.span, _WORDS[token.span.text])


def half_operator(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "sign"):
        if token.span.text in _SINGLE:
            yield source.mutant("half an operator", token.span, _SINGLE[token.span.text])


def swapped_operator(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "sign"):
        if token.span.text in _SWAPPED:
            yield source.mutant("opposite operator", token.span, _SWAPPED[token.span.text])


def lost_not(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "sign"):
        if token.span.text == "!":
            yield source.mutant("lost !", token.span, "", "! left out")


def lost_bracket(source: Source) -> Iterator[Mutant]:
    for scalar, tokens in source.tokens:
        for token in tokens:
            if token.span.text in ("(", ")", "[", "]"):
                what = f"{token.span.text} left out"
                yield source.mutant("lost bracket", token.span, "", what, around=scalar.whole)


def lost_comma(source: Source) -> Iterator[Mutant]:
    for scalar, tokens in source.tokens:
        for token in tokens:
            if token.span.text == ",":
                yield source.mutant("lost comma", token.span, " ", "comma left out", around=scalar.whole)


def lost_dot(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "sign"):
        if token.span.text == ".":
            yield source.mutant("lost dot", token.span, " ", "dot left out")


def doubled_comma(source: Source) -> Iterator[Mutant]:
    for call in _calls(source):
        if call.arguments:
            end = call.arguments[-1].end
            yield source.mutant("comma too many", source.span(end, end), ",", f"{call.name}(…,)", around=call.whole)


def lost_argument(source: Source) -> Iterator[Mutant]:
    for call in _calls(source):
        if call.arguments:
            last = call.arguments[-1]
            start = call.arguments[-2].end if len(call.arguments) > 1 else last.start
            what = f"{call.name}: last argument left out"
            yield source.mutant("lost argument", source.span(start, last.end), "", what, around=call.whole)


def extra_argument(source: Source) -> Iterator[Mutant]:
    for call in _calls(source):
        function = FUNCTIONS[call.name]
        if call.arguments and function.max_args == len(call.arguments):
            end = call.arguments[-1].end
            what = f"{call.name}: an argument too many"
            yield source.mutant("extra argument", source.span(end, end), ", timestamp", what, around=call.whole)


def lost_function(source: Source) -> Iterator[Mutant]:
    for call in _calls(source):
        if len(call.arguments) == 1:
            yield source.mutant("lost function", call.whole, call.arguments[0].text)


def wrong_argument(source: Source) -> Iterator[Mutant]:
    """A number where the function wants something else."""
    for call in _calls(source):
        for argument, parameter in zip(call.arguments, FUNCTIONS[call.name].parameters, strict=False):
            if not {"any", "number", "expref"} & set(parameter.types):
                yield source.mutant("argument of a wrong type", argument, "`5`", around=call.whole)


KINDS: Final = (
    unquoted, double_quoted, backticked, json_quoted, json_bare, single_equals, operator_as_word, half_operator,
    swapped_operator, lost_not, lost_bracket, lost_comma, lost_dot, doubled_comma, lost_argument, extra_argument,
    lost_function, wrong_argument,
)  # fmt: skip


class _Call(NamedTuple):
    name: str
    whole: Span
    arguments: tuple[Span, ...]


def _calls(source: Source) -> Iterator[_Call]:
    for _, tokens in source.tokens:
        for at, token in enumerate(tokens):
            if token.kind == "function":
                yield _call(source, tokens[at:])


def _call(source: Source, tokens: Sequence[Token]) -> _Call:
    depth = 0
    marks = [tokens[1].span.end]
    for token in tokens[1:]:
        depth += token.span.text in ("(", "[", "{")
        depth -= token.span.text in (")", "]", "}")
        if depth == 1 and token.span.text == ",":
            marks += [token.span.start, token.span.end]
        if depth == 0:
            marks.append(token.span.start)
            break
    spans = [_stripped(source, start, end) for start, end in zip(marks[::2], marks[1::2], strict=True)]
    name = tokens[0].span
    return _Call(name.text, source.span(name.start, marks[-1] + 1), tuple(span for span in spans if span.text))


def _stripped(source: Source, start: int, end: int) -> Span:
    text = source.text[start:end]
    return source.span(start + len(text) - len(text.lstrip()), max(start, end - len(text) + len(text.rstrip())))


def _of_kind(source: Source, kind: str) -> Iterator[Token]:
    for _, tokens in source.tokens:
        yield from (token for token in tokens if token.kind == kind)
