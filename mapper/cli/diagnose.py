"""Shows diagnostics in the format asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from mapper.authoring.document import Document
from mapper.authoring.offsets import locate
from mapper.authoring.source import source_lines as read_lines
from mapper.authoring.source import split_lines
from mapper.cli.console import colored, width, wrapping
from mapper.records.diagnostic import Diagnostic, Location, Place
from mapper.render.text import as_text


def locator(documents: Mapping[str, Document]) -> Callable[[Place], Location]:
    """Finds places in these documents."""
    return lambda place: locate(place, documents)


def source_lines(documents: Mapping[str, Document]) -> Callable[[str], Sequence[str]]:
    """Gives the lines of a file: of a document as it was read, else from disk where it is text."""

    def lines(file: str) -> Sequence[str]:
        if file in documents:
            return split_lines(documents[file].text)
        return read_lines(Path(file))

    return lines


def print_text(diagnostics: Iterable[Diagnostic], documents: Mapping[str, Document], out: TextIO) -> None:
    """Write diagnostics for people."""
    text = as_text(
        diagnostics,
        locate=locator(documents),
        source=source_lines(documents),
        color=colored(out),
        width=width(),
        fold=wrapping(out) is not None,
    )
    out.write(text)
    if text and out is not sys.stdout:
        out.flush()
