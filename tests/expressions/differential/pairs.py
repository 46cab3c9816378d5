"""Pairs of expression and value, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from mapper.expressions.functions import FUNCTIONS
from tests.expressions.differential.compare import Pair
from tests.expressions.differential.texts import Maker
from tests.expressions.differential.values import root

STANDARD: Final = tuple(name for name, function in FUNCTIONS.items() if function.standard)
OURS: Final = tuple(name for name, function in FUNCTIONS.items() if not function.standard)
_PIECES: Final = (
    *("a", "b", "@", "*", ".", "[", "]", "(", ")", "{", "}", "&", "&&", "|", "||", "!", "!=", "=", "==", "<", ">="),
    *(
        ",",
        ":",
        "?",
        "[]",
        "[*]",
        "[?",
        "'",
        '"',
        "`",
        "\\",
        "0",
        "-",
        "-1",
        "1:",
        " ",
        "\n",
        "#",
        "$",
        "é",
        "東",
        "\ud800",
    ),
    *("`null`", "`bare`", "`[1`", "'it\\'s'", '"\\u00e9"', '"\\x"', "123456789012345678901234567890", "\x00", "\u00a0"),
)
_SHARE_SPOILT: Final = 0.1
_PER_VALUE: Final = 4


def pairs(seed: int, count: int, functions: tuple[str, ...] = STANDARD) -> Iterator[Pair]:
    """So many pairs; in a tenth of them the expression was spoilt by a few random edits."""
    rng = random.Random(seed)
    maker = Maker(rng, functions)
    for number in range(count):
        if number % _PER_VALUE == 0:
            value = root(rng)
        text = maker.expression(value)
        yield Pair(_spoil(text, rng) if rng.random() < _SHARE_SPOILT else text, value)


def _spoil(text: str, rng: random.Random) -> str:
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.choice((0, 0, 1, 1, 2, 5)))
        text = text[:at] + rng.choice(("", *_PIECES)) + text[end:]
    return text
