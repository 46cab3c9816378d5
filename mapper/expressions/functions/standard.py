"""The functions of standard JMESPath: behaviour and errors are jmespath's own, words and examples ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from jmespath.functions import Functions

from mapper.expressions.functions.model import Example, Function, Parameter, Type

_library: Final = Functions()


def _call(name: str, *arguments: Any) -> Any:
    return _library.call_function(name, arguments)


def _not_null(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _type(value: Any) -> Any:
    return _TYPES.get(type(value)) or _call("type", value)


_TYPES: Final = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}
_TOTAL: Final[dict[str, Callable[..., Any]]] = {"not_null": _not_null, "type": _type}
"""Functions that take anything, written out because jmespath spends most of their time on checking arguments."""


def _standard(
    name: str, parameters: tuple[Parameter, ...], returns: tuple[Type, ...], doc: str, *examples: Example
) -> Function:
    return Function(
        name=name,
        parameters=parameters,
        returns=returns,
        doc=doc,
        examples=examples,
        group="standard",
        call=_TOTAL.get(name, partial(_call, name)),
        standard=True,
        total=name in _TOTAL,
        first_of=name == "not_null",
    )


_ANY = Parameter("value", ("any",))
_ARRAY = Parameter("array", ("array",))
_KEY = Parameter("key", ("expref",))
_NUMBER = Parameter("number", ("number",))
_OBJECT = Parameter("object", ("object",))
_TEXT = Parameter("text", ("string",))

FUNCTIONS: Final = (
    _standard(
        "abs", (_NUMBER,), ("number",), "The number without its sign.",
        Example("abs(n)", {"n": -3}, 3), Example("abs(n)", {"n": 2.5}, 2.5),
    ),
    _standard(
        "avg", (_ARRAY,), ("number", "null"), "The mean of an array of numbers; null for an empty one.",
        Example("avg(@)", [1, 2, 6], 3.0), Example("avg(@)", [], None),
    ),
    _standard(
        "ceil", (_NUMBER,), ("number",), "The least integer that is not below the number.",
        Example("ceil(n)", {"n": 1.2}, 2), Example("ceil(n)", {"n": -1.2}, -1),
    ),
    _standard(
        "contains", (Parameter("subject", ("array", "string")), Parameter("search", ("any",))), ("boolean",),
        "Whether an array holds the value, or a string the text.",
        Example("contains(tags, 'b')", {"tags": ["a", "b"]}, True),
        Example("contains(name, 'x')", {"name": "Ana"}, False),
    ),
    _standard(
        "ends_with", (_TEXT, Parameter("suffix", ("string",))), ("boolean",), "Whether the text ends with the suffix.",
        Example("ends_with(file, '.gz')", {"file": "a.gz"}, True),
        Example("ends_with(file, '.gz')", {"file": "a.txt"}, False),
    ),
    _standard(
        "floor", (_NUMBER,), ("number",), "The greatest integer that is not above the number.",
        Example("floor(n)", {"n": 1.8}, 1), Example("floor(n)", {"n": -1.2}, -2),
    ),
    _standard(
        "join", (Parameter("glue", ("string",)), _ARRAY), ("string",), "An array of strings as one, glue between them.",
        Example("join(', ', @)", ["a", "b"], "a, b"), Example("join('-', @)", [], ""),
    ),
    _standard(
        "keys", (_OBJECT,), ("array",), "The object's keys, in their order.",
        Example("keys(@)", {"b": 1, "a": 2}, ["b", "a"]), Example("keys(@)", {}, []),
    ),
    _standard(
        "length", (Parameter("subject", ("string", "array", "object")),), ("number",),
        "How many characters, items or keys there are.",
        Example("length(@)", "Zoë", 3), Example("length(@)", [1, 2], 2), Example("length(@)", {"a": 1}, 1),
    ),
    _standard(
        "map", (_KEY, _ARRAY), ("array",), "The expression's result for each item, nulls kept.",
        Example("map(&id, @)", [{"id": 1}, {}], [1, None]), Example("map(&id, @)", [], []),
    ),
    _standard(
        "max", (_ARRAY,), ("number", "string", "null"),
        "The greatest of an array of numbers or of strings; null for an empty one.",
        Example("max(@)", [3, 1, 2], 3), Example("max(@)", ["a", "b"], "b"), Example("max(@)", [], None),
    ),
    _standard(
        "max_by", (_ARRAY, _KEY), ("any",),
        "The item for which the expression gives the greatest number or string; null for an empty array.",
        Example("max_by(@, &n)", [{"n": 1}, {"n": 2}], {"n": 2}), Example("max_by(@, &n)", [], None),
    ),
    _standard(
        "merge", (Parameter("objects", ("object",), variadic=True),), ("object",),
        "One object of all; of equal keys the last wins.",
        Example("merge(a, b)", {"a": {"x": 1, "y": 1}, "b": {"y": 2}}, {"x": 1, "y": 2}),
        Example("merge(@)", {"x": 1}, {"x": 1}),
    ),
    _standard(
        "min", (_ARRAY,), ("number", "string", "null"),
        "The least of an array of numbers or of strings; null for an empty one.",
        Example("min(@)", [3, 1, 2], 1), Example("min(@)", ["a", "b"], "a"), Example("min(@)", [], None),
    ),
    _standard(
        "min_by", (_ARRAY, _KEY), ("any",),
        "The item for which the expression gives the least number or string; null for an empty array.",
        Example("min_by(@, &n)", [{"n": 1}, {"n": 2}], {"n": 1}), Example("min_by(@, &n)", [], None),
    ),
    _standard(
        "not_null", (Parameter("values", ("any",), variadic=True),), ("any",), "The first argument that is not null.",
        Example("not_null(a, b)", {"a": None, "b": False}, False), Example("not_null(a)", {}, None),
    ),
    _standard(
        "reverse", (Parameter("subject", ("array", "string")),), ("array", "string"),
        "The array or string from its end to its start.",
        Example("reverse(@)", [1, 2], [2, 1]), Example("reverse(@)", "abc", "cba"),
    ),
    _standard(
        "sort", (_ARRAY,), ("array",), "An array of numbers or of strings in rising order.",
        Example("sort(@)", [3, 1, 2], [1, 2, 3]), Example("sort(@)", ["b", "a"], ["a", "b"]),
    ),
    _standard(
        "sort_by", (_ARRAY, _KEY), ("array",),
        "The items in rising order of the number or string that the expression gives for each.",
        Example("sort_by(@, &n)", [{"n": 2}, {"n": 1}], [{"n": 1}, {"n": 2}]), Example("sort_by(@, &n)", [], []),
    ),
    _standard(
        "starts_with", (_TEXT, Parameter("prefix", ("string",))), ("boolean",),
        "Whether the text starts with the prefix.",
        Example("starts_with(id, 'u_')", {"id": "u_7"}, True), Example("starts_with(id, 'u_')", {"id": "7"}, False),
    ),
    _standard(
        "sum", (_ARRAY,), ("number",), "The numbers of an array added up; 0 for an empty one.",
        Example("sum(@)", [1, 2.5], 3.5), Example("sum(@)", [], 0),
    ),
    _standard(
        "to_array", (_ANY,), ("array",), "An array as it is, anything else as an array of one.",
        Example("to_array(@)", [1], [1]), Example("to_array(@)", "a", ["a"]), Example("to_array(@)", None, [None]),
    ),
    _standard(
        "to_number", (_ANY,), ("number", "null"), "A number, or one written as text; null for anything else.",
        Example("to_number(@)", "12.5", 12.5), Example("to_number(@)", "12 apples", None),
        Example("to_number(@)", True, None),
    ),
    _standard(
        "to_string", (_ANY,), ("string",), "A string as it is, anything else as JSON text; null is the text `null`.",
        Example("to_string(@)", "a", "a"), Example("to_string(@)", [1, True], "[1,true]"),
        Example("to_string(@)", None, "null"),
    ),
    _standard(
        "type", (_ANY,), ("string",), "The name of the value's type.",
        Example("type(@)", 1, "number"), Example("type(@)", None, "null"),
    ),
    _standard(
        "values", (_OBJECT,), ("array",), "The object's values, in the order of its keys.",
        Example("values(@)", {"b": 1, "a": 2}, [1, 2]), Example("values(@)", {}, []),
    ),
)  # fmt: skip
