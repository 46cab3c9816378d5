"""What a part of a mapping says, without where it stands and how it is laid out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final

import msgspec

from mapper.authoring import subject
from mapper.expressions.parse import parse
from mapper.records.diagnostic import Place
from mapper.records.spec import Expression

_NOT_SAID: Final = frozenset({"place", "file", "folder", "schema_file", "description"})


def meaning(part: Any) -> Hashable:
    """Equal for parts of specs that say the same."""
    if isinstance(part, Expression):
        return subject.meaning(parse(part.text))
    if isinstance(part, Place):
        return None
    if isinstance(part, msgspec.Struct):
        said = (name for name in part.__struct_fields__ if name not in _NOT_SAID)
        return type(part).__name__, *(meaning(getattr(part, name)) for name in said)
    if isinstance(part, Mapping):
        return "object", *((key, meaning(part[key])) for key in sorted(part))
    if isinstance(part, list | tuple):
        return "list", *map(meaning, part)
    return type(part).__name__, part
