"""Did you mean ...?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known name that `word` most likely stands for, or None where none is near.

    Case and the difference between ``_`` and ``-`` count for nothing: ``User-ID`` finds ``user_id``.
    """
    folded: dict[str, list[str]] = {}
    for name in sorted(known):
        folded.setdefault(_fold(name), []).append(name)
    match = get_close_matches(_fold(word), folded, n=1, cutoff=0.7)
    return get_close_matches(word, folded[match[0]], n=1, cutoff=0.0)[0] if match else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A help line naming the closest known name, or None where none is near."""
    name = closest(word, known)
    return None if name is None or name == word else f"did you mean `{name}`?"


def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()
