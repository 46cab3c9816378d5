"""What the author is told about YAML that is refused or broken: exact place, message and help."""

from __future__ import annotations

import pytest

from mapper.records.diagnostic import Diagnostic
from tests.support.documents import parse_document


def short(diagnostic: Diagnostic) -> str:
    place = diagnostic.primary
    return f"{diagnostic.code} {place.line}:{place.column}+{place.length} {diagnostic.message} / {diagnostic.help}"


def problems(text: str) -> list[str]:
    return [short(diagnostic) for diagnostic in parse_document(text.encode(), file="f.yaml")[1]]


QUOTE = "quote the whole value, or put it on the line after `>-`"
TAGGED = "`!` at the start of a value is a YAML tag"
EXAMPLES = {
    # duplicate keys
    "a: 1\n'a': 2\n": "MAP010 2:1+3 the key `a` stands twice in this mapping / delete or rename one of them",
    # anchors, aliases, merge keys
    "a: &b 1\n": (
        "MAP011 1:4+2 `&b` is a YAML anchor / "
        "delete `&b` and name the shared value with `let`, or quote it if it is an expression"
    ),
    "a: *b\n": (
        "MAP011 1:4+2 `*b` is a YAML alias / repeat the value, or name it with `let`; quote it if it is an expression"
    ),
    "a: *.b\n": "MAP011 1:4+1 `*` at the start of a value is a YAML alias / write `a: '*.b'`",
    "a: & b\n": "MAP011 1:4+1 `&` at the start of a value is a YAML anchor / write `a: '& b'`",
    "<<: {a: 1}\n": "MAP011 1:1+2 `<<` is a YAML merge key / write `$merge: [...]`",
    # tags
    "when: !user_id\n": f"MAP012 1:7+8 {TAGGED} / write `when: '!user_id'`",
    "when: !user_id && x\n": f"MAP012 1:7+1 {TAGGED} / write `when: '!user_id && x'`",
    "when: !f(x, 'y')\n": f"MAP012 1:7+1 {TAGGED} / write `when: \"!f(x, 'y')\"`",
    "- {when: !a && b, because: c}\n": f"MAP012 1:10+1 {TAGGED} / {QUOTE}",
    "a: !!str b\n": f"MAP012 1:4+5 {TAGGED} / write `a: '!!str b'`",
    # documents and directives
    "a: 1\n---\nb: 1\n": "MAP013 2:1+3 a second document begins here / put it into a file of its own, or delete `---`",
    "a: 1\n...\nb: 1\n": "MAP013 2:1+3 `...` ends the file, but more follows / delete it",
    "%YAML 1.2\n---\na: 1\n": "MAP013 1:1+1 a line that starts with `%` is a YAML directive / delete it",
    "%FOO\n---\na: 1\n": "MAP013 1:1+1 a line that starts with `%` is a YAML directive / delete it",
    # keys
    "[a]: b\n": "MAP014 1:1+1 a list can't be a key / quote it if it is a text: keys are texts",
    "? {a: b}\n: b\n": "MAP014 1:3+1 a mapping can't be a key / quote it if it is a text: keys are texts",
    "a: {{ b.c }}\n": (
        "MAP014 1:5+1 a mapping can't be a key / an expression stands as it is, without braces"
    ),
    # what git leaves
    "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n": (
        "MAP006 2:1+12 a merge conflict of git is left here / "
        "keep one side, and delete the lines `<<<<<<<`, `=======` and `>>>>>>>`"
    ),
    ": x\n": "MAP014 1:1+1 a key is missing before the `:` / write the key",
    # the root
    "- a\n- b\n": "MAP005 1:1+1 the file holds a list, not `key: value` lines / begin with `mapper: 1`",
    "<html>\n<body>\n": "MAP005 1:1+1 the file holds a mere value, not `key: value` lines / begin with `mapper: 1`",
    # quotes needed
    "a: b: c\n": "MAP008 1:5+1 `: ` inside a value without quotes / write `a: 'b: c'`",
    "a: b || ': '\n": "MAP008 1:10+1 `: ` inside a value without quotes / write `a: \"b || ': '\"`",
    "a: b # c\n  d\n": (
        "MAP008 1:6+1 ` #` begins a comment, which ends the value / "
        "quote the value if `#` is a part of it; put the comment on a line of its own if not"
    ),
    "a: @\n": "MAP008 1:4+1 a value can't start with `@` in YAML / write `a: '@'`",
    "- a: `1`\n": "MAP008 1:6+1 a value can't start with a backtick in YAML / write `a: '`1`'`",
    "a: %b\n": "MAP008 1:4+1 a value can't start with `%` in YAML / write `a: '%b'`",
    "a: [0] == b\n": "MAP008 1:4+1 YAML ends this value at its `]` and can't use what follows / write `a: '[0] == b'`",
    "a: {b: c}.d\n": "MAP008 1:4+1 YAML ends this value at its `}` and can't use what follows / write `a: '{b: c}.d'`",
    "a: 'b' == c\n": (
        "MAP008 1:4+1 YAML ends this value at its closing quote and can't use what follows / write `a: \"'b' == c\"`"
    ),
    "a: 'b' == \"c\"\n": (
        "MAP008 1:4+1 YAML ends this value at its closing quote and can't use what follows / "
        "put the value on the next line, indented, after `>-`"
    ),
    "a: 'it's'\n": "MAP008 1:7+1 this quote ends the value / if this is an apostrophe, write it twice: `''`",
    "a: > b\n": "MAP008 1:4+1 `>` at the start of a value begins a text block / write `a: '> b'`",
    "a: ]\n": "MAP008 1:4+1 a value can't start with `]` in YAML / write `a: ']'`",
    "a: {b: 'c' d}\n": (
        "MAP008 1:12+1 expected `,` or `}` here / quote the value before this place, or add what is missing"
    ),
    # never closed
    "a: 'b\nc: d\n": (
        "MAP009 1:4+1 this quote is never closed / add the closing '; an apostrophe inside is written twice"
    ),
    'a: "b\nc: d\n': 'MAP009 1:4+1 this quote is never closed / add the closing "',
    "a: [b\nc: d\n": "MAP009 1:4+1 this `[` is never closed / add the closing `]`",
    "a: {b: c\n": "MAP009 1:4+1 this `{` is never closed / add the closing `}`",
    # tabs
    "a:\n\tb: 1\n": "MAP007 2:1+1 tab used for indentation / use spaces",
    "a:\n  b: 1\n  \tc: 1\n": "MAP007 3:3+1 tab used for indentation / use spaces",
    "a: |\n\tb\n": "MAP007 2:1+1 tab used for indentation / use spaces",
    "a: |\n  b\n\tc\n": "MAP007 3:1+1 tab used for indentation / use spaces",
    "a: b\n\tc\n": "MAP007 2:1+1 tab used for indentation / use spaces",
    "a:\n- \tb: 1\n": "MAP007 2:3+1 tab used where YAML wants a space / use a space",
    # indentation
    "a:\n  b: 1\n c: 2\n": "MAP015 3:2+1 no key above is indented by 1 / indent it by 0 or 2 spaces",
    "a:\n  - b: 1\n   c: 1\n": "MAP015 3:4+1 no key above is indented by 3 / indent it by 0 or 4 spaces",
    "a: 1\n  bc: 2\n": (
        "MAP015 2:3+2 this line is indented like a part of the value above / "
        "indent it by 0 spaces, or quote the value above if it goes on here"
    ),
    "a:\n  b: 1\nc: 2\n  d: 3\n": (
        "MAP015 4:3+1 this line is indented like a part of the value above / "
        "indent it by 0 spaces, or `c` like the lines around it"
    ),
    # the rest
    "a: 1\nb\nc: 2\n": "MAP006 2:1+1 expected `key: value` here / add `: ` after the key",
    "a:1\nb: 2\n": "MAP006 1:1+3 no space after the `:` / write `a: 1`",
    "a: 1\n- b\n": "MAP006 2:1+3 a list item where a key is expected / indent it below the key it belongs to",
    "- a\nb: 1\n": "MAP006 2:1+1 a key among list items / begin the line with `- `, or indent it like its neighbours",
    "a: - b\n": (
        "MAP006 1:4+1 a list item can't stand on the line of its key / "
        "put `- ` on the next line, or quote the value if it is a text"
    ),
    'a: "\\d+"\n': (
        "MAP006 1:5+2 `\\d` is no escape that YAML knows / "
        "write the backslash twice, `\\\\d`, or use single quotes, where it is an ordinary character"
    ),
    'a: "\\uD83D"\n': (
        "MAP006 1:5+6 `\\uD83D` is no escape that YAML knows / "
        "write the backslash twice, `\\\\uD83D`, or use single quotes, where it is an ordinary character"
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", EXAMPLES)
def test_what_the_author_is_told(text: str) -> None:
    assert problems(text) == [EXAMPLES[text]]


def test_all_problems_in_one_go() -> None:
    text = "a: &x 1\nb: *x\nc: !d\n<<: {e: 1, e: 2}\nb: 3\nf: [\n"
    assert [line.split(" / ")[0] for line in problems(text)] == [
        "MAP011 1:4+2 `&x` is a YAML anchor",
        "MAP011 2:4+2 `*x` is a YAML alias",
        f"MAP012 3:4+2 {TAGGED}",
        "MAP011 4:1+2 `<<` is a YAML merge key",
        "MAP010 4:12+1 the key `e` stands twice in this mapping",
        "MAP010 5:1+1 the key `b` stands twice in this mapping",
        "MAP009 6:4+1 this `[` is never closed",
    ]


def test_equal_keys_leave_the_first_in_the_document() -> None:
    made, found = parse_document(b"a: {b: 1}\na: {c: {d: 2}}\na: 3\n", file="f.yaml")
    assert made is not None
    assert made.data == {"a": {"b": 1}}
    assert set(made.values) == {(), ("a",), ("a", "b")}
    assert [(d.primary.line, d.related[0].place.line, d.related[0].message) for d in found] == [
        (2, 1, "first used here"),
        (3, 1, "first used here"),
    ]
