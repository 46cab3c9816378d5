"""Mistakes of one word: misspelt, in another case, or another word than meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tests.mistakes.source import Entry, Mutant, Scalar, Source, Token, misspelt

TYPES: Final = ("track", "page", "identify", "group", "alias")
_NAMES: Final = ("settings", "requests", "let", "headers")
"""Keys below which the author chooses the names."""


def key(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if not entry.key.text.startswith("$") and not _is_chosen(entry):
            yield source.mutant("misspelt key", entry.key, misspelt(entry.key.text))


def operator(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if entry.key.text.startswith("$"):
            yield source.mutant("misspelt operator", entry.key, misspelt(entry.key.text))


def output_field(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if _is_output(entry):
            yield source.mutant("misspelt output field", entry.key, misspelt(entry.key.text))


def named_field(source: Source) -> Iterator[Mutant]:
    for scalar in _under(source, "$named"):
        yield source.mutant("misspelt name in $named", scalar.span, misspelt(scalar.span.text))


def taken_field(source: Source) -> Iterator[Mutant]:
    for scalar in _under(source, "$take"):
        yield source.mutant("misspelt name in $take", scalar.span, misspelt(scalar.span.text))


def conversion(source: Source) -> Iterator[Mutant]:
    for scalar in (each for name in ("$as", "$is", "$spell") for each in _under(source, name)):
        yield source.mutant("misspelt conversion", scalar.span, misspelt(scalar.span.text))


def call_type(source: Source) -> Iterator[Mutant]:
    for scalar in _under(source, "accepts"):
        yield source.mutant("misspelt call type", scalar.span, misspelt(scalar.span.text))


def other_call_type(source: Source) -> Iterator[Mutant]:
    for scalar in _under(source, "accepts"):
        for other in TYPES:
            if other != scalar.span.text and other not in source.text[: scalar.span.end].splitlines()[-1]:
                yield source.mutant("another call type", scalar.span, other)


def reference(source: Source) -> Iterator[Mutant]:
    for name in ("request", "after", "use", "schema"):
        for scalar in _under(source, name):
            yield source.mutant("misspelt reference", scalar.span, misspelt(scalar.span.text))


def defined_name(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if entry.route[:-1] in {("let",), ("settings",), ("requests",)}:
            yield source.mutant("misspelt definition", entry.key, misspelt(entry.key.text))


def root_name(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "name"):
        yield source.mutant("misspelt name", token.span, misspelt(token.span.text))


def path(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "field"):
        if not _is_setting(source, token):
            yield source.mutant("misspelt path", token.span, misspelt(token.span.text))


def setting(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "field"):
        if _is_setting(source, token):
            yield source.mutant("misspelt setting", token.span, misspelt(token.span.text))


def function(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "function"):
        yield source.mutant("misspelt function", token.span, misspelt(token.span.text))


def spelling_style(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "name", "field", "function"):
        other = _other_style(token.span.text)
        if other != token.span.text:
            yield source.mutant("camelCase for snake_case", token.span, other)


def capital(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "name", "field"):
        yield source.mutant("wrong capital", token.span, token.span.text[0].swapcase() + token.span.text[1:])


def text(source: Source) -> Iterator[Mutant]:
    for token in _of_kind(source, "text"):
        if re.fullmatch(r"'\w+'", token.span.text):
            yield source.mutant("misspelt text", token.span, f"'{misspelt(token.span.text[1:-1])}'")


def constant(source: Source) -> Iterator[Mutant]:
    for scalar in _under(source, "$const"):
        yield source.mutant("misspelt constant", scalar.span, misspelt(scalar.span.text))


def choice(source: Source) -> Iterator[Mutant]:
    """A value that the language or a schema lists: a default, a method, a framing, a verdict."""
    for name in ("method", "is", "default", "body", "type", "enum"):
        for scalar in _under(source, name):
            if scalar.route not in source.expressions and scalar.span.text.isalpha():
                yield source.mutant("misspelt choice", scalar.span, misspelt(scalar.span.text))


def swapped_ids(source: Source) -> Iterator[Mutant]:
    pairs = {"userId": "groupId", "groupId": "userId", "user_id": "account_id", "account_id": "user_id"}
    for scalar, tokens in source.tokens:
        for token in tokens:
            if token.kind == "name" and token.span.text in pairs and scalar.route[:1] != ("skip",):
                yield source.mutant("swapped ids", token.span, pairs[token.span.text])


KINDS: Final = (
    key, operator, output_field, named_field, taken_field, conversion, call_type, other_call_type, reference,
    defined_name, root_name, path, setting, function, spelling_style, capital, text, constant, choice, swapped_ids,
)  # fmt: skip


def _is_chosen(entry: Entry) -> bool:
    """Whether the author, not the language, chose the key."""
    return _is_output(entry) or any(entry.route[:-1][-1:] == (name,) for name in (*_NAMES, "$named"))


def _is_output(entry: Entry) -> bool:
    root = entry.route[0]
    inside = (root == "body" and len(entry.route) > 1) or (root == "let" and len(entry.route) > 2)
    return inside and not entry.key.text.startswith("$") and "$named" not in entry.route


def _under(source: Source, name: str) -> Iterator[Scalar]:
    for scalar in source.scalars:
        if name in scalar.route[-1:] or (name in scalar.route[:-1] and _is_listed(scalar, name)):
            yield scalar


def _is_listed(scalar: Scalar, name: str) -> bool:
    below = scalar.route[scalar.route.index(name) + 1 :]
    return isinstance(below[-1], int) and len(below) <= (2 if name == "$named" else 1)


def _of_kind(source: Source, *kinds: str) -> Iterator[Token]:
    for _, tokens in source.tokens:
        yield from (token for token in tokens if token.kind in kinds)


def _is_setting(source: Source, token: Token) -> bool:
    return source.text[: token.span.start].endswith("settings.")


def _other_style(word: str) -> str:
    if "_" in word:
        head, *rest = word.split("_")
        return head + "".join(part.capitalize() for part in rest)
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found.group().lower(), word)
