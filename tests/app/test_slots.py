"""Memory in which workers leave what they make: read as it was written, used again, and given back where it grew."""

from __future__ import annotations

import os

import pytest

from mapper.app import slots
from mapper.app.slots import Slot


def write(slot: Slot, *pieces: bytes) -> None:
    """As a worker does, who has a descriptor of its own."""
    with os.fdopen(os.dup(slot.file.descriptor), "wb") as out:
        out.seek(0)
        out.writelines(pieces)


def read(slot: Slot, *sizes: tuple[int, int]) -> list[tuple[bytes, bytes]]:
    return [(bytes(first), bytes(second)) for first, second in slot.made(sizes)]


@pytest.fixture(params=["memory", "no memory files"])
def slot(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Slot:
    if request.param != "memory":
        monkeypatch.delattr(os, "memfd_create", raising=False)
    return Slot()


def test_what_comes_later_may_be_longer_or_shorter(slot: Slot) -> None:
    for size in (3, 100_000, 7, 1_000_000, 0):
        first, second, third = b"a" * size, b"b" * (size // 2), b"c" * size
        write(slot, first, second, third, b"")
        assert read(slot, (size, size // 2), (size, 0)) == [(first, second), (third, b"")]


def test_nothing_at_all(slot: Slot) -> None:
    assert read(slot) == []
    assert read(slot, (0, 0)) == [(b"", b"")]


def test_one_that_grew_is_given_back_and_another_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_KEPT", 10_000)
    slot = Slot()
    write(slot, b"x" * 10_000)
    slot.made([(10_000, 0)])
    assert slot.emptied() is slot
    write(slot, b"x" * 10_001)
    [(large, _)] = slot.made([(10_001, 0)])
    assert slot.emptied() is not slot
    assert large == b"x" * 10_001
