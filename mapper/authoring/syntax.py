"""What the YAML library says of broken text, said again in the author's terms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import yaml

from mapper.authoring.document import MAX_DEPTH, SPLIT_IT
from mapper.authoring.quoting import Entry, entry, quote_it
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.reading import (
    ANCHOR,
    DOCUMENTS,
    INDENTATION,
    KEY_NOT_TEXT,
    SYNTAX,
    TAB,
    TAG,
    TOO_LARGE,
    UNCLOSED,
    UNQUOTED,
)
from mapper.authoring.source import line_and_column, split_lines
from mapper.records.diagnostic import Diagnostic, Place, Related


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of the YAML library with the text it stands in; lines and columns are 0-based."""

    file: str
    lines: list[str]
    problem: str
    context: str
    line: int
    column: int
    opened: tuple[int, int] | None
    bracket: tuple[int, int] | None

    @property
    def text(self) -> str:
        """The line of the problem; empty past the end of the file."""
        return self.lines[self.line] if self.line < len(self.lines) else ""

    @property
    def char(self) -> str:
        """The character at the problem; empty at the end of the line."""
        return self.text[self.column : self.column + 1]

    @property
    def before(self) -> Entry | None:
        """The nearest line above that holds more than blanks and comments."""
        line = self.line_before()
        return None if line is None else entry(self.lines[line])

    def line_before(self) -> int | None:
        """0-based number of that line."""
        above = range(min(self.line, len(self.lines)) - 1, -1, -1)
        return next((n for n in above if self.lines[n].strip() and not self.lines[n].lstrip().startswith("#")), None)

    def place(self, line: int | None = None, column: int | None = None, length: int = 1) -> Place:
        """The problem's place, or another line and column of this file."""
        line, column = (self.line, self.column) if line is None or column is None else (line, column)
        return Place(file=self.file, line=line + 1, column=column + 1, length=length)


def explain(error: yaml.YAMLError, *, file: str, text: str, bracket: int | None) -> Diagnostic:
    """Turn the library's error into a diagnostic that says what the author did and what to type.

    `bracket` is the offset of the innermost bracket that was open by then.
    """
    mark = getattr(error, "problem_mark", None)
    opened = getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if line > text.count("\n"):  # the library counts a line more where the last one has no end
        line, column = (number - 1 for number in line_and_column(text, len(text)))
    opens = None if bracket is None else line_and_column(text, bracket)
    fault = Fault(
        file=file,
        lines=split_lines(text),
        problem=str(getattr(error, "problem", None) or "unreadable text"),
        context=str(getattr(error, "context", None) or ""),
        line=line,
        column=column,
        opened=(opened.line, opened.column) if opened else None,
        bracket=(opens[0] - 1, opens[1] - 1) if opens else None,
    )
    for explanation in _EXPLANATIONS:
        diagnostic = explanation(fault)
        if diagnostic is not None:
            return diagnostic
    return SYNTAX.at(fault.place(), f"YAML can't read this: {fault.problem}")


_STARTS: Final[dict[str, tuple[Rule, str]]] = {
    "!": (TAG, "`!` at the start of a value is a YAML tag"),
    "&": (ANCHOR, "`&` at the start of a value is a YAML anchor"),
    "*": (ANCHOR, "`*` at the start of a value is a YAML alias"),
    "@": (UNQUOTED, "a value can't start with `@` in YAML"),
    "`": (UNQUOTED, "a value can't start with a backtick in YAML"),
    "%": (UNQUOTED, "a value can't start with `%` in YAML"),
    "]": (UNQUOTED, "a value can't start with `]` in YAML"),
    "}": (UNQUOTED, "a value can't start with `}` in YAML"),
    ",": (UNQUOTED, "a value can't start with `,` in YAML"),
    "?": (UNQUOTED, "`? ` at the start of a value is a YAML key"),
    "|": (UNQUOTED, "`|` at the start of a value begins a text block"),
    ">": (UNQUOTED, "`>` at the start of a value begins a text block"),
    "[": (UNQUOTED, "YAML ends this value at its `]` and can't use what follows"),
    "{": (UNQUOTED, "YAML ends this value at its `}` and can't use what follows"),
    "'": (UNQUOTED, "YAML ends this value at its closing quote and can't use what follows"),
    '"': (UNQUOTED, "YAML ends this value at its closing quote and can't use what follows"),
}


def _conflict(fault: Fault) -> Diagnostic | None:
    """What git leaves where two changes of the same lines meet."""
    line = next((n for n, text in enumerate(fault.lines) if text.startswith("<<<<<<< ")), None)
    if line is None:
        return None
    help_ = "keep one side, and delete the lines `<<<<<<<`, `=======` and `>>>>>>>`"
    return SYNTAX.at(_line_place(fault, line), "a merge conflict of git is left here", help=help_)


def _depth(fault: Fault) -> Diagnostic | None:
    """Newer libraries have a limit of their own, which they may reach before the first event."""
    if "maximum nesting depth" not in fault.problem:
        return None
    return TOO_LARGE.at(fault.place(), f"nested deeper than {MAX_DEPTH} levels", help=SPLIT_IT)


def _tab(fault: Fault) -> Diagnostic | None:
    blanks = fault.text[: len(fault.text) - len(fault.text.lstrip(" \t"))]
    if "\t" in blanks and fault.column <= len(blanks):
        column = blanks.index("\t")
        return TAB.at(fault.place(fault.line, column), "tab used for indentation", help="use spaces")
    if fault.char == "\t":
        return TAB.at(fault.place(), "tab used where YAML wants a space", help="use a space")
    return None


def _directive(fault: Fault) -> Diagnostic | None:
    if fault.text.startswith("%"):
        message = "a line that starts with `%` is a YAML directive"
        return DOCUMENTS.at(fault.place(fault.line, 0), message, help="delete it")
    if "<document start>" in fault.problem and fault.opened is None:
        above = fault.line_before()
        if above is not None and fault.lines[above].startswith("..."):
            return DOCUMENTS.at(fault.place(above, 0, 3), "`...` ends the file, but more follows", help="delete it")
    return None


def _open_quote(fault: Fault) -> Diagnostic | None:
    if fault.opened is None or "quoted scalar" not in fault.context:
        return None
    line, column = fault.opened
    if "unexpected end of stream" in fault.problem or "unexpected document" in fault.problem:
        quote = fault.lines[line][column : column + 1]
        help_ = f"add the closing {quote}" + ("; an apostrophe inside is written twice" if quote == "'" else "")
        return UNCLOSED.at(fault.place(line, column), "this quote is never closed", help=help_)
    return _bad_escape(fault)


def _bad_escape(fault: Fault) -> Diagnostic:
    back = fault.text.rfind("\\", 0, fault.column + 1)
    column = back if back >= 0 else fault.column
    escape = re.match(r"\\(?:[xuU][0-9a-fA-F]*|.?)", fault.text[column:])
    shown = escape.group() if escape else "\\"
    message = f"`{shown}` is no escape that YAML knows"
    help_ = f"write the backslash twice, `\\{shown}`, or use single quotes, where it is an ordinary character"
    return SYNTAX.at(fault.place(fault.line, column, len(shown)), message, help=help_)


def _open_bracket(fault: Fault) -> Diagnostic | None:
    if fault.bracket is None or "flow" not in fault.context:
        return None
    line, column = fault.bracket
    bracket = fault.lines[line][column : column + 1]
    closing = "]" if bracket == "[" else "}"
    at_end = not "".join((fault.text[fault.column :], *fault.lines[fault.line + 1 :])).strip()
    if line == fault.line and not at_end:
        message = f"expected `,` or `{closing}` here"
        help_ = "quote the value before this place, or add what is missing"
        opens = Related(place=fault.place(line, column), message="opened here")
        return UNQUOTED.at(fault.place(), message, help=help_, related=(opens,))
    message = f"this `{bracket}` is never closed"
    related = () if at_end else (Related(place=fault.place(), message="the text stops making sense here"),)
    return UNCLOSED.at(fault.place(line, column), message, help=f"add the closing `{closing}`", related=related)


_MARK_BEFORE: Final = re.compile(r"(?:^|[\[{,]|: )\s*([!&*])[^,\[\]{}]*$")


def _mark(fault: Fault) -> Diagnostic | None:
    """A tag, anchor or alias that is none, such as ``!a && b``."""
    if fault.opened is None or not fault.context.endswith((" tag", " anchor", " alias")):
        return None
    line, column = fault.opened
    before = _MARK_BEFORE.search(fault.lines[line][:column])
    return _special(fault, before.start(1) if before else column)


def _start(fault: Fault) -> Diagnostic | None:
    """The value on this line starts with a character that is YAML's own."""
    if "cannot start any token" in fault.problem and fault.char in _STARTS:
        return _special(fault, fault.column)
    here = entry(fault.text)
    starts_value = here.key is not None or here.start > here.indent
    if starts_value and here.start <= fault.column and here.value[:1] in _STARTS:
        return _special(fault, here.start)
    return _special(fault, fault.column) if fault.char and fault.char in "@`" else None


def _special(fault: Fault, column: int) -> Diagnostic:
    rule, message = _STARTS[fault.text[column]]
    help_ = quote_it(fault.text, column)
    if fault.text[column] == "'" and fault.char.isalnum() and fault.text[fault.column - 1] == "'":
        help_ = "if this is an apostrophe, write it twice: `''`"
        return rule.at(fault.place(fault.line, fault.column - 1), "this quote ends the value", help=help_)
    return rule.at(fault.place(fault.line, column), message, help=help_)


def _colon(fault: Fault) -> Diagnostic | None:
    """A colon where no key can be."""
    if "mapping values are not allowed" not in fault.problem:
        return None
    here = entry(fault.text)
    if here.key is not None and here.start <= fault.column:
        message = "`: ` inside a value without quotes"
        return UNQUOTED.at(fault.place(), message, help=quote_it(fault.text, here.start))
    before = fault.before
    if before is None:
        return None
    if before.key is None:
        return _no_colon(fault, fault.line_before() or 0)
    related = Related(place=_line_place(fault, fault.line_before() or 0), message="this key already has a value")
    message = "this line is indented like a part of the value above"
    help_ = f"indent it by {before.column} spaces, or quote the value above if it goes on here"
    if _is_between(fault):
        help_ = f"indent it by {before.column} spaces, or `{before.key}` like the lines around it"
    return INDENTATION.at(_line_place(fault, fault.line), message, help=help_, related=(related,))


def _is_between(fault: Fault) -> bool:
    """Whether the line before this one is what stands out: the lines around it are indented alike."""
    around = (fault.lines[fault.line], *(line for line in fault.lines[: fault.line_before() or 0] if line.strip()))
    first, last = around[0], around[-1]
    return len(around) > 1 and len(first) - len(first.lstrip()) == len(last) - len(last.lstrip())


def _no_colon(fault: Fault, line: int) -> Diagnostic:
    text = fault.lines[line].strip()
    tight = re.match(r"[\w$-]+:(?=\S)", text)
    if tight:
        help_ = f"write `{tight.group()} {text[tight.end() :]}`" if len(text) < 70 else "put a space after the `:`"
        return SYNTAX.at(_line_place(fault, line), "no space after the `:`", help=help_)
    return SYNTAX.at(_line_place(fault, line), "expected `key: value` here", help="add `: ` after the key")


def _no_key(fault: Fault) -> Diagnostic | None:
    if fault.char != ":" or not re.search("expected (key|<block end>)", fault.problem):
        return None
    return KEY_NOT_TEXT.at(fault.place(), "a key is missing before the `:`", help="write the key")


def _missing_colon(fault: Fault) -> Diagnostic | None:
    if "':'" not in fault.problem or "simple key" not in fault.context or fault.opened is None:
        return None
    return _no_colon(fault, fault.opened[0])


def _item(fault: Fault) -> Diagnostic | None:
    if "sequence entries are not allowed" not in fault.problem:
        return None
    here = entry(fault.text)
    if here.key is not None:
        help_ = "put `- ` on the next line, or quote the value if it is a text"
        return SYNTAX.at(fault.place(), "a list item can't stand on the line of its key", help=help_)
    return SYNTAX.at(fault.place(), "a list item where a key is expected", help="indent it below the key it belongs to")


def _dedent(fault: Fault) -> Diagnostic | None:
    """A line that is no neighbour of any line above."""
    if "block mapping" not in fault.context and "block collection" not in fault.context:
        return None
    here = entry(fault.text)
    above = fault.line_before()
    if above is None or fault.column != here.indent:
        return None
    place = _line_place(fault, fault.line)
    if " #" in fault.lines[above] and here.key is None:
        return _comment(fault, above)
    aligned = fault.opened is not None and here.indent == fault.opened[1]
    if aligned and "collection" in fault.context and here.key is not None:
        help_ = "begin the line with `- `, or indent it like its neighbours"
        return SYNTAX.at(place, "a key among list items", help=help_)
    if aligned and fault.text.lstrip().startswith("- "):
        return SYNTAX.at(place, "a list item where a key is expected", help="indent it below the key it belongs to")
    if here.key is None and not fault.text.lstrip().startswith("-"):
        return _no_colon(fault, fault.line)
    message = f"no key above is indented by {here.indent}"
    return INDENTATION.at(place, message, help=_near(fault.lines[: above + 1], here.indent))


def _comment(fault: Fault, above: int) -> Diagnostic:
    column = fault.lines[above].index(" #") + 1
    message = "` #` begins a comment, which ends the value"
    help_ = "quote the value if `#` is a part of it; put the comment on a line of its own if not"
    related = (Related(place=_line_place(fault, fault.line), message="this line belongs to no value"),)
    return UNQUOTED.at(fault.place(above, column), message, help=help_, related=related)


def _near(lines: list[str], indent: int) -> str | None:
    """The columns of keys above that come closest."""
    columns = {here.column for here in map(entry, lines) if here.key}
    less = max((column for column in columns if column < indent), default=None)
    more = min((column for column in columns if column > indent), default=None)
    near = " or ".join(str(column) for column in (less, more) if column is not None)
    return f"indent it by {near} spaces" if near else None


def _line_place(fault: Fault, line: int) -> Place:
    text = fault.lines[line]
    here = entry(text)
    length = len(here.key) if here.key else len(text.strip())
    column = text.index(here.key) if here.key else here.indent
    return fault.place(line, column, max(length, 1))


_EXPLANATIONS: Final[tuple[Callable[[Fault], Diagnostic | None], ...]] = (
    _depth,
    _conflict,
    _tab,
    _directive,
    _open_quote,
    _open_bracket,
    _mark,
    _start,
    _colon,
    _no_key,
    _missing_colon,
    _item,
    _dedent,
)
