"""Expressions made for a value: most of them reach something in it, some are ill-typed on purpose.

Each piece of text comes with a sample of what it gives, near enough to choose what can follow. The samples only guide
the choice; what is right is the oracle's to say.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from mapper.expressions.functions import FUNCTIONS
from tests.expressions.differential.calls import ARGUMENTS, sample_of
from tests.expressions.differential.values import NAMES, NUMBERS, TEXTS, any_value

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COMPARATORS: Final = ("==", "!=", "<", "<=", ">", ">=")
_SLICES: Final = ("[1:]", "[:2]", "[::-1]", "[-2:]", "[:-1]", "[::2]", "[2::-1]", "[-1:0:-1]", "[5:]", "[:]", "[1:3:1]")
_ODD: Final = ("foo(@)", "length()", "[::0]", "abs(@, @)", "@ < 'a'", "&a", "sort_by(@, &@)", "nope.nope", "not_null()")
PIPE, OR, AND, COMPARE, UNARY, ATOM = range(6)
"""How tightly a text holds together."""


class Made(NamedTuple):
    """A text, a sample of its result, how tightly it binds, and the open projection's item, if one is open."""

    text: str
    sample: Any
    level: int = ATOM
    open: bool = False
    item: Any = None


def name_of(key: str) -> str:
    """A key as an identifier."""
    return key if _BARE.fullmatch(key) else json.dumps(key)


def literal(value: Any, rng: random.Random) -> str:
    """A JSON value as a literal; strings mostly as raw strings."""
    if isinstance(value, str) and rng.random() < 0.8 and "\\" not in value:
        return "'" + value.replace("'", "\\'") + "'"
    return "`" + json.dumps(value, ensure_ascii=rng.random() < 0.5).replace("`", "\\`") + "`"


def kind_of(value: Any) -> str:
    """JMESPath's name for the type of a value."""
    return str(FUNCTIONS["type"].call(value))


class Maker:
    """Makes expressions for one random source.

    Args:
        functions: Names of those to use besides each other; every one is used equally often.
    """

    def __init__(self, rng: random.Random, functions: Sequence[str]) -> None:
        self.rng = rng
        self.functions = functions
        self.turn = rng.randrange(len(functions))
        self.wild = 0.0
        self.forms: tuple[Callable[[Any, int], Made], ...] = (
            *(self.path, self.path, self.walk, self.walk, self.walk, self.call, self.call),
            *(self.either, self.both, self.negation, self.comparison, self.pipe, self.choice_list, self.choice_dict),
            *(self.literal, self.projection, self.filter, self.flatten),
        )

    def expression(self, value: Any) -> str:
        """One expression for a value; a sixth of them careless about types."""
        self.wild = 0.25 if self.rng.random() < 0.16 else 0.0
        return self.any(value, 0).text

    def any(self, value: Any, depth: int) -> Made:
        if self.wild and self.rng.random() < self.wild * 0.2:
            return Made(self.rng.choice(_ODD), None, PIPE)
        if depth > 3:
            return self.path(value, depth)
        if depth == 0 and self.rng.random() < 0.8:
            made = self.call(value, 0)
            return self.around(made, value) if self.rng.random() < 0.5 else made
        return self.rng.choice(self.forms)(value, depth)

    def around(self, made: Made, value: Any) -> Made:
        """Something built on what was made."""
        chance = self.rng.randrange(4)
        if chance == 0:
            return self.extend(made, 2)
        if chance == 1:
            right = self.any(made.sample, 2)
            return Made(f"{made.text} | {right.text}", right.sample, PIPE)
        other = self.any(value, 2)
        if chance == 2:
            operator, level = self.rng.choice((("||", OR), ("&&", AND), ("==", COMPARE)))
            return Made(f"{self.hold(made, level)} {operator} {self.hold(other, level + 1)}", made.sample, level)
        return Made(f"[{made.text}, {other.text}]", [made.sample, other.sample])

    def hold(self, made: Made, level: int) -> str:
        """The text, in parentheses where it binds less tightly; now and then needlessly, or not at all."""
        chance = self.rng.random()
        if chance < 0.03 or (made.level < level and chance < 0.95):
            return f"({made.text})"
        return made.text

    # -- reading --

    def path(self, value: Any, depth: int) -> Made:
        """From the value inwards, by names and positions."""
        if isinstance(value, dict) and value and self.rng.random() < 0.93:
            key = self.rng.choice([*value] if self.rng.random() < 0.97 else NAMES)
            return self.extend(Made(name_of(key), value.get(key)), 0 if self.rng.random() < 0.4 else 2)
        if isinstance(value, list) and value and self.rng.random() < 0.85:
            return self.extend(Made("@", value), 1)
        return Made("@", value) if self.rng.random() < 0.8 else Made(name_of(self.rng.choice(NAMES)), None)

    def extend(self, made: Made, steps: int) -> Made:
        for _ in range(steps):
            if made.level < ATOM:
                made = Made(f"({made.text})", made.sample)
            sample = made.item if made.open else made.sample
            if isinstance(sample, dict) and sample:
                made = self.into_object(made, sample)
            elif isinstance(sample, list):
                made = self.into_array(made, sample)
        return made

    def into_object(self, made: Made, sample: dict[str, Any]) -> Made:
        if self.rng.random() < 0.2:
            values = [item for item in sample.values() if item is not None]
            return self.opened(made, f"{made.text}.*", values)
        key = self.rng.choice([*sample])
        text = name_of(key) if made.text == "@" and self.rng.random() < 0.7 else f"{made.text}.{name_of(key)}"
        return self.step(made, text, sample[key])

    def into_array(self, made: Made, sample: list[Any]) -> Made:
        chance = self.rng.random()
        start = "" if made.text == "@" and self.rng.random() < 0.5 else made.text
        if chance < 0.45:
            at = self.rng.randrange(-len(sample) - (chance < 0.03), len(sample) + (chance < 0.06)) if sample else 0
            return self.step(made, f"{start}[{at}]", sample[at] if -len(sample) <= at < len(sample) else None)
        if chance < 0.6:
            return self.opened(made, f"{start}{self.rng.choice(_SLICES)}", sample)
        if chance < 0.7:
            flat = [inner for item in sample for inner in (item if isinstance(item, list) else [item])]
            return self.opened(made, f"{start}[]", flat)
        return self.opened(made, f"{start}[*]", sample)

    def step(self, made: Made, text: str, sample: Any) -> Made:
        return Made(text, [sample], ATOM, True, sample) if made.open else Made(text, sample)

    def opened(self, made: Made, text: str, items: list[Any]) -> Made:
        item = self.rng.choice(items) if items else None
        return Made(text, [[item]] if made.open else items, ATOM, True, item)

    # -- of a wanted type --

    def typed(self, value: Any, kind: str, depth: int) -> Made:
        """Something of this type (``numbers`` and ``texts`` are arrays); for the careless, of any."""
        if kind == "any" or self.rng.random() < self.wild:
            return self.any(value, depth + 1)
        here = [made for made in self.inside(value) if fits(made.sample, kind)]
        chance = self.rng.random()
        if here and chance < 0.6:
            return self.rng.choice(here)
        if depth < 2 and chance < 0.8:
            made = self.call(value, depth + 1)
            if fits(made.sample, kind):
                return made
        return self.constant(kind)

    def inside(self, value: Any) -> list[Made]:
        """The value and what it holds, two levels deep."""
        found = [Made("@", value)]
        if isinstance(value, dict):
            for key, item in value.items():
                found.append(Made(name_of(key), item))
                if isinstance(item, dict):
                    found += [Made(f"{name_of(key)}.{name_of(name)}", inner) for name, inner in item.items()]
                elif isinstance(item, list):
                    found += [Made(f"{name_of(key)}[{at}]", inner) for at, inner in enumerate(item[:3])]
        elif isinstance(value, list):
            found += [Made(f"[{at}]", item) for at, item in enumerate(value[:4])]
        return found

    def constant(self, kind: str) -> Made:
        rng = self.rng
        pools: dict[str, Callable[[], Any]] = {
            "string": lambda: rng.choice(TEXTS),
            "number": lambda: rng.choice(NUMBERS),
            "numbers": lambda: rng.choices(NUMBERS, k=rng.randrange(4)),
            "texts": lambda: rng.choices(TEXTS, k=rng.randrange(4)),
            "sortable": lambda: rng.choices(rng.choice((NUMBERS, TEXTS)), k=3),
            "array": lambda: [any_value(rng, 3) for _ in range(rng.randrange(4))],
            "records": lambda: [{"a": rng.choice(NUMBERS), "b": rng.choice(TEXTS)} for _ in range(3)],
            "object": lambda: {name: any_value(rng, 3) for name in rng.sample(NAMES, 2)},
            "null": lambda: None,
        }
        made = pools[kind]()
        return Made(literal(made, rng), made)

    # -- calls --

    def call(self, value: Any, depth: int) -> Made:
        """The function whose turn it is."""
        name = self.functions[self.turn % len(self.functions)]
        self.turn += 1
        return self.calling(name, value, depth)

    def calling(self, name: str, value: Any, depth: int) -> Made:
        made: list[Made] = []
        for parameter in FUNCTIONS[name].parameters:
            if parameter.optional and self.rng.random() < 0.5:
                break
            kinds = ARGUMENTS.get((name, parameter.name), parameter.types)
            for _ in range(self.rng.randrange(1, 4) if parameter.variadic else 1):
                made.append(self.argument(self.rng.choice(kinds), value, depth, made))
        if self.wild and self.rng.random() < self.wild * 0.3:
            made = made[:-1] if self.rng.random() < 0.5 else [*made, *made[:1]]
        if name == "map" and len(made) == 2:  # the expression was made before the array it is for
            item = made[1].sample[0] if isinstance(made[1].sample, list) and made[1].sample else None
            made[0] = self.reference(item, "any", depth)
        text = f"{name}({', '.join(argument.text for argument in made)})"
        return Made(text, sample_of(name, [argument.sample for argument in made]))

    def argument(self, kind: Any, value: Any, depth: int, before: list[Made]) -> Made:
        if isinstance(kind, tuple):  # one of these values
            chosen = self.rng.choice(kind)
            return Made(literal(chosen, self.rng), chosen)
        if kind in {"expref", "sorting"}:
            array = before[0].sample if before else None
            return self.reference(array[0] if isinstance(array, list) and array else None, kind, depth)
        return self.typed(value, kind, depth)

    def reference(self, item: Any, kind: str, depth: int) -> Made:
        if kind == "sorting" and self.rng.random() > self.wild:
            here = [made for made in self.inside(item) if fits(made.sample, "string") or fits(made.sample, "number")]
            inner = self.rng.choice(here or [Made("@", item)])
            if self.rng.random() < 0.4:
                inner = Made(f"{self.rng.choice(('to_string', 'type', 'to_string'))}({inner.text})", "a")
        else:
            inner = self.any(item, depth + 2)
        return Made(f"&{self.hold(inner, UNARY)}", None)

    # -- forms --

    def walk(self, value: Any, depth: int) -> Made:
        return self.extend(self.path(value, depth), 1)

    def literal(self, value: Any, depth: int) -> Made:
        return self.constant(self.rng.choice(("string", "number", "array", "object", "null")))

    def either(self, value: Any, depth: int) -> Made:
        left, right = self.any(value, depth + 1), self.any(value, depth + 1)
        return Made(f"{self.hold(left, OR)} || {self.hold(right, AND)}", left.sample or right.sample, OR)

    def both(self, value: Any, depth: int) -> Made:
        left, right = self.any(value, depth + 1), self.any(value, depth + 1)
        return Made(f"{self.hold(left, AND)} && {self.hold(right, COMPARE)}", left.sample and right.sample, AND)

    def negation(self, value: Any, depth: int) -> Made:
        return Made(f"!{self.hold(self.any(value, depth + 1), ATOM)}", True, UNARY)

    def comparison(self, value: Any, depth: int) -> Made:
        left = self.any(value, depth + 1)
        kind = kind_of(left.sample)
        if self.rng.random() < 0.6 and kind in {"string", "number"}:
            right = self.typed(value, kind, depth)
        else:
            right = self.any(value, depth + 1) if self.rng.random() < 0.6 else self.same(left)
        ordered = kind in {"string", "number"} and kind == kind_of(right.sample)
        operator = self.rng.choice(_COMPARATORS if ordered or self.rng.random() < self.wild else _COMPARATORS[:2])
        return Made(f"{self.hold(left, UNARY)} {operator} {self.hold(right, UNARY)}", True, COMPARE)

    def same(self, made: Made) -> Made:
        """What it should be equal to, or nearly: 1 and true, 1 and 1.0."""
        near = {0: False, 1: True, 2: 2.0}.get(made.sample) if isinstance(made.sample, int) else made.sample
        return Made(literal(near, self.rng), near)

    def pipe(self, value: Any, depth: int) -> Made:
        left = self.any(value, depth + 1)
        right = self.any(left.sample, depth + 1)
        return Made(f"{left.text} | {right.text}", right.sample, PIPE)

    def choice_list(self, value: Any, depth: int) -> Made:
        made = [self.any(value, depth + 1) for _ in range(self.rng.randrange(1, 4))]
        return Made(f"[{', '.join(each.text for each in made)}]", [each.sample for each in made])

    def choice_dict(self, value: Any, depth: int) -> Made:
        made = {key: self.any(value, depth + 1) for key in self.rng.sample(NAMES, self.rng.randrange(1, 4))}
        text = ", ".join(f"{name_of(key)}: {each.text}" for key, each in made.items())
        return Made(f"{{{text}}}", {key: each.sample for key, each in made.items()})

    def projection(self, value: Any, depth: int) -> Made:
        array = self.typed(value, self.rng.choice(("array", "records")), depth + 1)
        items = array.sample if isinstance(array.sample, list) else []
        start = Made(f"{self.hold(array, ATOM)}{self.rng.choice(('[*]', '[*]', '[:]', '[]'))}", items, ATOM, True)
        item = self.rng.choice(items) if items else None
        made = self.extend(start._replace(item=item), 1)
        if self.rng.random() < 0.4:
            inner = self.rng.choice((self.choice_list, self.choice_dict))(made.item, depth + 1)
            return Made(f"{made.text}.{inner.text}", [inner.sample])
        return made

    def filter(self, value: Any, depth: int) -> Made:
        array = self.typed(value, self.rng.choice(("array", "records")), depth + 1)
        items = array.sample if isinstance(array.sample, list) else []
        item = self.rng.choice(items) if items else None
        condition = self.rng.choice((self.comparison, self.path, self.negation, self.both))(item, depth + 1)
        text = f"{self.hold(array, ATOM)}[?{condition.text}]"
        return self.extend(Made(text, items, ATOM, True, item), self.rng.randrange(2))

    def flatten(self, value: Any, depth: int) -> Made:
        made = self.typed(value, "array", depth + 1)
        return self.extend(Made(f"{self.hold(made, ATOM)}[]", made.sample), self.rng.randrange(2))


def fits(value: Any, kind: str) -> bool:
    """Whether a value is of a wanted type."""
    if kind in {"numbers", "texts"}:
        wanted = "number" if kind == "numbers" else "string"
        return isinstance(value, list) and all(kind_of(item) == wanted for item in value)
    if kind == "sortable":
        return fits(value, "numbers") or fits(value, "texts")
    if kind == "records":
        return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
    return kind == "any" or kind_of(value) == kind
