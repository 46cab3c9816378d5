"""Places of mapping files in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mapper.authoring.document import Document
from mapper.records.diagnostic import Place


def describer(documents: Mapping[str, Document]) -> Callable[[Place], str]:
    """Puts places in these documents into words: ``file:line:column``."""
    return partial(_described, documents=documents)  # unlike a function made here, it can go to another process


def _described(place: Place, *, documents: Mapping[str, Document]) -> str:
    from mapper.authoring.offsets import locate  # workers begin without it, and few ever need it

    found = locate(place, documents)
    return f"{found.file}:{found.line}:{found.column}"
