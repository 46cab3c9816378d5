"""Arrays: pairing and grouping."""

from __future__ import annotations

from typing import Any, Final

from jmespath.visitor import _Expression

from mapper.expressions.functions.model import Example, Function, Parameter


def pair_up(*arrays: Any) -> list[list[Any]] | None:
    """The first items together, the second items together, and so on, as far as the shortest array goes."""
    if any(type(array) is not list for array in arrays):
        return None
    return [list(row) for row in zip(*arrays, strict=False)]


def group_by(array: Any, key: Any) -> dict[str, list[Any]] | None:
    """Items by the string that the expression gives for each; those for which it gives null are left out.

    Raises:
        jmespath.exceptions.JMESPathError: what the expression itself raises, nothing else.
    """
    if type(array) is not list or not isinstance(key, _Expression):
        return None
    groups: dict[str, list[Any]] = {}
    for item in array:
        name = key.visit(key.expression, item)  # type: ignore[arg-type] # a node, whatever the stub says
        if type(name) is str:
            groups.setdefault(name, []).append(item)
        elif name is not None:
            return None
    return groups


FUNCTIONS: Final = (
    Function(
        name="zip",
        parameters=(Parameter("arrays", ("array",), variadic=True),),
        returns=("array", "null"),
        doc="The n-th items of all arrays together, as far as the shortest array goes.",
        examples=(
            Example("zip(names, ages)", {"names": ["a", "b", "c"], "ages": [1, 2]}, [["a", 1], ["b", 2]]),
            Example("zip(names, ages)", {"names": ["a"]}, None),
        ),
        group="arrays",
        call=pair_up,
    ),
    Function(
        name="group_by",
        parameters=(Parameter("array", ("array",)), Parameter("key", ("expref",))),
        returns=("object", "null"),
        doc="An object of arrays: the items by the string that the expression gives for each, none for null.",
        examples=(
            Example(
                "group_by(products, &kind)",
                {"products": [{"kind": "x", "n": 1}, {"kind": "y", "n": 2}, {"n": 3}, {"kind": "x", "n": 4}]},
                {"x": [{"kind": "x", "n": 1}, {"kind": "x", "n": 4}], "y": [{"kind": "y", "n": 2}]},
            ),
            Example("group_by(products, &n)", {"products": [{"n": 1}]}, None),
            Example("group_by(products, &n)", {}, None),
        ),
        group="arrays",
        call=group_by,
    ),
)
