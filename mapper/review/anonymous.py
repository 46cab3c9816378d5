"""A real call with stand-ins for what says who it is of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mapper.review.identifying import is_kept, kind_of, may_hide
from mapper.review.leaves import Path, leaves, path_text, repeated
from mapper.review.standins import EMAIL, UUID, StandIns

_CREDENTIAL: Final = "writeKey"
_TELLING: Final = re.compile(r"https?://\S+|" + f"{EMAIL.pattern}|{UUID.pattern}|" + r"\+?\d[\d ()./-]{5,}\d")
"""What gives somebody away wherever it stands: an address, a link, a long id, a number of seven digits or more."""
_VAGUE: Final = frozenset({"text", "link"})
_COMMON: Final = frozenset({"true", "false", "null", "none", "unknown", "other", "test", "user", "name"})
_LEAST_WORD: Final = 4
"""Shorter words are looked for as whole values only: they stand everywhere."""


@dataclass(frozen=True, slots=True)
class Anonymous:
    """A call that says nothing of anybody.

    Attributes:
        call: The call; values that were equal are equal.
        replaced: The path of each value that has a stand-in, and what it was: ``id``, ``email``, ``text`` ...
        equal: Paths of values that are equal to each other.
    """

    call: dict[str, Any]
    replaced: tuple[tuple[str, str], ...]
    equal: tuple[tuple[str, ...], ...]


def anonymous(call: Mapping[str, Any], keep: frozenset[str] = frozenset()) -> Anonymous:
    """Put stand-ins in place of what identifies somebody; times stay, and credentials are left out.

    Args:
        call: A Segment call.
        keep: Paths whose values stay as they are.
    """
    writer = _Writer(dict(call), keep)
    made = writer.write(dict(call), ())
    if made.pop(_CREDENTIAL, None) is not None:
        writer.replaced[_CREDENTIAL] = "left out"
    equal = tuple(map(tuple, repeated(made).values()))
    return Anonymous(call=made, replaced=tuple(sorted(writer.replaced.items())), equal=equal)


class _Writer:
    def __init__(self, call: dict[str, Any], keep: frozenset[str]) -> None:
        found = list(leaves(call))
        self._keep = keep
        self._stand_ins = StandIns(str(value) for _, value in found)
        self.replaced: dict[str, str] = {}
        kinds = {path: kind_of(path, value) for path, value in found if path_text(path) not in keep}
        self._whole: dict[Path, Any] = {}
        self._values: dict[str, str] = {}
        # First what is somebody's for sure, so that other texts can be searched for it.
        self._fill(found, {path: kind for path, kind in kinds.items() if kind and kind not in _VAGUE})
        known = self._stand_ins.remember() | self._values
        words = {word.lower(): made for word, made in known.items() if len(word) >= _LEAST_WORD}
        self._words = {word: made for word, made in words.items() if word not in _COMMON}
        alternatives = "|".join(map(re.escape, sorted(self._words, key=len, reverse=True)))
        self._pattern = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE) if alternatives else None
        self._fill(found, {path: kind for path, kind in kinds.items() if kind in _VAGUE})

    def _fill(self, found: list[tuple[Path, Any]], kinds: Mapping[Path, str | None]) -> None:
        for path, value in found:
            if kind := kinds.get(path):
                self._whole[path] = self._stand_in(kind, value)
                if self._whole[path] != value:
                    self.replaced[path_text(path)] = kind
                if isinstance(value, str):
                    self._values[value] = self._whole[path]

    def write(self, value: Any, path: Path) -> Any:
        """The value with stand-ins in it; `path` is where it stands."""
        if isinstance(value, dict) and value:
            return {self._key(key, path): self.write(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list) and value:
            return [self.write(inner, (*path, at)) for at, inner in enumerate(value)]
        if path in self._whole:
            return self._whole[path]
        if not isinstance(value, str) or path_text(path) in self._keep or not may_hide(path, value):
            return value
        made = self._values.get(value) or self._searched(value)
        if made != value:
            self.replaced[path_text(path)] = "text"
        return made

    def _stand_in(self, kind: str, value: Any) -> Any:
        if not isinstance(value, str):
            return self._stand_ins.number(value)
        if kind == "birthday":
            return self._stand_ins.birthday(value)
        return self._stand_ins.url(value) if kind == "link" else self._stand_ins.text(value)

    def _searched(self, text: str) -> str:
        """What is kept, but for what identifies within it."""
        if self._pattern:
            text = self._pattern.sub(lambda found: self._words[found[0].lower()], text)
        return _TELLING.sub(lambda found: self._stand_ins.text(found[0]), text)

    def _key(self, key: str, path: Path) -> str:
        """Names of fields may be people's too, where they are keys of a table."""
        if not path or is_kept((*path, key)):
            return key  # a field that all calls have
        return self._values.get(key) or _TELLING.sub(lambda found: self._stand_ins.text(found[0]), key)
