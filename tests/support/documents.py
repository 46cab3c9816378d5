"""Documents from bytes at hand."""

from __future__ import annotations

from mapper.authoring.compose import compose
from mapper.authoring.document import Document
from mapper.authoring.source import decode_text
from mapper.records.diagnostic import Diagnostic


def parse_document(raw: bytes, *, file: str) -> tuple[Document | None, list[Diagnostic]]:
    """As ``read_document`` does with a file of these bytes."""
    text, diagnostics = decode_text(raw, file=file)
    return (None, diagnostics) if text is None else compose(text, file=file)
