"""What each function should be given to do its work, beyond the types of its signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.functions.convert import KINDS
from tests.expressions.differential.values import NAMES

_CHARACTERS: Final = (" ", "a", "/", ",", "", "ab", "0")
_COUNTS: Final = (0, 1, 2, 5, -1, 2.0, 2.5)
_DATES: Final = ("2020-01-02", "2020-01-02T03:04:05Z", "2020-02-30", "1577934245", 1577934245, 1577934245.678, True)
_KEYS: Final = (*NAMES, "a.b", "name.kind", "b.c.a")
_PAIRS: Final[tuple[Any, ...]] = ([], [["a", 1], ["b", None]], [["a", 1], ["a", 2]], [["a"]], [[1, 2]], "a")
_PATTERNS: Final = ("a", "^a", "b$", "[0-9]+", "(", "", ".", "(?i)ANA", "é|東")
_TEMPLATES: Final = ("{}", "a/{}/b", "{} {}", "{{{}}}", "none", "", "{", "}}{}{{", "{} {} {}")

ARGUMENTS: Final[Mapping[tuple[str, str], Sequence[Any]]] = {
    **{(name, "array"): ("numbers",) for name in ("avg", "sum")},
    **{(name, "array"): ("sortable",) for name in ("max", "min", "sort")},
    **{(name, "array"): ("records", "records", "sortable") for name in ("max_by", "min_by", "sort_by")},
    **{(name, "key"): ("sorting",) for name in ("max_by", "min_by", "sort_by", "group_by")},
    **{(name, "characters"): (_CHARACTERS,) for name in ("trim", "trim_left", "trim_right")},
    **{(name, "width"): ((*_COUNTS, 12),) for name in ("pad_left", "pad_right")},
    **{(name, "pad"): (_CHARACTERS,) for name in ("pad_left", "pad_right")},
    **{(name, "count"): (_COUNTS,) for name in ("split", "replace")},
    **{(name, "part"): (("a", "/", "b", "", "n"), "string") for name in ("find_first", "find_last")},
    **{(name, "start"): (_COUNTS,) for name in ("find_first", "find_last")},
    **{(name, "end"): (_COUNTS,) for name in ("find_first", "find_last")},
    **{(name, "keys"): (_KEYS, _KEYS, "texts", "string") for name in ("omit", "pick")},
    **{(name, "value"): (_DATES, _DATES, "any") for name in ("to_epoch_ms", "to_iso8601", "is_iso_date")},
    ("contains", "search"): ("any", ("a", "b", 1, True, 1.0, "", None)),
    ("ends_with", "suffix"): (("a", "c", "", "e"), "string"),
    ("format", "template"): (_TEMPLATES,),
    ("format", "values"): ("string", "number", "any"),
    ("from_items", "pairs"): (_PAIRS, "array"),
    ("group_by", "array"): ("records", "texts", "array"),
    ("id", "values"): ("any", "string", "number"),
    ("join", "array"): ("texts",),
    ("matches", "pattern"): (_PATTERNS,),
    ("only", "type"): ((*KINDS, "nonsense"),),
    ("present_text", "values"): ("any", "string"),
    ("replace", "old"): (("a", " ", "", "an", "/"), "string"),
    ("split", "separator"): ((",", " ", "", "a", "/"),),
    ("starts_with", "prefix"): (("a", "A", "", "/"), "string"),
    ("to_boolean", "value"): (("true", " FALSE ", "yes", True, 1), "any"),
}
"""By function and parameter: kinds, or tuples of values to choose one from."""

_OF_REFERENCES: Final = {"map": 1, "sort_by": 0, "max_by": 0, "min_by": 0}


def sample_of(name: str, samples: list[Any]) -> Any:
    """About what a call gives."""
    at = _OF_REFERENCES.get(name)
    if at is not None:
        array = samples[at] if at < len(samples) else None
        if name in {"map", "sort_by"} or not isinstance(array, list):
            return array
        return array[0] if array else None
    try:
        given = FUNCTIONS[name].call(*samples)
    except (ValueError, TypeError, OverflowError):
        return None
    # Called without the checks of types, `merge` takes lists of pairs for objects.
    return None if isinstance(given, dict) and not all(isinstance(key, str) for key in given) else given
