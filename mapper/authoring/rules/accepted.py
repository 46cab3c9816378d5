"""The call types a file accepts, with their places."""

from __future__ import annotations

from mapper.authoring.document import Document
from mapper.records.diagnostic import Place


def accepted(document: Document) -> dict[str, Place]:
    """Each type under ``accepts``, which may be one text or a list, and where it stands."""
    data = document.data.get("accepts")
    if isinstance(data, str):
        return {data: document.place(("accepts",))}
    kinds = enumerate(data if isinstance(data, list) else ())
    return {kind: document.place(("accepts", at)) for at, kind in kinds if isinstance(kind, str)}
