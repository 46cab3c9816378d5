"""Finding one call in a file, by its line or its ``messageId``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NoReturn

from mapper.base.json import encode
from mapper.cli.console import await_terminal, fail, say
from mapper.engine.call import message_id, read_call
from mapper.intake.read import read_lines
from mapper.intake.sources import IntakeError, find_sources
from mapper.records.line import Line
from mapper.review.cases import Case, CaseError, CaseFile, case_file, read_case


def call_at(file: str | None, line: int | None, identity: str | None, max_line_bytes: int) -> Line:
    """The call that is meant, or the end of the command.

    Args:
        file: A path, or ``-`` for standard input, which None means too where it is no terminal.
        line: Its line, or item; None: see `identity`.
        identity: Its ``messageId``; None too: the first call, and it is said how to choose.
        max_line_bytes: Most bytes of a call.
    """
    if file is None and sys.stdin.isatty():
        fail("name a file of calls", "`mapper explain FILE`; `-` reads standard input")
    file = file or "-"
    name = "standard input" if file == "-" else file
    if file != "-" and Path(file).is_dir():
        fail(f"{file} is a folder", "name a file in it")
    await_terminal([file])
    try:
        (source,) = find_sources([file])
        lines = read_lines(source, max_line_bytes=max_line_bytes)
        if line is not None:
            found = _at_line(lines, name, line)
        elif identity is not None:
            found = _of_identity(lines, name, identity)
        else:
            found = _first(lines, name)
    except IntakeError as error:
        fail(str(error), error.help)
    if found.fault is not None:
        fail(f"line {found.number} of {name} is no call: {found.fault}", "choose another with --line N")
    return found


def case_at(file: str | None) -> tuple[CaseFile, Case] | None:
    """The case in a file; None where it holds none. One that is damaged ends the command."""
    if file is None or not (path := Path(file)).is_file():
        return None
    try:
        return case_file(path.resolve()), read_case(path)
    except CaseError as error:
        if error.meant:
            fail(str(error), "mend the case; `mapper snap test` shows all that is wrong with cases")
        return None


def _first(lines: Iterator[Line], name: str) -> Line:
    found = list(islice(lines, 2))
    if not found:
        fail(f"there is no call in {name}", "name a file of Segment calls")
    if len(found) > 1:
        say(f"the first call of {name}; --line N or --message-id ID chooses another")
    return found[0]


def _at_line(lines: Iterator[Line], name: str, wanted: int) -> Line:
    last = 0
    for line in lines:
        if line.number == wanted:
            return line
        last = line.number
    return _none(name, f"has no line {wanted}", last)


def _of_identity(lines: Iterator[Line], name: str, wanted: str) -> Line:
    last = 0
    within = encode(wanted)[1:-1]
    for line in lines:
        last = line.number
        if (within in line.raw or b"\\" in line.raw) and line.fault is None:
            call = read_call(line.raw, 0)
            if isinstance(call, dict) and message_id(call) == wanted:
                return line
    return _none(name, f"has no call with the messageId {wanted}", last)


def _none(name: str, what: str, last: int) -> NoReturn:
    has = f"it has {last:,} line{'s' * (last != 1)}; blank lines count, items of an array are counted from 1"
    fail(f"{name} {what}", has if last else "it is empty")
