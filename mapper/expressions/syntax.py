"""What is wrong with an expression's syntax, in words and with a place."""

from __future__ import annotations

import re

import msgspec
from jmespath import exceptions


class SyntaxProblem(msgspec.Struct, frozen=True):
    """Message without a full stop, first character and length in the expression, and what to type instead."""

    message: str
    start: int
    length: int
    help: str | None = None


def explain(error: exceptions.JMESPathError, text: str) -> SyntaxProblem:
    """Say what jmespath's error means to the author of `text`."""
    if not text.strip():
        return SyntaxProblem("the expression is empty", 0, 0, "remove the key, or write a path such as `userId`")
    if isinstance(error, exceptions.IncompleteExpressionError):
        return SyntaxProblem("the expression ends too early", *_end(text), _missing(text))
    if isinstance(error, exceptions.LexerError):
        start = min(error.lexer_position, max(len(text) - 1, 0))
        return SyntaxProblem(_lexer_message(error, text), start, 1, _lexer_help(text, start))
    if isinstance(error, exceptions.ParseError):
        token = str(error.token_value or "")
        start = min(error.lex_position, len(text))
        if error.token_type == "EOF" or not token:
            return SyntaxProblem("the expression ends too early", *_end(text), _missing(text))
        if error.token_type == "QUOTED_IDENTIFIER":
            token = f'"{token}"'
        return SyntaxProblem(f"`{token}` is not expected here", start, len(token), _parse_help(error, text, start))
    return SyntaxProblem(str(error), 0, 0, "split it with `let`")


def _end(text: str) -> tuple[int, int]:
    return max(len(text.rstrip()) - 1, 0), 1


def _missing(text: str) -> str | None:
    for opening, closing in ("()", "[]", "{}"):
        if text.count(opening) > text.count(closing):
            return f"a `{closing}` is missing"
    return None


def _lexer_message(error: exceptions.LexerError, text: str) -> str:
    message = str(error.message)
    if "Unclosed" in message or "delimiter" in message:
        return "a quote is opened and not closed"
    if message.startswith("Bad token"):
        return "the text in backticks is no JSON"
    return f"`{text[error.lexer_position : error.lexer_position + 1]}` is not expected here"


def _lexer_help(text: str, start: int) -> str | None:
    sign = text[start : start + 1]
    if sign == "=":
        return "write `==` to compare"
    if sign == "?":
        return "a choice is written `if(condition, a, b)`; a path through nothing is null, without `?`"
    hyphenated = re.search(r"[\w-]*$", text[:start])
    if sign == "-" and hyphenated and re.match(r"-[A-Za-z]", text[start:]):
        rest = re.match(r"[\w-]+", text[start:])
        return f'a name with a hyphen stands in double quotes: `"{hyphenated[0]}{rest[0] if rest else ""}"`'
    if sign in "+-*/%":
        return _NO_ARITHMETIC
    if sign in "“”„‘’":
        return "write straight quotes: `'text'`"
    if sign == "$":
        return "paths begin with a field's name; there is no `$`"
    return None


def _parse_help(error: exceptions.ParseError, text: str, start: int) -> str | None:
    message = str(error.msg)
    if "Quoted identifier not allowed" in message:
        return "write a function's name without quotes"
    if error.token_type == "CURRENT" and start and text[start - 1] == ".":
        return None
    before = text[:start].rstrip()
    if error.token_type in {"UNQUOTED_IDENTIFIER", "QUOTED_IDENTIFIER", "LITERAL"}:
        if before.endswith("[") and text[start:].lstrip("'\"").partition("]")[0]:
            return 'a field is reached with a dot, as in `a.b`; one with blanks or hyphens as in `a."b c"`'
        return "is an operator or a comma missing before it? Operators are `||`, `&&`, `==`, not words"
    if number := _NUMBER.match(text, start):
        return f"JSON stands in backticks: `{number[0]}`"
    if error.token_type == "STAR" and re.search(r"[\w)\]\"'`]$", before):
        return _NO_ARITHMETIC
    if text.startswith("{{"):
        return "an expression stands as it is, without braces"
    return _missing(text)


_NUMBER = re.compile(r"-?\d+(\.\d+)?(?![\w.])")
_NO_ARITHMETIC = "JMESPath has no arithmetic; `format('{} {}', a, b)` puts texts together"
