"""A million requests pending cost disk, not memory, and hold up neither what comes in, nor others, nor a restart."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.delivery.durable.kit import start
from tests.support.torture import scaled

PENDING = scaled(1_000_000, 10_000_000)


def run(*arguments: object) -> dict[str, float]:
    output, _ = start("million", *arguments).communicate(timeout=scaled(300, 3_000))
    seen: dict[str, float] = json.loads(output)
    return seen


@pytest.mark.long
def test_a_million_pending(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        path = Path(folder) / "q.db"
        filled = run("fill", path, Path(folder) / "other.db", PENDING)
        size = sum(file.stat().st_size for file in Path(folder).glob("q.db*"))
        resumed = run("resume", path, time.monotonic())
    record_property(
        "shown",
        f"{filled['pending']:,.0f} pending in {size / 1e6:,.0f} MB: accepted {filled['filled']:,.0f}/s, then"
        f" {filled['full']:,.0f}/s, {filled['ratio']:.2f} of an empty queue's, and {filled['full, sending']:,.0f}/s,"
        f" {filled['ratio, sending']:.2f} of an empty queue's, while as much is sent as can be; memory"
        f" {filled['peak'] / 1e6:.0f} MB; a new process had opened it after {resumed['opened']:.2f} s, a lease after"
        f" {resumed['leased']:.2f} s and one of what stands behind all others after {resumed['found']:.2f} s, delivered"
        f" {resumed['delivered']:,.0f}/s in {resumed['peak'] / 1e6:.0f} MB",
    )
    assert filled["pending"] >= 0.9 * PENDING
    assert resumed["pending"] == filled["pending"] - resumed["settled"]
    assert min(filled["ratio"], filled["ratio, sending"]) > 0.8
    assert resumed["leased"] < scaled(5, 30)
    assert resumed["found"] < scaled(30, 300)
    assert max(filled["peak"], resumed["peak"]) < scaled(300, 1_500) * 1_000_000
