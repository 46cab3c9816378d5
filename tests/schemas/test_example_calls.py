"""The example file: large enough, made by its script, varied, and legal throughout."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
CALLS = [json.loads(line) for line in (EXAMPLES / "events.ndjson").read_text(encoding="utf-8").splitlines()]
TYPES = ("track", "page", "identify", "group", "alias")
AUDIENCE = "order_completed_last_30days"

Judge = Callable[[str, Any], list[str]]


def test_the_script_makes_the_same_file(tmp_path: Path) -> None:
    script = EXAMPLES / "make_events.py"
    done = subprocess.run([sys.executable, "-B", str(script), "--check"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_there_are_enough_of_every_type() -> None:
    assert len(CALLS) >= 300
    counts = Counter(call["type"] for call in CALLS)
    assert set(counts) == {*TYPES, "screen", "delete"}
    assert min(counts[kind] for kind in TYPES) >= 10


def test_message_ids_are_unique() -> None:
    assert len({call["messageId"] for call in CALLS}) == len(CALLS)


@pytest.mark.parametrize("kind", TYPES)
def test_calls_conform(kind: str, judge: Judge) -> None:
    for call in CALLS:
        if call["type"] == kind:
            assert judge(f"segment/{kind}.schema.json", call) == [], call["messageId"]


def test_every_source_is_there() -> None:
    libraries = [call["context"]["library"] for call in CALLS if call["type"] != "delete"]
    names = Counter(library["name"] if isinstance(library, dict) else library for library in libraries)
    wanted = (
        "analytics.js",
        "analytics-ios",
        "analytics-android",
        "analytics-python",
        "@segment/analytics-node",
        "unknown",
    )
    assert all(names[name] >= 10 for name in wanted)


def test_users_enter_the_audience_and_some_leave() -> None:
    stays: dict[str, list[bool]] = {}
    for call in CALLS:
        if call["type"] == "identify" and AUDIENCE in call.get("traits", {}):
            assert call["context"]["personas"]["computation_key"] == AUDIENCE
            stays.setdefault(call["userId"], []).append(call["traits"][AUDIENCE])
    assert {tuple(stay) for stay in stays.values()} == {(True,), (True, False)}


def test_calls_come_in_the_order_received() -> None:
    arrivals = [call["receivedAt"] for call in CALLS]
    assert arrivals == sorted(arrivals)


def test_people_and_firms_are_invented() -> None:
    for call in CALLS:
        email = (
            {**call["context"].get("traits", {}), **call.get("traits", {})}.get("email") if call["context"] else None
        )
        assert email is None or email.endswith(".example")


def test_the_envelope_holds_calls_once_its_own_fields_are_laid_beneath(judge: Judge) -> None:
    envelope = json.loads((EXAMPLES / "batch.json").read_bytes())
    for item in envelope["batch"]:
        call = {**item, "context": {**envelope["context"], **item.get("context", {})}}
        assert judge(f"segment/{item['type']}.schema.json", call) == []


def test_the_single_call_conforms(judge: Judge) -> None:
    assert judge("segment/track.schema.json", json.loads((EXAMPLES / "call-track.json").read_bytes())) == []


def test_the_awkward_file_is_awkward(judge: Judge) -> None:
    lines = (EXAMPLES / "awkward.ndjson").read_text(encoding="utf-8").splitlines()
    conforming = []
    for number, line in enumerate(lines, 1):
        try:
            call = json.loads(line)
        except json.JSONDecodeError:
            continue
        kind = call.get("type") if isinstance(call, dict) else None
        if kind in TYPES and not judge(f"segment/{kind}.schema.json", call):
            conforming.append(number)
    assert len(lines) == 20
    # Python's own reader takes NaN (4), half a character (18), a number too great (19) and great depth (20) for sound.
    # A blank event (13) and an alias of nothing (17) are faults that no schema of calls forbids.
    assert conforming == [1, 4, 13, 17, 18, 19, 20]
