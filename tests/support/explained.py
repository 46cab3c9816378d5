"""What an explanation says, held against the body and the call that it is about."""

from __future__ import annotations

import json
import re
from itertools import pairwise, takewhile
from typing import Any

from mapper.records.explanation import Explanation, Why, inputs
from mapper.review.leaves import at


def check_fields(found: Explanation, body: Any, call: dict[str, Any]) -> None:
    """The fields make up the body, and what they are said to come from stands in the call."""
    assert built(found) == body
    for field in found.fields:
        for read in inputs(field.why):
            if not read.path.startswith(("settings", "rest")):
                assert at(call, route(read.path)) == read.value, (field.path, read)
        check_choices(field.why)


def check_choices(why: Why) -> None:
    """Of alternatives those before the one that gave the value gave nothing, and those after it were not tried."""
    if why.kind == "choice":
        states = [part.state for part in why.parts]
        before = list(takewhile(lambda state: state == "nothing", states))
        taken, *after = states[len(before) :] or ["nothing"]
        assert taken in ("gave", "failed", "nothing", "untried"), why
        assert set(after) <= {"untried"}, why
        assert (taken == "gave") == (why.state == "gave"), why
    for part in why.parts:
        check_choices(part)


def built(found: Explanation) -> Any:
    """The body, put together of its fields."""
    body: dict[str, Any] = {}
    for field in found.fields:
        if not field.present:
            continue
        steps = route(field.path)
        last: Any = steps[-1]
        holder: Any = body
        for step, following in pairwise(steps):
            fresh: Any = [] if isinstance(following, int) else {}
            if isinstance(holder, list):
                assert isinstance(step, int)
                if len(holder) == step:
                    holder.append(fresh)
                holder = holder[step]
            else:
                holder = holder.setdefault(step, fresh)
        if isinstance(holder, list):
            assert len(holder) == last
            holder.append(field.value)
        else:
            assert last not in holder
            holder[last] = field.value
    return body


def route(path: str) -> tuple[str | int, ...]:
    """A path as text, taken apart."""
    steps: list[str | int] = []
    for index, quoted, plain in re.findall(r'\[(\d+)\]|("(?:[^"\\]|\\.)*")|([A-Za-z_][A-Za-z0-9_]*)', path):
        steps.append(int(index) if index else json.loads(quoted) if quoted else plain)
    return tuple(steps)
