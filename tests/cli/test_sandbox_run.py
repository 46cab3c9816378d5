"""`mapper run --sandbox`: the whole way over real HTTP, with nothing set up."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.kit import EXAMPLES, KEYS, ROOT, mapper, quick, track, write


def test_the_example_file_arrives_and_the_ledger_balances(tmp_path: Path) -> None:
    done = mapper("run", EXAMPLES / "events.ndjson", "--sandbox", cwd=tmp_path)
    ledger = done.ledger
    assert done.code == 0
    assert ledger["read"] == 550
    assert ledger["read"] == ledger["delivered"] + ledger["skipped"]
    assert ledger["dead"] == ledger["pending"] == 0
    assert f"the sandbox natero received {ledger['delivered']} events, among them:" in done.err
    shown = [json.loads(line) for line in done.err.splitlines() if line.startswith("  {")]
    assert {"feature", "identifyUser", "identifyAccount"} <= {event["action"] for event in shown}


def test_awkward_input_is_accounted_for_line_by_line_and_its_dead_letters_run_again(tmp_path: Path) -> None:
    letters = tmp_path / "dead.ndjson"
    first = mapper("run", EXAMPLES / "awkward.ndjson", "--sandbox", "--dead-letters", letters, "-v", cwd=tmp_path)
    assert first.code == 1
    assert first.ledger["read"] == 20
    assert first.ledger["read"] == first.ledger["delivered"] + first.ledger["skipped"] + first.ledger["dead"]
    written = [json.loads(line) for line in letters.read_text().splitlines()]
    assert len(written) == first.ledger["dead"]
    again = mapper("run", letters, "--sandbox", cwd=tmp_path)
    assert again.code == 1
    assert again.ledger["read"] == again.ledger["dead"] == first.ledger["dead"]
    assert again.err.endswith("the sandbox natero received 0 events\n")


def test_a_sandbox_of_another_destination_is_refused(tmp_path: Path) -> None:
    """What has no sandbox of its own would go to the real destination."""
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    file = tmp_path / "mappings" / "natero" / "sandbox.yaml"
    file.write_text(file.read_text("utf-8").replace("id: natero\n", "id: nateru\n"), "utf-8")
    write(tmp_path / "in.ndjson", track())
    for command in ("run in.ndjson --sandbox", "sandbox"):
        ended = quick(*command.split(), cwd=tmp_path, env=KEYS)
        assert (ended.code, ended.out) == (2, "")
        assert "`id`: `nateru` is not the id in destination.yaml, which is `natero`\n" in ended.err


def test_a_sandbox_that_brings_a_setting_of_its_own_is_refused(tmp_path: Path) -> None:
    """MAP504 is an error because of this."""
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    file = tmp_path / "mappings" / "natero" / "sandbox.yaml"
    right = file.read_text("utf-8")
    text = right.replace("  authKey:", "  tenant: sandbox-acme\n  authKey:").replace(": /v1/", ": /{tenant}/")
    file.write_text(text, "utf-8")
    write(tmp_path / "in.ndjson", track())
    ended = quick("run", "in.ndjson", "--sandbox", cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "natero: there is no setting `tenant`\n" in ended.err
    assert "MAP504" in quick("validate", cwd=tmp_path).out


def test_no_sandbox_is_started_for_mappings_with_errors(tmp_path: Path) -> None:
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "mappings" / "natero" / "track.yaml").write_text("mapper: 1\n")
    ended = quick("sandbox", cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "\nerror: the mappings have errors and no sandbox was started\n  help: `mapper validate" in ended.err
