"""`mapper run --dry-run`: each result as a line, in input order, without keys."""

from __future__ import annotations

from pathlib import Path

from tests.cli.kit import AT, EXAMPLES, KEYS, mapper, quick, track, write

URL = "https://events.natero.com/v1/***/***"


def test_the_exact_lines_of_each_kind_of_result(tmp_path: Path) -> None:
    file = write(
        tmp_path / "in.ndjson",
        track(),
        {"type": "screen", "messageId": "m2", "userId": "u1", "timestamp": AT},
        {"type": "track", "messageId": "m3", "userId": "u1", "event": "No Time"},
        "{nope",
    )
    done = mapper("run", file, "--dry-run", cwd=tmp_path)
    body = '{"user_id":"u1","created_at":1704164645000,"action":"feature","feature":"Signed Up","total":1}'
    assert done.out.splitlines() == [
        '{"line":1,"message_id":"m-u1","type":"track","destination":"natero","mapping":"track","request":'
        f'{{"name":"event","method":"POST","url":"{URL}","headers":{{"content-type":"application/json"}},"body":{body}}}}}',
        '{"line":2,"message_id":"m2","type":"screen","destination":"natero","skipped":"screen calls are not accepted"}',
        '{"line":3,"message_id":"m3","type":"track","destination":"natero","mapping":"track",'
        '"unmappable":"no readable timestamp"}',
        '{"line":4,"invalid":"not JSON: expecting property name enclosed in double quotes at column 2"}',
    ]
    assert done.ledger == {"read": 4, "mapped": 1, "skipped": 1, "dead": 2}
    assert done.code == 1


def test_nothing_dead_exits_with_0(tmp_path: Path) -> None:
    done = quick("run", EXAMPLES / "events.ndjson", "--dry-run", cwd=tmp_path)
    assert done.code == 0
    assert [result["line"] for result in done.results] == list(range(1, 551))
    assert done.ledger["read"] == done.ledger["mapped"] + done.ledger["skipped"] == 550


def test_keys_that_are_there_show_no_more_than_those_that_are_not(tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", track())
    plain = quick("run", file, "-n", cwd=tmp_path)
    assert quick("run", file, "-n", cwd=tmp_path, env=KEYS) == plain


def test_the_eu_host_by_each_way_to_give_a_setting(tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", track())
    eu = tmp_path / "eu.yaml"
    eu.write_text("natero: {endpointRegion: EU}\n")
    us = {"NATERO_ENDPOINT_REGION": "US"}

    def host(*options: str | Path, env: dict[str, str] | None = None) -> str:
        (result,) = quick("run", file, "-n", *options, cwd=tmp_path, env=env).results
        return str(result["request"]["url"]).split("/")[2]

    assert host(env={"NATERO_ENDPOINT_REGION": "EU"}) == "events-eu.natero.com"
    assert host("--settings", eu, env=us) == "events-eu.natero.com"  # the file beats the environment
    assert host("--settings", eu, "--set", "endpointRegion=US") == "events.natero.com"  # the option beats the file


def test_several_files_are_told_apart(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.ndjson", track("a")), write(tmp_path / "b.ndjson", track("b"), track("c"))
    done = quick("run", first, second, "-n", cwd=tmp_path)
    assert [(result["file"], result["line"]) for result in done.results] == [
        (str(first), 1),
        (str(second), 1),
        (str(second), 2),
    ]
