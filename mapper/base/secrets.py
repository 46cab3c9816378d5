"""A text that never shows itself."""

from __future__ import annotations

MASK = "***"


class Secret:
    """A credential: printing, formatting, logging or pickling it gives ``***``.

    The text is reached by :meth:`reveal` alone, so that every use can be found by searching for that word.
    Not a ``str`` on purpose: a secret put where a string is wanted is a type error, not a leak.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text itself; call it only where the text leaves for its destination."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (MASK,)
