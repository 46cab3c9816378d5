"""What `mapper run` reads: every form of input by the real command, and the filters on it."""

from __future__ import annotations

import gzip
import json
import os
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli.kit import Ended, mapper, quick, track, write
from tests.support.awaiting import PATIENCE

CALLS = [track("u1"), track("u2"), track("u3")]
pack = partial(gzip.compress, mtime=0)
"""What is in the name of a test must not hold the time."""
ROWS = b"".join(json.dumps(call).encode() + b"\n" for call in CALLS)


def users(done: Ended) -> list[str]:
    return [result["request"]["body"]["user_id"] for result in done.results]


def dry(folder: Path, *arguments: str | Path) -> Ended:
    """A dry run within this process."""
    return quick("run", *arguments, "-n", cwd=folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.ndjson", ROWS),
        ("in.bom", b"\xef\xbb\xbf" + ROWS),
        ("in.gz", pack(ROWS)),
        ("gzip-by-content", pack(ROWS[:100]) + pack(ROWS[100:])),
        ("array.json", json.dumps(CALLS, indent=2).encode()),
        ("envelope.json", json.dumps({"batch": CALLS, "sentAt": "2024-01-02T03:04:05Z"}).encode()),
        ("envelope.json.gz", pack(json.dumps({"batch": CALLS}).encode())),
    ],
)
def test_forms_are_told_apart_by_content(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    done = dry(tmp_path, name)
    assert (done.code, users(done)) == (0, ["u1", "u2", "u3"])


def test_one_object_is_one_call(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(CALLS[0], indent=2))
    assert users(dry(tmp_path, "one.json")) == ["u1"]


def test_a_folder_as_the_s3_archive_of_segment_lays_it_out(tmp_path: Path) -> None:
    for day, user in (("1704153600000", "a"), ("1704240000000", "b")):
        folder = tmp_path / "segment-logs" / "src1" / day
        folder.mkdir(parents=True)
        content = pack(json.dumps(track(user)).encode() + b"\n")
        (folder / f"{user}.segment.1.gz").write_bytes(content)
        (folder / f".{user}.hidden.gz").write_bytes(b"no gzip")
        (folder / "_SUCCESS").write_bytes(b"")
    done = dry(tmp_path, "segment-logs")
    assert (done.code, users(done)) == (0, ["a", "b"])
    assert [Path(result["file"]).name for result in done.results] == ["a.segment.1.gz", "b.segment.1.gz"]


@pytest.mark.parametrize("content", [ROWS, pack(ROWS), json.dumps(CALLS).encode()])
def test_standard_input(content: bytes, tmp_path: Path) -> None:
    assert users(mapper("run", "-", "-n", cwd=tmp_path, stdin=content)) == ["u1", "u2", "u3"]


def test_a_named_pipe_loses_nothing_though_its_size_is_unknown(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(ROWS,))
    writer.start()
    done = quick("run", pipe, "--sandbox", cwd=tmp_path)
    writer.join(PATIENCE)
    assert (done.code, done.ledger["delivered"]) == (0, 3)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", pack(b""), b"[]", b'{"batch": []}'])
def test_an_empty_input_is_fine(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(content)
    done = dry(tmp_path, "empty")
    assert (done.code, done.out, done.ledger["read"]) == (0, "", 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.ndjson"], "none.ndjson: no such file or directory"),
        (["in.ndjson", "none.ndjson"], "none.ndjson: no such file or directory"),
        (["folder"], "folder: the directory holds no file to read"),
        (["-", "-"], "standard input is given twice"),
        (["in.ndjson", "in.ndjson", "--from-line", "2"], "--from-line needs exactly one file"),
    ],
)
def test_input_that_is_not_there_is_an_error_before_anything_is_read(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path / "in.ndjson", *CALLS)
    done = dry(tmp_path, *arguments)
    assert (done.code, done.out) == (2, "")
    assert f"error: {message}\n  help: " in done.err


def test_gzip_that_breaks_off_is_one_dead_line_and_what_came_before_counts(tmp_path: Path) -> None:
    whole = gzip.compress(os.urandom(9000).hex().encode().join([ROWS, b"\n"]))
    (tmp_path / "cut.gz").write_bytes(whole[:-2000])
    done = dry(tmp_path, "cut.gz")
    assert done.code == 1
    assert done.ledger["mapped"] == 3
    assert done.ledger["dead"] >= 1


@pytest.mark.parametrize(
    ("options", "mapped", "skipped"),
    [
        (["--limit", "2"], ["u1", "u2"], 0),
        (["--limit", "0"], [], 0),
        (["--from-line", "3"], ["u3"], 1),
        (["--from-line", "2", "--limit", "2"], ["u2", "u3"], 0),
        (["--from-line", "9"], [], 0),
        (["--only", "track"], ["u1", "u2", "u3"], 1),
        (["--only", "track", "--only", "page", "--limit", "3"], ["u1", "u2", "u3"], 0),
    ],
)
def test_a_part_of_the_input(options: list[str], mapped: list[str], skipped: int, tmp_path: Path) -> None:
    screen: dict[str, Any] = {"type": "screen", "userId": "u4"}
    done = dry(tmp_path, write(tmp_path / "in.ndjson", *CALLS, screen), *options)
    taken = [result["request"]["body"]["user_id"] for result in done.results if "request" in result]
    assert (done.code, taken, done.ledger["skipped"]) == (0, mapped, skipped)


def test_a_line_behind_the_end_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", *CALLS)
    told = f"note: {file} has no line 9: nothing was read\n"
    assert dry(tmp_path, file, "--from-line", "9").err.endswith(told)
    assert quick("run", file, "--from-line", "9", "--sandbox", cwd=tmp_path).err.endswith(told)
    assert quick("run", file, "--from-line", "9", "--dry-run", "--quiet", cwd=tmp_path).err == ""
    assert "note: " not in dry(tmp_path, file, "--from-line", "3").err


def test_the_ledger_counts_alike_what_differs_only_in_place_or_size(tmp_path: Path) -> None:
    lines = ["nope", '{"a": nope', '"é', '{"type":', "x" * 3001, "x" * 3002]
    file = write(tmp_path / "in.ndjson", *lines)
    done = dry(tmp_path, file, "--max-call-size", "3KB")
    assert [line for line in done.err.splitlines() if "invalid" in line] == [
        "          2  invalid: not JSON: expecting value",
        "          2  invalid: a line exceeds the limit of 3000 bytes",
        "          1  invalid: not JSON: unterminated string starting",
        "          1  invalid: not JSON: ends too early",
    ]


def test_a_filter_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    done = dry(tmp_path, write(tmp_path / "in.ndjson", *CALLS), "--only", "alias", "--only", "page")
    assert done.code == 1
    assert done.ledger == {"read": 3, "mapped": 0, "skipped": 3, "dead": 0}
    assert done.err.endswith("error: --only alias page: no call of this type was read\n")


def test_a_longer_call_is_read_where_it_is_allowed(tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", track("u1", pad="x" * 3000), track("u2"))
    short = dry(tmp_path, file, "--max-call-size", "2KB")
    assert short.code == 1
    assert short.results[0]["invalid"].endswith("exceeds the limit of 2000 bytes")
    assert users(dry(tmp_path, file)) == ["u1", "u2"]


def test_each_skipped_call_is_reported_when_asked(tmp_path: Path) -> None:
    anonymous = {"type": "track", "messageId": "m-9", "anonymousId": "a", "event": "E"}
    file = write(tmp_path / "in.ndjson", track("u1"), anonymous, {"type": "screen", "userId": "u1"})
    done = quick("run", file, "--sandbox", "--verbose", cwd=tmp_path)
    assert done.code == 0
    assert [line for line in done.err.splitlines() if line.startswith("skipped: ")] == [
        f"skipped: {file}:2: no usable user id (message m-9)",
        f"skipped: {file}:3: screen calls are not accepted",
    ]
    assert "skipped: " not in quick("run", file, "--sandbox", cwd=tmp_path).err


def test_dead_letters_keep_the_call_and_mask_its_write_key(tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", track("u1", event=" ", writeKey="canary-key"), "{nope")
    letters = tmp_path / "dead.ndjson"
    done = quick("run", file, "--sandbox", "--dead-letters", letters, cwd=tmp_path)
    assert done.code == 1
    first, second = (json.loads(line) for line in letters.read_text().splitlines())
    assert first["call"] == track("u1", event=" ", writeKey="***")
    assert (first["mapping"], first["reason"], first["because"]) == ("track", "unmappable", "no event name")
    assert (second["raw"], second["reason"]) == ("{nope", "invalid")
    assert letters.stat().st_mode & 0o777 == 0o600


def test_dead_letters_behind_one_that_was_cut_short(tmp_path: Path) -> None:
    """As a full disk leaves it: the next one is not taken for its rest."""
    file, letters = write(tmp_path / "in.ndjson", "{nope"), tmp_path / "dead.ndjson"
    letters.write_text('{"call": {"type": "tr')
    for _ in range(2):
        assert quick("run", file, "--sandbox", "--dead-letters", letters, cwd=tmp_path).code == 1
    cut, *whole = letters.read_text().splitlines()
    assert cut == '{"call": {"type": "tr'
    assert [json.loads(line)["raw"] for line in whole] == ["{nope", "{nope"]


def test_dead_letters_go_to_another_file_than_the_one_read(tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", track())
    done = quick("run", file, "--sandbox", "--dead-letters", "in.ndjson", cwd=tmp_path)
    assert done.code == 2
    assert "in.ndjson is read by this run" in done.err
    assert file.read_text() == json.dumps(track()) + "\n"
