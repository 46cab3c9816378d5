"""``mapper dead``: letters in a queue are shown, replayed and dropped; ``mapper queue check``."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mapper.base.json import encode
from mapper.delivery import queue
from tests.cli.kit import ROOT, Ended, quick
from tests.cli.test_queue import KEYS
from tests.support.sandbox import RunningSandbox, running_sandbox

CALLS = [
    {
        "type": "track",
        "event": "Opened",
        "userId": "u0",
        "anonymousId": "s0",
        "messageId": "m0",
        "timestamp": "2026-01-02",
    },
    {"type": "track", "event": "Opened", "userId": "u1", "anonymousId": "s1", "messageId": "m1", "timestamp": "soon"},
    {
        "type": "track",
        "event": "Closed",
        "userId": "bad",
        "anonymousId": "s2",
        "messageId": "m2",
        "timestamp": "2026-01-02",
    },
    {"type": "identify", "userId": "bad", "messageId": "m3", "timestamp": "2026-01-02", "writeKey": "wk-canary"},
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as process:
        yield process


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, sandbox: RunningSandbox) -> Path:
    """A folder whose ``q.db`` has four letters: 1 unmappable, 2 invalid, 3 and 4 rejected."""
    path = tmp_path_factory.mktemp("made")
    sandbox.fault({"match": {"user_id": "bad"}, "status": 400})
    (path / "calls.ndjson").write_bytes(b"\n".join([*map(encode, CALLS), b"no JSON\n"]))
    ended = run(path, sandbox, "run", "calls.ndjson", "--queue", "q.db")
    assert ended.ledger == {"read": 5, "delivered": 1, "skipped": 0, "dead": 4, "pending": 0}
    return path


@pytest.fixture
def folder(made: Path, tmp_path: Path, sandbox: RunningSandbox) -> Path:
    """A copy of it, and a sandbox that still refuses."""
    sandbox.reset()
    sandbox.fault({"match": {"user_id": "bad"}, "status": 400})
    shutil.copy(made / "q.db", tmp_path)
    return tmp_path


def run(folder: Path, sandbox: RunningSandbox, *arguments: str) -> Ended:
    return quick(*arguments, "--base-url", sandbox.base_url, cwd=folder, env=KEYS)


def dead(folder: Path, *arguments: str) -> Ended:
    return quick("dead", *arguments, cwd=folder)


def ledger(folder: Path) -> dict[str, object]:
    found = json.loads(quick("status", "q.db", "-f", "json", cwd=folder).out)
    assert found["balances"] is True
    return {name: found[name] for name in ("read", "delivered", "skipped", "dead", "pending", "dead_letters", "lines")}


def plain(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME", text)


def numbers(ended: Ended) -> list[int]:
    return [json.loads(line)["id"] for line in ended.out.splitlines()]


def test_the_list_and_one_of_it(folder: Path) -> None:
    assert plain(dead(folder, "list", "q.db").out) == (
        "id  died (UTC)  reason      type      mapping          cause\n"
        ' 4  TIME  rejected    identify  natero/identify  HTTP 400: {"error":"a fault on demand"}\n'
        ' 3  TIME  rejected    track     natero/track     HTTP 400: {"error":"a fault on demand"}\n'
        " 2  TIME  invalid     -         -                not JSON: expecting value at column 1\n"
        " 1  TIME  unmappable  track     natero/track     no readable timestamp\n"
    ).replace("(UTC)  ", "(UTC)        ")
    assert plain(dead(folder, "show", "q.db", "3").out) == (
        "id         3\n"
        "died       TIME UTC\n"
        "reason     rejected\n"
        "cause      HTTP 400\n"
        "mapping    natero/track\n"
        "request    event\n"
        "type       track\n"
        "message id m2\n"
        "from       calls.ndjson:3\n"
        "attempts   1\n"
        "status     400\n"
        'answer     {"error":"a fault on demand"}\n'
        "\n"
        "call:\n"
        "  {\n"
        '    "type": "track",\n'
        '    "event": "Closed",\n'
        '    "userId": "bad",\n'
        '    "anonymousId": "s2",\n'
        '    "messageId": "m2",\n'
        '    "timestamp": "2026-01-02"\n'
        "  }\n"
        "\n"
        "body as it was sent:\n"
        "  {\n"
        '    "user_id": "bad",\n'
        '    "session_id": "s2",\n'
        '    "created_at": 1767312000000,\n'
        '    "action": "feature",\n'
        '    "feature": "Closed",\n'
        '    "total": 1\n'
        "  }\n"
    )
    shown = dead(folder, "show", "q.db", "4", "-f", "json").out
    assert json.loads(shown)["call"]["writeKey"] == "***"
    everything = shown + dead(folder, "list", "q.db", "-f", "json").out
    assert not [secret for secret in ("wk-canary", *KEYS.values()) if secret in everything]


FILTERS: list[tuple[list[str], list[int]]] = [
    ([], [4, 3, 2, 1]),
    (["--reason", "rejected"], [4, 3]),
    (["--reason", "rejected", "--reason", "invalid"], [4, 3, 2]),
    (["--reason", "expired"], []),
    (["--type", "page"], []),
    (["--reason", "TIMESTAMP"], [1]),
    (["--type", "identify"], [4]),
    (["--mapping", "track", "--reason", "rejected"], [3]),
    (["--mapping", "natero/identify", "--mapping", "natero/track"], [4, 3, 1]),
    (["2", "4"], [4, 2]),
    (["--since", "1h"], [4, 3, 2, 1]),
    (["--until", "1h"], []),
    (["--until", "2020-02-03"], []),
    (["--since", "2020-02-03T04:05:06Z", "--limit", "1"], [4]),
]


def test_filters(folder: Path) -> None:
    for options, found in FILTERS:
        ended = dead(folder, "list", "q.db", *options, "-f", "json")
        assert (ended.code, numbers(ended)) == (0, found), options


def test_the_text_says_how_many_there_are(folder: Path) -> None:
    ended = dead(folder, "list", "q.db", "--limit", "1")
    assert [line.split()[0] for line in ended.out.splitlines()] == ["id", "4"]
    assert ended.err == "the newest 1 of 4; --limit shows more, and filters choose\n"
    assert dead(folder, "list", "q.db", "--reason", "expired").err == "no dead letter fits\n"


GONE = "numbers are never used again: it was replayed or dropped, or never was"
KINDS = "invalid, unmappable, rejected, expired, too_large, damaged"
NO_QUEUE = "no such queue\n  help: `mapper serve` and `mapper run --queue FILE` make one\n"


def test_the_help_and_the_pages_name_every_kind() -> None:
    assert ", ".join(queue.KINDS) == KINDS
    *most, last = KINDS.split(", ")
    told = " ".join(quick("dead", "list", "--help", cwd=ROOT).out.replace("│", " ").split())
    assert f"{', '.join(most)} or {last}, or part of the cause" in told
    page = (ROOT / "docs" / "queue.md").read_text("utf-8")
    assert ", ".join(f"`{kind}`" for kind in queue.KINDS) + " | results that are dead |" in page
    assert queue.NOT_DEAD.isdisjoint(queue.KINDS)


@pytest.mark.parametrize("command", [["list"], ["drop"], ["replay", "-n", "-q"]])
@pytest.mark.parametrize(
    ("chosen", "err"),
    [
        (["2", "98", "99"], f"there is no dead letter 98, 99\n  help: {GONE}"),
        (["9" * 30], f"there is no dead letter {'9' * 30}\n  help: {GONE}"),
        (["--mapping", "trak"], "--mapping: no dead letter is of `trak`\n  help: did you mean `track`?"),
        (
            ["--mapping", "natero/page", "--until", "1h"],
            "--mapping: no dead letter is of `natero/page`\n  help: letters are of natero/identify, natero/track",
        ),
        (
            ["--reason", "rejectd"],
            "--reason: no dead letter has `rejectd` in its cause\n  help: did you mean `rejected`?",
        ),
        (
            ["--reason", "500"],
            f"--reason: no dead letter has `500` in its cause\n  help: write a part of the cause, or one of {KINDS}",
        ),
    ],
)
def test_what_names_no_letter_does_nothing(command: list[str], chosen: list[str], err: str, folder: Path) -> None:
    ended = dead(folder, command[0], "q.db", *chosen, *command[1:])
    assert (ended.code, ended.out, ended.err) == (2, "", f"error: q.db: {err}\n")
    assert ledger(folder)["dead_letters"] == 4


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (["list", "q.db", "--type", "trak"], "--type: there is no call type `trak`\n  help: did you mean `track`?\n"),
        (
            ["list", "q.db", "--since", "soon"],
            "--since: can't read `soon`\n  help: write 2026-01-31, 2026-01-31T08:00, 2h or 7d\n",
        ),
        (
            ["list", "q.db", "--until", "9" * 400 + "h"],
            f"--until: can't read `{'9' * 400}h`\n  help: write 2026-01-31, 2026-01-31T08:00, 2h or 7d\n",
        ),
        (["drop", "q.db", "--reason", ""], "--reason: is empty\n  help: leave it out to take all\n"),
        (["drop", "q.db", "--mapping", ""], "--mapping: is empty\n  help: leave it out to take all\n"),
        (["list", "none.db"], f"none.db: {NO_QUEUE}"),
        (
            ["drop", "q.db"],
            "say which dead letters to drop\n  help: by number, by a filter such as --until 90d, or --all\n",
        ),
        (["drop", "none.db", "--all"], f"none.db: {NO_QUEUE}"),
        (["replay", "q.db", "--rate", "fast"], "--rate: can't read `fast`\n  help: write 100/s, 90/m or 1000/h\n"),
        (
            ["replay", "q.db", "-f", "json"],
            "--format is for what --dry-run shows\n  help: leave it out, or add --dry-run\n",
        ),
    ],
)
def test_what_can_not_be_done(tmp_path: Path, arguments: list[str], err: str) -> None:
    ended = dead(tmp_path, *arguments)
    assert (ended.code, ended.out, ended.err) == (2, "", f"error: {err}")
    assert not list(tmp_path.iterdir())


def test_what_is_dropped_stays_counted(folder: Path, sandbox: RunningSandbox) -> None:
    ended = dead(folder, "show", "q.db", "99")
    assert (ended.code, ended.err) == (
        2,
        f"error: q.db: there is no dead letter 99\n  help: {GONE}\n",
    )
    assert dead(folder, "drop", "q.db", "--reason", "invalid").out == "dropped 1 dead letter\n"
    assert ledger(folder) == {
        "read": 5, "delivered": 1, "skipped": 0, "dead": 4, "pending": 0, "dead_letters": 3, "lines": 5
    }  # fmt: skip
    run(folder, sandbox, "run", "--queue", "q.db", "--keep-dead", "90d")
    assert ledger(folder)["dead_letters"] == 3
    run(folder, sandbox, "run", "--queue", "q.db", "--keep-dead", "1ms")
    assert ledger(folder)["dead"] == 4
    assert "\n0 dead letters are kept, 3 dropped by age, 1 dropped by hand\n" in quick("status", "q.db", cwd=folder).out
    assert (
        'mapper_dead_letters_dropped_total{why="by age"} 3'
        in quick("status", "q.db", "-f", "prometheus", cwd=folder).out
    )
    assert quick("queue", "check", "q.db", cwd=folder).out == "q.db: sound\n"


@pytest.mark.long
def test_replay_takes_todays_mapping_and_only_the_one_it_died_in(folder: Path, sandbox: RunningSandbox) -> None:
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, folder / name)
    track = folder / "mappings" / "natero" / "track.yaml"
    before = (folder / "q.db").read_bytes()
    changed = track.read_text().replace(
        "  feature: {$from: trim(present_text(event)), $required: no event name}", "  feature: {$const: Renamed}"
    )
    track.write_text(changed)
    shown = dead(folder, "replay", "q.db", "3", "4", "--dry-run")
    assert (shown.code, shown.out) == (
        0,
        "3  track  natero/track  calls.ndjson:3\n"
        '  was  rejected: HTTP 400: {"error":"a fault on demand"}\n'
        "  now  natero/event\n"
        "    @@ -3,6 +3,6 @@\n"
        '       "session_id": "s2",\n'
        '       "created_at": 1767312000000,\n'
        '       "action": "feature",\n'
        '    -  "feature": "Closed",\n'
        '    +  "feature": "Renamed",\n'
        '       "total": 1\n'
        "     }\n"
        "4  identify  natero/identify  calls.ndjson:4\n"
        '  was  rejected: HTTP 400: {"error":"a fault on demand"}\n'
        "  now  natero/event: the same as before\n",
    )
    assert shown.err.splitlines()[-1] == "a replay would send 2, skip 0 and find 0 dead again"
    assert (folder / "q.db").read_bytes() == before
    sandbox.client.delete("/faults")
    ended = run(folder, sandbox, "dead", "replay", "q.db", "--reason", "rejected")
    assert ended.code == 0
    assert ended.err.splitlines()[1:] == [
        "q.db: 2 dead letters to replay",
        "read      5",
        "delivered 3",
        "skipped   0",
        "dead      2",
        "          1  invalid: not JSON: expecting value",
        "          1  unmappable: no readable timestamp",
        "pending   0",
        "this replay: 2 delivered, 0 skipped, 0 dead",
    ]
    assert ledger(folder) == {
        "read": 5, "delivered": 3, "skipped": 0, "dead": 2, "pending": 0, "dead_letters": 2, "lines": 5
    }  # fmt: skip
    assert [event.get("feature") for event in sandbox.events if event["user_id"] == "bad"] == ["Renamed", None]


@pytest.mark.long
def test_what_dies_again_is_a_letter_again(folder: Path, sandbox: RunningSandbox) -> None:
    ended = run(folder, sandbox, "dead", "replay", "q.db")
    assert ended.code == 1
    assert numbers(dead(folder, "list", "q.db", "-f", "json")) == [8, 7, 6, 5]
    assert ended.err.splitlines()[-1] == "this replay: 0 delivered, 0 skipped, 4 dead"
    assert ledger(folder) == {
        "read": 5, "delivered": 1, "skipped": 0, "dead": 4, "pending": 0, "dead_letters": 4, "lines": 5
    }  # fmt: skip


def test_letters_of_a_destination_that_does_not_run_are_left_alone(folder: Path, sandbox: RunningSandbox) -> None:
    ended = run(folder, sandbox, "dead", "replay", "q.db", "--reason", "rejected", "--destination", "natero-accounts")
    assert (
        "nothing to replay\n2 of `natero`, which does not run, are left alone; --destination natero makes it run\n"
        in (ended.err)
    )
    assert numbers(dead(folder, "list", "q.db", "-f", "json")) == [4, 3, 2, 1]
