"""A million requests pending cost disk, not memory, and hold up neither what comes in, nor others, nor a restart."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.durable.kit import start
from tests.support.torture import scaled

PENDING = scaled(1_000_000, 10_000_000)


def run(*arguments: object) -> dict[str, Any]:
    output, _ = start("million", *arguments).communicate(timeout=scaled(1_000, 10_000))
    seen: dict[str, Any] = json.loads(output)
    return seen


@pytest.mark.long
def test_a_million_pending(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        path = Path(folder) / "q.db"
        filled = run("fill", path, Path(folder) / "other.db", PENDING)
        size = sum(file.stat().st_size for file in Path(folder).glob("q.db*"))
        resumed = run("resume", path)
    alone, sending = filled["alone"], filled["sending"]
    record_property(
        "shown",
        f"{filled['pending']:,.0f} pending in {size / 1e6:,.0f} MB: accepted {filled['filled']:,.0f}/s; beside an"
        f" empty queue it takes {_show(alone)} to put, {_show(sending)} to put and deliver as much; memory"
        f" {filled['peak'] / 1e6:.0f} MB; a new process had opened it after {resumed['opened']:.2f} s of work, a"
        f" lease after {resumed['leased']:.2f} s, one of what stands behind all others after {resumed['found']:.2f} s,"
        f" and delivered {resumed['delivered']:,.0f}/s in {resumed['peak'] / 1e6:.0f} MB",
    )
    assert filled["pending"] >= 0.9 * PENDING
    assert resumed["pending"] == filled["pending"] - resumed["settled"]
    assert max(taken for each in (alone, sending) for kind, taken in each.items() if kind != "seconds") < 1.25
    assert resumed["leased"] < scaled(15, 60)
    assert resumed["found"] < scaled(30, 300)
    assert max(filled["peak"], resumed["peak"]) < scaled(300, 1_500) * 1_000_000


def _show(taken: dict[str, float]) -> str:
    return ", ".join(f"{times:.2f} times the {kind}" for kind, times in taken.items())
