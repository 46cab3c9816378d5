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
WriteDealer = Callable[[Layout, Callable[[], None]], Dealer | None]
"""Writes a dealer for objects of a layout, which tells where it leaves one to others; None where it can't."""

ENOUGH: Final = 500
"""Objects of one layout: so many that what is written for them soon saves the milliseconds that it takes."""
MOST_DEALERS: Final = 100
"""That one function asks for."""
_MOST_KINDS: Final = 1000
_MOST_LEARNERS: Final = 100
_MOST_LAYOUTS: Final = 10
"""Of objects with the same keys: where there are more, none comes often enough."""
MOST_TRIES: Final = 3
"""For objects with the same keys, after the first."""
_LARGEST: Final = 60
"""Fields of an object that code is written for."""
_LONGEST: Final = 2000
"""Characters of all keys of an object. With these bounds no calls can fill the memory, nor take up much time."""
_BITS: Final = 30
"""Python computes quickest with numbers of so many bits; fields beyond them share the last."""


class Kin(dict[Keys, tuple[int, Dealer | None]]):
    """By the keys that an object has: which fields may find something there, and what deals out just such objects.

    Objects of one source mostly have the same keys, in the same order, and the same kinds of values under them: what
    comes often like that gets a dealer.

    Args:
        write: Writes dealers; None: there are none.

    Attributes:
        bits: The fields that may take a key.
    """

    def __init__(self, write: WriteDealer | None = None) -> None:
        super().__init__()
        self.bits: dict[str, int] = {}
        self._write = write
        self._left = MOST_DEALERS
        self._learners = 0

    def wants(self, key: str, field: int) -> None:
        """A field, known by its number, may take a key."""
        self.bits[key] = self.bits.get(key, 0) | bit(field)

    def written(self, layout: Layout, missed: Callable[[], None]) -> Dealer | None:
        """A dealer for objects of a layout; None where it can't be written, or enough have been."""
        self._left -= 1
        return self._write(layout, missed) if self._write is not None and self._left >= 0 else None

    def __missing__(self, keys: Keys) -> tuple[int, Dealer | None]:
        there = reduce(or_, map(self.bits.get, keys, repeat(0)), 0)
        if sum(map(len, keys)) > _LONGEST:
            return there, None
        if len(self) >= _MOST_KINDS:
            self._forget()
        learns = self._write is not None and self._left > 0 and self._learners < _MOST_LEARNERS
        self.settle(keys, there, _Learner(self, keys, there) if learns else None)
        return self[keys]

    def settle(self, keys: Keys, there: int, dealer: Dealer | None) -> None:
        """From now on, this is for objects with these keys."""
        _, before = self.get(keys, (0, None))
        self._learners += isinstance(dealer, _Learner) - isinstance(before, _Learner)
        self[keys] = there, dealer

    def _forget(self) -> None:
        """What comes often is soon there again; the dealers stay."""
        for keys, (_, dealer) in list(self.items()):
            if dealer is None or isinstance(dealer, _Learner):
                del self[keys]
        self._learners = 0


class _Learner:
    """Looks at objects with the same keys until it knows a layout that comes often; leaves them to others meanwhile."""

    def __init__(self, kin: Kin, keys: Keys, there: int) -> None:
        self._kin = kin
        self._keys = keys
        self._there = there
        self._seen: Counter[Layout] = Counter()
        self._missed = 0
        self._tries = MOST_TRIES

    def __call__(self, call: Any, shared: dict[str, Any]) -> dict[str, Any] | None:
        layout = layout_of(shared, _LARGEST, _LONGEST)
        if layout is None or (layout not in self._seen and len(self._seen) >= _MOST_LAYOUTS):
            self._settle(None)
            return None
        self._seen[layout] += 1
        if self._seen[layout] < ENOUGH:
            return None
        dealer = self._kin.written(layout, self._miss)
        self._settle(dealer)
        made = dealer(call, shared) if dealer is not None else None
        if made is None:  # others of its layout would fare no better
            self._settle(None)
        return made

    def _miss(self) -> None:
        """The dealer left an object to others: where that goes on, another layout may come often by now."""
        self._missed += 1
        if self._missed >= ENOUGH and self._tries > 0:
            self._missed = 0
            self._tries -= 1
            self._settle(self)

    def _settle(self, dealer: Dealer | None) -> None:
        self._seen.clear()
        self._kin.settle(self._keys, self._there, dealer)


def bit(field: int) -> int:
    """The bit that stands for a field, known by its number."""
    return 1 << min(field, _BITS - 1)
