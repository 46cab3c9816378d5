"""Mistakes of the file: YAML, indentation, lines lost, doubled or copied, values of a wrong type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.mistakes.source import Entry, Mutant, Route, Source, Span

_OTHER_AS: Final = {"string": ("number", "epoch_ms"), "epoch_ms": ("string", "iso8601"), "number": ("string",)}
_OTHER_LIST: Final = {"string": "number", "number": "string", "boolean": "epoch_ms", "epoch_ms": "boolean"}
_NEEDED: Final = ("mapper", "id", "accepts", "request", "body", "method", "base", "path", "requests")


def glued_colon(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        after = source.span(entry.key.end, entry.key.end + 2)
        if after.text == ": ":
            yield source.mutant("no blank after a colon", after, ":", f"{entry.key.text}:…")


def lost_colon(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        after = source.span(entry.key.end, entry.key.end + 1)
        yield source.mutant("lost colon", after, "", f"{entry.key.text} without colon", around=_reach(source, entry))


def lost_brace(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if entry.value.text[:1] in ("{", "[") and entry.value.text[-1:] in ("}", "]"):
            last = source.span(entry.value.end - 1, entry.value.end)
            yield source.mutant("unclosed brace", last, "", f"{entry.key.text}: …{last.text} left out")


def lost_quote(source: Source) -> Iterator[Mutant]:
    for scalar in source.scalars:
        if scalar.whole.text[-1:] in ("'", '"') and scalar.whole != scalar.span:
            last = source.span(scalar.whole.end - 1, scalar.whole.end)
            yield source.mutant("unclosed quote", last, "", f"{scalar.whole.text[:30]}")


def no_quotes(source: Source) -> Iterator[Mutant]:
    for scalar in source.scalars:
        if scalar.whole.text[-1:] in ("'", '"') and scalar.whole != scalar.span:
            yield source.mutant("YAML quotes left out", scalar.whole, scalar.span.text)


def tab(source: Source) -> Iterator[Mutant]:
    for line in _lines(source):
        if line.text.startswith("  ") and _is_key(line):
            yield source.mutant("tab", source.span(line.start, line.start + 2), "\t", line.text.strip())


def indented(source: Source) -> Iterator[Mutant]:
    for line in _lines(source):
        if _is_key(line):
            at = source.span(line.start, line.start)
            yield source.mutant("indented too far", at, "  ", line.text.strip(), around=_beside(source, line))


def outdented(source: Source) -> Iterator[Mutant]:
    for line in _lines(source):
        if line.text.startswith("  ") and _is_key(line):
            at = source.span(line.start, line.start + 2)
            yield source.mutant("indented too little", at, "", line.text.strip(), around=_beside(source, line))


def doubled_line(source: Source) -> Iterator[Mutant]:
    for line in _lines(source):
        if _is_key(line) and not line.text.rstrip().endswith((":", ">-")):
            second = source.span(line.end, line.end)
            yield source.mutant("doubled line", second, line.text, line.text.strip(), around=second)


def needed_key(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if entry.key.text in _NEEDED and len(entry.route) in (1, 3):
            yield _without(source, "needed key left out", entry)


def needed_field(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if entry.route[-1] in (
            "user_id",
            "account_id",
            "created_at",
            "action",
            "feature",
            "total",
            "value",
            "key",
        ) and (entry.route[0] == "body" or entry.route[:2] == ("let", "common")):
            yield _without(source, "needed field left out", entry)


def lost_guarantee(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if entry.route[-1] in ("$required", "$default"):
            yield _without(source, "$required or $default left out", entry)


def lost_const(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if entry.route[-1] == "$const":
            start = source.text.rindex("{", 0, entry.key.start)
            whole = source.span(start, source.text.index("}", entry.value.end) + 1)
            yield source.mutant("$const left out", whole, entry.value.text)


def constant_type(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if entry.route[-1] == "$const" or (entry.is_scalar and re.fullmatch(r"\d+", entry.value.text)):
            new = "1" if entry.value.text.isalpha() else "'a few'"
            yield source.mutant("constant of a wrong type", entry.value, new, f"{entry.route[-2:]}: {new}")


def other_conversion(source: Source) -> Iterator[Mutant]:
    for entry in source.entries:
        if entry.route[-1] == "$as":
            for other in _OTHER_AS.get(entry.value.text, ()):
                yield source.mutant("another conversion", entry.value, other)


def other_list(source: Source) -> Iterator[Mutant]:
    """A name in a list of `$named` that belongs to another type's list."""
    for scalar in source.scalars:
        if "$named" in scalar.route and scalar.route[-2] in _OTHER_LIST:
            target = _OTHER_LIST[str(scalar.route[-2])]
            yield from _moved(source, scalar.span, scalar.route, target)


def copied_over(source: Source, others: Mapping[str, str]) -> Iterator[Mutant]:
    """A mapping whose file holds another mapping of the set."""
    for file, text in others.items():
        if file != source.file:
            lines = frozenset(range(1, text.count("\n") + 2))
            yield Mutant("copied over", source.file, text, lines, f"{source.name} holds {file.rpartition('/')[2]}")


def copied_beside(source: Source) -> Iterator[Mutant]:
    """A copy of a mapping that nobody changed yet."""
    folder = source.file.rpartition("/")[0]
    lines = frozenset(range(1, source.text.count("\n") + 2))
    yield Mutant("copy left in place", f"{folder}/copy.yaml", source.text, lines, f"copy.yaml is {source.name}")


KINDS: Final = (
    glued_colon, lost_colon, lost_brace, lost_quote, no_quotes, tab, indented, outdented, doubled_line, needed_key,
    needed_field, lost_guarantee, lost_const, constant_type, other_conversion, other_list,
)  # fmt: skip


def _moved(source: Source, span: Span, route: Route, target: str) -> Iterator[Mutant]:
    found: list[Any] = [entry for entry in source.entries if entry.route == (*route[:-2], target)]
    line = source.line_of(span)
    is_flow = "[" in line.text
    for entry in found:
        end = entry.value.end - 1 if entry.value.text.endswith("]") else None
        if end is None:
            continue
        gone = re.compile(rf"{span.text}, |, {span.text}(?=\])").sub("", line.text, count=1) if is_flow else ""
        put = f", {span.text}"
        first, second = sorted(((line, gone), (source.span(end, end), put)), key=lambda each: each[0].start)
        text = source.text[: first[0].start] + first[1] + source.text[first[0].end : second[0].start]
        text += second[1] + source.text[second[0].end :]
        at = text[: text.index(put, min(end, len(text)) - len(line.text) - 4 if line.start < end else end)].count("\n")
        yield Mutant("wrong list in $named", source.file, text, frozenset({at + 1}), f"{span.text} among {target}")


def _without(source: Source, kind: str, entry: Entry) -> Mutant:
    """The file without an entry; right lines are those around it, for what is not there has no line."""
    parent = next((each for each in source.entries if each.route == entry.route[:-1]), None)
    right = source.span(parent.key.start, parent.value.end) if parent else source.span(0, len(source.text))
    what = f"no {entry.route[-1]}"
    whole = source.line_of(source.span(entry.key.start, entry.value.end))
    alone = whole.text.strip().startswith(entry.key.text) and "{" not in source.text[whole.start : entry.key.start]
    if alone:
        return source.mutant(kind, whole, "", what, around=right)
    end = entry.value.end
    after = re.match(r",\s*", source.text[end:])
    before = re.search(r"[,\s]*$", source.text[: entry.key.start])
    dash = re.search(r"-\s$", source.text[: entry.key.start])
    if dash:
        following = re.match(r"\n\s*", source.text[end:])
        return source.mutant(
            kind, source.span(entry.key.start, end + (following.end() if following else 0)), "", what, around=right
        )
    if after:
        return source.mutant(kind, source.span(entry.key.start, end + after.end()), "", what, around=right)
    start = before.start() if before else entry.key.start
    return source.mutant(kind, source.span(start, end), "", what, around=right)


def _reach(source: Source, entry: Entry) -> Span:
    """A key's line and the next, where YAML may notice first."""
    line = source.line_of(entry.key)
    return source.span(
        line.start, source.line_of(source.span(line.end, line.end + 1)).end if line.end < len(source.text) else line.end
    )


def _beside(source: Source, line: Span) -> Span:
    """An entry with the lines before and after it: which of two has the wrong indentation nobody can tell."""
    before = source.text.rfind("\n", 0, max(0, line.start - 1)) + 1
    entry = next((each for each in source.entries if line.start <= each.key.start < line.end), None)
    end = source.line_of(source.span(entry.value.start, entry.value.end)).end if entry else line.end
    after = source.line_of(source.span(end, end)).end if end < len(source.text) else end
    return source.span(before, after)


def _lines(source: Source) -> Iterator[Span]:
    start = 0
    for text in source.text.splitlines(keepends=True):
        yield source.span(start, start + len(text))
        start += len(text)


def _is_key(line: Span) -> bool:
    return re.match(r"\s*(- )?[$\w]+:(\s|$)", line.text) is not None
