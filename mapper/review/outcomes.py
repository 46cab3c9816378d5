"""What two mapping sets make differently of one call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from mapper.base.json import decode
from mapper.records.difference import Kind
from mapper.records.policy import Target
from mapper.records.result import Invalid, Mapped, Result, Skipped
from mapper.review.values import differences, type_name

Targets = Mapping[tuple[str, str], Target]
"""Where requests go, by mapping set and request."""

_MARK: Final = "\x1f"
_PLACED: Final = re.compile(f"^{_MARK}([^{_MARK}]*){_MARK}: ")


class Found(msgspec.Struct, frozen=True, gc=False):
    """One thing that is different for a call.

    Attributes:
        path: For the body, the keys that lead to the field; for a header its name.
        reason: As in :class:`~mapper.records.difference.Change`.
        old: JSON values, or :class:`Words`; None: nothing.
        new: Likewise.
        spot: Where an expression failed, as :func:`marked` had it, else empty.
    """

    kind: Kind
    destination: str
    mapping: str | None
    path: tuple[str, ...] = ()
    reason: str = ""
    old: Any = None
    new: Any = None
    spot: str = ""


class Words(str):
    """What became of a call that is not sent; no JSON."""


def marked(spot: str) -> str:
    """The words for a place in a reason, so that it can be told from the rest: it may differ and nothing else does."""
    return f"{_MARK}{spot}{_MARK}"


def compare(old: Sequence[Result], new: Sequence[Result], targets: tuple[Targets, Targets]) -> Iterator[Found]:
    """What differs between the results of one call.

    A result that is not on the other side is held against what became of the call before any mapping, if anything did.
    """
    olds, news = ({_key(result): result for result in results} for results in (old, new))
    for key, result in news.items():
        other = olds.get(key) or olds.get((key[0], None))
        if other is not None:
            yield from _between(other, result, targets)
        elif key[1] is not None:
            yield _one_sided("new", result)
    for key, result in olds.items():
        if key in news:
            continue
        other = news.get((key[0], None))
        if other is not None:
            yield from _between(result, other, targets)
        elif key[1] is not None:
            yield _one_sided("gone", result)


def _key(result: Result) -> tuple[str | None, str | None]:
    return (None, None) if isinstance(result, Invalid) else (result.destination, result.mapping)


def _between(old: Result, new: Result, targets: tuple[Targets, Targets]) -> Iterator[Found]:
    if isinstance(old, Mapped) and isinstance(new, Mapped):
        yield from _of_requests(old, new, targets)
    elif isinstance(old, Invalid) or isinstance(new, Invalid):
        return  # no mapping has seen the line
    elif isinstance(new, Mapped):
        reason, spot = _reason(old)
        yield _found("sent", old, new, reason, spot)
    elif isinstance(old, Mapped) or type(old) is not type(new):
        reason, spot = _reason(new)
        yield _found("skipped" if isinstance(new, Skipped) else "unmappable", old, new, reason, spot)
    else:
        reason, spot = _reason(new)
        if reason != _reason(old)[0]:
            yield _found("reason", old, new, reason, spot)


def _found(kind: Kind, old: Result, new: Result, reason: str, spot: str) -> Found:
    destination = _key(new)[0] or ""
    return Found(kind, destination, _key(new)[1] or _key(old)[1], (), reason, _shown(old), _shown(new), spot)


def _one_sided(kind: Kind, result: Result) -> Found:
    destination, mapping = _key(result)
    shown = _shown(result)
    reason, spot = _reason(result)
    old, new = (shown, None) if kind == "gone" else (None, shown)
    return Found(kind, destination or "", mapping, (), reason, old, new, spot)


def _reason(result: Result) -> tuple[str, str]:
    """Why it is not sent, and the spot that was marked in it; nothing where it is."""
    if isinstance(result, Mapped):
        return "", ""
    placed = _PLACED.match(result.reason)
    return (result.reason[placed.end() :], placed[1]) if placed else (result.reason, "")


def _shown(result: Result) -> Any:
    if isinstance(result, Mapped):
        return decode(result.request.body)
    if isinstance(result, Invalid):
        return Words(f"no call: {result.reason}")
    return Words(f"{'skipped' if isinstance(result, Skipped) else 'unmappable'}: {_reason(result)[0]}")


def _of_requests(old: Mapped, new: Mapped, targets: tuple[Targets, Targets]) -> Iterator[Found]:
    destination, mapping = new.destination, new.mapping
    one, other = (
        side[result.destination, result.request.name] for side, result in zip(targets, (old, new), strict=True)
    )
    for kind, path, before, after in target_differences(one, other):
        yield Found(kind, destination, mapping, path, "", before, after)
    if old.request.body == new.request.body:
        return
    for found in differences(decode(old.request.body), decode(new.request.body)):
        reason = f"{type_name(found.old)} to {type_name(found.new)}" if found.kind == "type" else ""
        yield Found(found.kind, destination, mapping, found.path, reason, found.old, found.new)


def target_differences(old: Target, new: Target) -> Iterator[tuple[Kind, tuple[str, ...], str | None, str | None]]:
    """What differs between two targets before any body: kind, name of the header, before and after; secrets masked."""
    if old is new:
        return
    if old.name != new.name:
        yield "request", (), old.name, new.name
    if old.method != new.method:
        yield "method", (), old.method, new.method
    if old.shown_url != new.shown_url:
        yield "url", (), old.shown_url, new.shown_url
    for name in dict.fromkeys((*old.shown_headers, *new.shown_headers)):
        before, after = old.shown_headers.get(name), new.shown_headers.get(name)
        if before != after:
            yield "header", (name,), before, after
