"""A decoder of calls that reads just the fields some mapping looks at, and skips the rest of the JSON."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from mapper.compiler.reads import Reads, Shape
from mapper.expressions.code.writer import free_name

ALWAYS: Final = ("integrations", "messageId", "type")
"""Read of every call, whatever the mappings read."""
_NO_VALUE: Final = msgspec.Raw(b"null")


def shape_of(reads: Reads, hint: str = "call") -> Shape:
    """Struct classes for what is read.

    A field whose own value nobody needs is typed as an object of the fields that are read inside it, or null; what does
    not fit is refused by the decoder. A field that is needed as a moment alone stays JSON. All others hold anything.
    """
    # Sorted, as Segment's archives have them: the decoder looks for a key first where the last one was.
    fields = dict(sorted(reads.inside.items()))
    raw = frozenset(name for name, found in fields.items() if found.moments == found.times > 0)
    typed = {name: found for name, found in fields.items() if not found.whole and not found.moments}
    inside = {name: shape_of(found, f"{hint} {name}") for name, found in typed.items()}
    attributes: dict[str, str] = {}
    for name in fields:
        attributes[name] = free_name(name, {*attributes.values()})
    kinds = {name: inside[name].struct | None if name in inside else Any for name in fields}
    kinds.update(dict.fromkeys(raw, msgspec.Raw))
    if hint == "call":
        kinds["type"] = str | None  # of another kind it is no call
    struct = msgspec.defstruct(
        free_name(hint, set()).title().replace("_", ""),
        [(attribute, kinds[name], _NO_VALUE if name in raw else None) for name, attribute in attributes.items()],
        rename={attribute: name for name, attribute in attributes.items()},
        gc=False,
    )
    return Shape(struct, attributes, inside, raw, struct())
