"""Golden texts: what a person sees, to the character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.cli.diagnose import print_text
from mapper.records.diagnostic import Diagnostic, Location, Place, Related
from mapper.render.cells import cells, visible, width
from mapper.render.fold import folded
from mapper.render.frame import underline
from mapper.render.summary import summary
from mapper.render.text import as_text

FILES = {
    "mappings/natero/track.yaml": ["mapper: 1", "", "acepts: track", "request: event"],
    "a.yaml": [f"line {n}" for n in range(1, 9)] + ["\tkey: 日本語 == x", "deep: |", "  mañana 😀 && y"],
    "long.yaml": ["when: " + "a_long_name && " * 20 + "oops || " + "another_name || " * 20],
}


def place(file: str, line: int, column: int, length: int = 1) -> Place:
    return Place(file=file, line=line, column=column, length=length)


def locate(at: Place) -> Location:
    return Location(file=at.file, line=at.line or 1, column=at.column or 1, length=at.length)


def source(file: str) -> Sequence[str]:
    return FILES.get(file, [])


def render(*diagnostics: Diagnostic, color: bool = False, columns: int = 80) -> str:
    return as_text(diagnostics, locate=locate, source=source, color=color, width=columns)


UNKNOWN = Diagnostic(
    code="MAP101",
    severity="error",
    message="unknown key `acepts`",
    primary=place("mappings/natero/track.yaml", 3, 1, 6),
    help="did you mean `accepts`?",
)
TWICE = Diagnostic(
    code="MAP010",
    severity="warning",
    message="twice",
    primary=place("a.yaml", 9, 2, 3),
    help="rename one",
    related=(
        Related(place=place("a.yaml", 11, 3, 6), message="first used here"),
        Related(place=place("gone.yaml", 7, 5), message="and in a file that is gone"),
    ),
)


def test_one_error() -> None:
    assert render(UNKNOWN) == (
        "error[MAP101]: unknown key `acepts`\n"
        "  --> mappings/natero/track.yaml:3:1\n"
        "   |\n"
        " 3 | acepts: track\n"
        "   | ^^^^^^\n"
        "   = help: did you mean `accepts`?\n"
    )


def test_colour() -> None:
    assert render(UNKNOWN, color=True) == (
        "\x1b[1;31merror[MAP101]\x1b[0m\x1b[1m: unknown key `acepts`\x1b[0m\n"
        "  \x1b[1;34m-->\x1b[0m mappings/natero/track.yaml:3:1\n"
        "   \x1b[1;34m|\x1b[0m\n"
        " \x1b[1;34m3\x1b[0m \x1b[1;34m|\x1b[0m acepts: track\n"
        "   \x1b[1;34m|\x1b[0m \x1b[1;31m^^^^^^\x1b[0m\n"
        "   \x1b[1;34m=\x1b[0m \x1b[1mhelp\x1b[0m: did you mean `accepts`?\n"
    )


def test_related_places_and_order() -> None:
    assert render(UNKNOWN, TWICE) == (
        "warning[MAP010]: twice\n"
        "   --> a.yaml:9:2\n"
        "    |\n"
        "  9 |     key: 日本語 == x\n"
        "    |     ^^^\n"
        "    = help: rename one\n"
        "note: first used here\n"
        "   --> a.yaml:11:3\n"
        "    |\n"
        " 11 |   mañana 😀 && y\n"
        "    |   ------\n"
        "note: and in a file that is gone\n"
        "   --> gone.yaml:7:5\n"
        "\n"
        "error[MAP101]: unknown key `acepts`\n"
        "  --> mappings/natero/track.yaml:3:1\n"
        "   |\n"
        " 3 | acepts: track\n"
        "   | ^^^^^^\n"
        "   = help: did you mean `accepts`?\n"
    )


def test_colour_of_warnings_and_notes() -> None:
    shown = render(TWICE, color=True)
    assert shown.startswith("\x1b[1;33mwarning[MAP010]\x1b[0m\x1b[1m: twice\x1b[0m\n")
    assert "    \x1b[1;34m|\x1b[0m     \x1b[1;33m^^^\x1b[0m\n" in shown
    assert "\x1b[1;36mnote\x1b[0m: first used here\n" in shown
    assert "\x1b[1;34m------\x1b[0m" in shown


def test_same_place_goes_by_code() -> None:
    at = place("gone.yaml", 1, 1)
    codes = ["MAP201", "MAP003", "MAP101"]
    shown = render(*[Diagnostic(code=code, severity="error", message="m", primary=at) for code in codes])
    assert [line[6:12] for line in shown.splitlines() if line.startswith("error")] == ["MAP003", "MAP101", "MAP201"]
    assert shown.startswith("error[MAP003]: m\n  --> gone.yaml:1:1\n\nerror[MAP101]")


def test_no_diagnostics() -> None:
    assert render() == ""


@pytest.mark.parametrize(
    ("columns", "line", "marks"),
    [
        (
            80,
            " 1 | … && a_long_name && a_long_name && oops || another_name || another_name ||…",
            "   |                                    ^^^^",
        ),
        (
            120,
            " 1 | …_name && a_long_name && a_long_name && a_long_name && oops "
            "|| another_name || another_name || another_name || ano…",
            "   |                                                        ^^^^",
        ),
    ],
)
def test_long_lines_are_cut(columns: int, line: str, marks: str) -> None:
    column = FILES["long.yaml"][0].index("oops") + 1
    wrong = Diagnostic(code="MAP301", severity="error", message="what", primary=place("long.yaml", 1, column, 4))
    shown = render(wrong, columns=columns).splitlines()
    assert shown[3:] == [line, marks]
    assert columns - 5 < len(line) <= columns


def cut(line: str, column: int, length: int = 1, room: int = 24) -> tuple[str, str]:
    return underline(line, column=column, length=length, mark="^", room=room)


@pytest.mark.parametrize(
    ("line", "column", "length", "expected"),
    [
        ("ab: c", 5, 1, ("ab: c", "    ^")),
        ("ab: c", 6, 3, ("ab: c", "     ^")),
        ("", 1, 1, ("", "^")),
        ("日本: x", 5, 1, ("日本: x", "      ^")),
        ("日本: x", 2, 1, ("日本: x", "  ^^")),
        ("a\tb\tc", 3, 1, ("a   b   c", "    ^")),
        ("\t\tb", 2, 2, ("        b", "    ^^^^^")),
        ("e\u0301x", 3, 1, ("e\u0301x", " ^")),
        ("a\x00\x1b[31m\x7f", 3, 1, ("a␀␛[31m␡", "  ^")),
        ("x\u202ey", 3, 1, ("x\\u202ey", "       ^")),
        ("x\U000e0001y", 3, 1, ("x\\U000e0001y", "           ^")),
        ("0123456789012345678901234567890", 1, 1, ("01234567890123456789012…", "^")),
        ("0123456789012345678901234567890", 31, 1, ("…89012345678901234567890", "                       ^")),
        ("0123456789012345678901234567890", 32, 1, ("…9012345678901234567890", "                       ^")),
        ("0123456789" * 5, 26, 2, ("…5678901234567890123456…", "           ^^")),
        ("0123456789" * 5, 3, 40, ("…2345678901234567890123…", " ^^^^^^^^^^^^^^^^^^^^^^")),
        ("日" * 30, 15, 1, ("…日日日日日日日日日日日…", "           ^^")),
    ],
)
def test_frames(line: str, column: int, length: int, expected: tuple[str, str]) -> None:
    assert cut(line, column, length) == expected


@given(
    st.text(alphabet=st.characters(exclude_characters="\n"), max_size=120),
    st.integers(1, 130),
    st.integers(1, 130),
    st.integers(0, 90),
)
def test_a_frame_fits_and_its_marks_stand_below(line: str, column: int, length: int, room: int) -> None:
    shown, marks = cut(line, column, length, room)
    assert width(shown) <= max(room, 20)
    assert len(marks) <= max(room, 20)
    assert marks.strip(" ") and set(marks.strip(" ")) == {"^"}
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Zl", "Zp"}


@given(st.text(alphabet="ab日😀\t \x07", min_size=1, max_size=60), st.data())
def test_the_mark_stands_below_the_character(line: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(line) - 1))
    shown, marks = cut(line, index + 1, 1, 40)
    before = len(marks) - len(marks.lstrip(" "))
    below = ""
    column = 0
    for character in shown.ljust(60):
        if before <= column < before + len(marks.strip(" ")):
            below += character
        column += width(character)
    assert below == cells(line)[index] or below.strip() == cells(line)[index].strip()


def test_a_message_can_not_move_the_cursor() -> None:
    nasty = Diagnostic(
        code="MAP101",
        severity="error",
        message="key `\x1b[2J\n`",
        primary=place("x\r.yaml", 1, 1),
        help="\x9b1m",
        related=(Related(place=place("y", 1, 1), message="\u2028"),),
    )
    assert render(nasty) == (
        "error[MAP101]: key `␛[2J␊`\n  --> x␍.yaml:1:1\n   = help: \\u009b1m\nnote: \\u2028\n  --> y:1:1\n"
    )
    assert visible("日 é 👩\u200d👩") == "日 é 👩\u200d👩"


def test_summary() -> None:
    assert summary([], files=6) == "no problems in 6 files"
    assert summary([], files=1) == "no problems in 1 file"
    assert summary([UNKNOWN], files=1) == "1 error in 1 file"
    assert summary([TWICE, TWICE], files=2) == "2 warnings in 2 files"
    assert summary([UNKNOWN, TWICE, UNKNOWN], files=3) == "2 errors, 1 warning in 3 files"


LENGTHY = Diagnostic(
    code="MAP412",
    severity="warning",
    message="`max_events: 20` has no effect: the body of `event` is `json`, which is one event",
    primary=place("a.yaml", 9, 2, 3),
    help="delete it; where the destination takes several, write `body: ndjson` or `body: {records: KEY}`",
    related=(Related(place=place("gone.yaml", 7, 5), message="this is where the form of the body is said for all"),),
)
FOLDED = """\
warning[MAP412]: `max_events: 20` has no effect:
                 the body of `event` is `json`,
                 which is one event
  --> a.yaml:9:2
   |
 9 |     key: 日本語 == x
   |     ^^^
   = help: delete it; where the destination takes
           several, write `body: ndjson` or
           `body: {records: KEY}`
note: this is where the form of the body is said
      for all
  --> gone.yaml:7:5
"""


def test_messages_and_help_are_broken_at_their_words_and_not_in_code() -> None:
    told = as_text([LENGTHY], locate=locate, source=source, color=False, width=50, fold=True)
    assert told == FOLDED
    assert as_text([LENGTHY], locate=locate, source=source, color=False, width=200, fold=True) == render(LENGTHY)


def test_colours_change_no_fold() -> None:
    told = as_text([LENGTHY], locate=locate, source=source, color=True, width=50, fold=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", told) == FOLDED
    assert "\x1b[1m: `max_events: 20` has no effect:\x1b[0m\n                 \x1b[1mthe body" in told


def test_without_folds_a_message_is_one_line_whatever_the_width() -> None:
    assert LENGTHY.message in render(LENGTHY, columns=20)
    assert LENGTHY.help is not None
    assert f"= help: {LENGTHY.help}\n" in render(LENGTHY, columns=20)


def test_what_is_longer_than_the_terminal_stands_out_whole() -> None:
    path = "mappings/" + "deep/" * 12 + "track.yaml"
    code = "`" + "a || " * 12 + "b`"
    assert folded(f"look at {path} and {code} there", 30) == ["look at", path, "and", code, "there"]
    assert folded("one ` alone, and then more words", 20) == ["one ` alone, and", "then more words"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "this ` is never closed; look at `a b` and go on",
            ["this ` is never closed; look", "at `a b` and go on"],
        ),
        ("it`s never closed; look at the `a b` of it", ["it`s never closed; look at the", "`a b` of it"]),
        ("here `it is never closed; look at `a b` of it", ["here `it is never closed; look", "at `a b` of it"]),
        ("what we look at here is (`a b c d`), and no more", ["what we look at here is", "(`a b c d`), and no more"]),
        ("what holds nothing here is a ` #` or such", ["what holds nothing here is a", "` #` or such"]),
        ("nothing is closed here, what is `` a b c d", ["nothing is closed here, what", "is `` a b c d"]),
    ],
)
def test_a_backtick_alone_glues_nothing(text: str, lines: list[str]) -> None:
    assert folded(text, 30) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("日本 の 文字 は 二 つ の 桁 を 取る", ["  日本 の 文字 は 二", "  つ の 桁 を 取る"]),
        ("日本の文字は二つの桁を取る とても", ["  日本の文字は二つの桁を取る", "  とても"]),
        ("🚚🚚🚚🚚 🚚🚚🚚🚚 `🚚 🚚🚚` end", ["  🚚🚚🚚🚚 🚚🚚🚚🚚", "  `🚚 🚚🚚` end"]),
        (
            "e\u0301e\u0301e\u0301e\u0301 cafe\u0301 is all ten",
            ["  e\u0301e\u0301e\u0301e\u0301 cafe\u0301 is all ten"],
        ),
        ("two  blanks and  two", ["  two  blanks and  two"]),
        ("twenty columns and   two", ["  twenty columns and", "  two"]),
    ],
)
def test_a_line_is_as_wide_as_the_terminal_shows_it(text: str, lines: list[str]) -> None:
    assert folded(text, 22, indent="  ") == lines


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("out", "broken"), [(Terminal(), True), (StringIO(), False)])
def test_only_a_terminal_is_folded_for(out: StringIO, broken: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("NO_COLOR", "1")
    print_text([LENGTHY], {}, out)
    assert (LENGTHY.message in out.getvalue()) is not broken
    assert max(map(len, out.getvalue().splitlines())) <= 50 or not broken
