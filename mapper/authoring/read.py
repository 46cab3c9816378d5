"""A YAML file -> document: the one door through which text comes in."""

from __future__ import annotations

from pathlib import Path

from mapper.authoring.compose import compose
from mapper.authoring.document import Document
from mapper.authoring.source import read_text
from mapper.records.diagnostic import Diagnostic


def read_document(
    path: Path, *, shown: str | None = None, first: str = "mapper: 1"
) -> tuple[Document | None, list[Diagnostic]]:
    """Read a file as data only; whatever is wrong with it is a diagnostic, never an exception.

    Args:
        path: The file.
        shown: Its path as people should see it; `path` if not given.
        first: The line with which such a file begins, for one that lacks it.

    Returns:
        The document and what is wrong. No document where the text can't be read as data; where keys stand twice there
        is one, holding the first of them.
    """
    file = str(path) if shown is None else shown
    text, diagnostics = read_text(path, shown=file)
    return (None, diagnostics) if text is None else compose(text, file=file, first=first)
