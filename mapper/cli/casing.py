"""What ``mapper snap new`` does."""

from __future__ import annotations

import sys
from collections.abc import Container, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from mapper.app.locked import Locked, LockError, shown
from mapper.app.newcase import NewCase, new_case, read_call, write_case
from mapper.app.project import ProjectError
from mapper.base.json import JsonError, encode
from mapper.cli.console import await_terminal, fail, note, wrapping
from mapper.cli.snapping import refuse_in_ci
from mapper.intake.read import read_lines
from mapper.intake.sources import IntakeError, find_sources
from mapper.render.cells import cut
from mapper.review.leaves import leaves, path_text

_WIDEST: Final = 40
"""Columns that a path may take before what stands beside it moves."""


def make_case(
    locks: Sequence[Locked],
    source: str,
    line: int,
    *,
    mapping: str | None,
    name: str | None,
    about: str | None,
    keep: Sequence[str],
) -> None:
    """``mapper snap new``; says by its path what was replaced, and what was not with its value."""
    refuse_in_ci("new")
    if len(locks) > 1:
        folders = [shown(locked.folder) for locked in locks]
        fail(f"cases lie in {', '.join(folders)}", f"name one: --cases {folders[0]}")
    call = _call(source, line)
    try:
        new = new_case(locks[0], call, mapping=mapping, name=name, about=about, keep=frozenset(keep))
    except ProjectError as error:
        fail(str(error), error.help)
    except LockError as error:
        fail(str(error))
    try:
        write_case(new)
    except OSError as error:
        fail(f"can't write {shown(new.file.path)}: {error.strerror}", "make the folder writable")
    _tell(new, source, line)


def _call(source: str, line: int) -> dict[str, Any]:
    name = "standard input" if source == "-" else source
    await_terminal([source])
    if source != "-" and Path(source).is_dir():
        fail(f"{source} is a folder", "name a file in it")
    try:
        (found_source,) = find_sources([source])
        found = next(islice(read_lines(found_source, from_line=line), 1), None)
    except IntakeError as error:
        fail(str(error), error.help)
    if found is None or found.number != line:
        fail(f"{name} has no line {line}", "blank lines count; items of an array are counted from 1")
    fault = found.fault
    try:
        call = {} if fault else read_call(found.raw)
    except JsonError as error:
        fault = str(error)
    if fault:
        fail(f"line {line} of {name} is no call: {fault}", "name a line that holds a Segment call")
    return call


def _tell(new: NewCase, source: str, line: int) -> None:
    print(f"made {shown(new.file.path)} of line {line}{'' if source == '-' else f' of {source}'}")
    replaced = new.anonymous.replaced
    _list("stand-ins are in place of", replaced)
    _list("left as they came; read them before the case leaves this machine", _kept(new.case.call, dict(replaced)))
    for path in new.otherwise:
        note(f"with stand-ins, {path} is otherwise; --keep PATH keeps a value as it is")
    print(f"next: `mapper snap review {new.file.id}`")


def _kept(call: dict[str, Any], replaced: Container[str]) -> list[tuple[str, str]]:
    """The texts and numbers that have no stand-in, with their paths; the type and what is empty say nothing."""
    values = ((path_text(path), value) for path, value in leaves(call) if path != ("type",))
    return [
        (path, encode(value).decode())
        for path, value in values
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "" and path not in replaced
    ]


def _list(head: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        print(f"{head}:")
    indent = min(max((len(path) for path, _ in rows), default=0), _WIDEST)
    for path, text in rows:
        print(cut(f"  {path:<{indent}}  {text}", wrapping(sys.stdout)))
