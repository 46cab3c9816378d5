"""What types say: whether a value is true, whether two may be equal, and all that in words."""

from __future__ import annotations

from typing import Final

from mapper.base.suggest import did_you_mean
from mapper.expressions.code.value import ARRAY, BOOLEAN, NULL, NUMBER, OBJECT, STRING, Kinds, Known

A: Final = {
    "string": "text",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
    "expref": "an expression reference",
}


def no_field(outer: Known, name: str) -> tuple[str, str | None]:
    """Why a name leads nowhere, and which was meant."""
    if not outer.kinds & OBJECT:
        return f"is always null: {kinds(outer)} has no fields", None
    there = [each for each, _ in outer.fields or ()]
    if name in there:
        return "is always null", None
    said = ", ".join(f"`{each}`" for each in there)
    return f"is always null: there {'are' if len(there) > 1 else 'is'} only {said}", did_you_mean(name, there)


def truth(known: Known) -> bool | None:
    """Whether a value is always true, or never; None where it depends."""
    if known.kinds <= NULL:
        return False
    if known.kinds <= NUMBER:
        return True
    if known.only is not None and not known.kinds & (NULL | NUMBER | ARRAY | OBJECT):
        truths = {bool(value) for _, value in known.only}
        return truths.pop() if len(truths) == 1 else None
    return None


def can_be_equal(first: Known, second: Known) -> bool:
    """Whether two values may be equal."""
    if not first.kinds & second.kinds:
        return False
    if first.only is None or second.only is None or first.kinds & second.kinds & NULL:
        return True
    return bool(first.only & second.only)


def are_one(first: Known, second: Known) -> bool:
    """Whether two values are the same one for every call."""
    return first.only == second.only and len(first.only or ()) == 1 and not (first.kinds | second.kinds) & NULL


def kinds(known: Known) -> str:
    """The types it may have, in words."""
    names = [A[kind] for kind in A if kind in known.kinds - NULL or (kind == "null" and known.kinds <= NULL)]
    return " or ".join(names)


def apart(first: Known, second: Known) -> str:
    """Why two values are never equal."""
    if not first.kinds & second.kinds:
        return f"one side is {kinds(first)}, the other {kinds(second)}"
    some, others = _shown(first), _shown(second)
    few, many = sorted((others, some), key=len)
    return f"{', '.join(few)} is {'none of' if len(many) > 1 else 'not'} {', '.join(many)}"


def _shown(known: Known) -> list[str]:
    return sorted(f"`{value}`" for _, value in known.only or ())


def equality_help(first: Known, second: Known) -> str | None:
    """Which of the values that one side may have was meant by the other."""
    for few, one in ((first, second), (second, first)):
        if few.only and one.only and len(one.only) == 1:
            ((_, value),) = one.only
            return did_you_mean(str(value), [str(each) for _, each in few.only])
        if one.only and len(one.only) == 1:
            ((_, value),) = one.only
            return _other_quotes(value, few.kinds - NULL)
    return None


def _other_quotes(value: object, kinds: Kinds) -> str | None:
    """How a constant is written as the type that it is compared with."""
    text = str(value)
    if isinstance(value, str) and (
        (kinds <= NUMBER and text.isdecimal()) or (kinds <= BOOLEAN and text in {"true", "false"})
    ):
        return f"write `{text}` in backticks: in quotes it is a text"
    if isinstance(value, int) and not isinstance(value, bool) and kinds <= STRING:
        return f"write '{text}' in quotes: in backticks it is a number"
    return None
