"""What running code learns of the objects that it is given, so that more of it is written for what comes often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import reduce
from itertools import repeat
from operator import or_
from typing import Any, Final

from mapper.compiler.layout import Layout, layout_of

Keys = tuple[str, ...]
Dealer = Callable[[Any, dict[str, Any]], dict[str, Any] | None]
"""Makes of a call, and of the object that is shared, what is made of that; None: the code for any object has to."""

ENOUGH: Final = 300
"""Objects of one layout: so many that what is written for them is soon worth the milliseconds that it takes."""
_MOST_KEYS: Final = 1000
_LONGEST_KEYS: Final = 2000
"""Characters of all keys of an object; with these two no calls can fill the memory."""
_MOST_DEALERS: Final = 100
_MOST_LAYOUTS: Final = 10
"""Of objects with the same keys: where there are more, none comes often enough."""
_LARGEST: Final = 60
"""Fields of an object that code is written for."""
_BITS: Final = 30
"""Python computes quickest with numbers of so many bits; fields beyond them share the last."""


class Kin(dict[Keys, tuple[int, Dealer | None]]):
    """By the keys that an object has: which fields may find something there, and what deals out just such objects.

    Objects of one source mostly have the same keys, in the same order, and the same kinds of values under them: what
    comes often like that gets a dealer.

    Args:
        write: Writes a dealer for objects of a layout; None where it can't.

    Attributes:
        bits: The fields that may take a key.
    """

    def __init__(self, write: Callable[[Layout], Dealer | None] | None = None) -> None:
        super().__init__()
        self.bits: dict[str, int] = {}
        self._write = write
        self._written = 0

    def wants(self, key: str, field: int) -> None:
        """A field, known by its number, may take a key."""
        self.bits[key] = self.bits.get(key, 0) | bit(field)

    def __missing__(self, keys: Keys) -> tuple[int, Dealer | None]:
        there = reduce(or_, map(self.bits.get, keys, repeat(0)), 0)
        if sum(map(len, keys)) > _LONGEST_KEYS:
            return there, None
        if len(self) >= _MOST_KEYS:
            self._forget()
        self[keys] = there, self._learner(keys) if self._write and self._written < _MOST_DEALERS else None
        return self[keys]

    def _forget(self) -> None:
        """What comes often is soon there again; the dealers stay."""
        for keys, (_, dealer) in list(self.items()):
            if dealer is None or isinstance(dealer, _Learner):
                del self[keys]

    def _learner(self, keys: Keys) -> _Learner:
        def learnt(layout: Layout | None) -> Dealer | None:
            self._written += layout is not None
            dealer = self._write(layout) if self._write and layout else None
            self[keys] = self[keys][0], dealer
            return dealer

        return _Learner(learnt)


class _Learner:
    """Looks at objects with the same keys until it knows the layout that comes often.

    Args:
        learnt: Is told the layout, None where there is none; gives the dealer that was written for it.
    """

    def __init__(self, learnt: Callable[[Layout | None], Dealer | None]) -> None:
        self._learnt = learnt
        self._seen: Counter[Layout] = Counter()

    def __call__(self, call: Any, shared: dict[str, Any]) -> dict[str, Any] | None:
        layout = layout_of(shared, _LARGEST, _LONGEST_KEYS)
        if layout is None:
            self._learnt(None)
            return None
        self._seen[layout] += 1
        if self._seen[layout] >= ENOUGH:
            return self._tried(layout, call, shared)
        if len(self._seen) > _MOST_LAYOUTS:
            self._learnt(None)
        return None

    def _tried(self, layout: Layout, call: Any, shared: dict[str, Any]) -> dict[str, Any] | None:
        """What a dealer makes of the object at hand; if that is nothing, others of its layout would fare no better."""
        dealer = self._learnt(layout)
        made = dealer(call, shared) if dealer is not None else None
        if made is None:
            self._learnt(None)
        return made


def bit(field: int) -> int:
    """The bit that stands for a field, known by its number."""
    return 1 << min(field, _BITS - 1)
