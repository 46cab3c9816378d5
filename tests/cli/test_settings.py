"""Settings of a run: what is missing or malformed is told before anything is sent, and which source wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.kit import KEYS, Ended, quick, track, write
from tests.support.sandbox import sandbox_process

SANDBOX_KEYS = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}
NOWHERE = ("--base-url", "http://127.0.0.1:9", "--give-up-after", "100ms")


def run(folder: Path, *options: str, env: dict[str, str] | None = None) -> Ended:
    return quick("run", write(folder / "in.ndjson", track()), *options, cwd=folder, env=env)


def begin(folder: Path, *options: str, env: dict[str, str] | None = None) -> Ended:
    """A run that does not get as far as sending."""
    return quick("run", write(folder / "in.ndjson", track()), *options, cwd=folder, env=env)


def test_without_keys_nothing_is_sent_and_each_missing_one_is_named(tmp_path: Path) -> None:
    with sandbox_process("natero") as sandbox:
        done = run(tmp_path, "--base-url", sandbox.base_url)
        assert sandbox.received["count"] == 0
    assert done.code == 2
    assert "error: natero: the setting `authKey` is missing\n  help: set NATERO_AUTH_KEY in the environment" in done.err
    assert "error: natero: the setting `sendKey` is missing\n  help: set NATERO_SEND_KEY in the environment" in done.err
    assert "read" not in done.err


@pytest.mark.parametrize("key", ["with blank", '"quoted"', "a/b", "a\nb", "ключ", "a%2Fb", "a?b"])
def test_a_malformed_key_is_told_without_showing_it(key: str, tmp_path: Path) -> None:
    done = begin(tmp_path, *NOWHERE, env=KEYS | {"NATERO_SEND_KEY": key})
    assert done.code == 2
    assert "natero: the setting `sendKey` is malformed: its value is not text that matches ^[A-Za-z0-9_-]+$" in done.err
    assert key not in done.err


def test_a_region_that_does_not_exist_is_refused_and_never_taken_for_the_us(tmp_path: Path) -> None:
    done = begin(tmp_path, *NOWHERE, env=KEYS | {"NATERO_ENDPOINT_REGION": "eu-west"})
    assert done.code == 2
    assert "`endpointRegion` is malformed: `eu-west` is not one of US, EU" in done.err


@pytest.mark.parametrize(
    ("options", "file", "variable", "host"),
    [
        ((), None, None, "events"),
        ((), None, "", "events"),
        ((), None, "EU", "events-eu"),
        ((), "EU", "US", "events-eu"),
        (("--set", "endpointRegion=EU"), "US", "US", "events-eu"),
        (("--set", "natero.endpointRegion=EU", "--set", "endpointRegion=US"), None, None, "events-eu"),
        (("--set", "endpointRegion="), "EU", "US", "events-eu"),
    ],
)
def test_set_beats_file_beats_environment_beats_default(
    options: tuple[str, ...], file: str | None, variable: str | None, host: str, tmp_path: Path
) -> None:
    given = list(options)
    if file is not None:
        (tmp_path / "settings.yaml").write_text(f"endpointRegion: {file}\n")
        given += ["--settings", "settings.yaml"]
    env = {} if variable is None else {"NATERO_ENDPOINT_REGION": variable}
    done = begin(tmp_path, "--dry-run", *given, env=env)
    assert done.code == 0
    assert done.results[0]["request"]["url"] == f"https://{host}.natero.com/v1/***/***"


@pytest.mark.long
def test_secrets_come_from_a_settings_file_too(tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text("natero: {authKey: sandbox-auth-key, sendKey: sandbox-send-key}\n")
    with sandbox_process("natero") as sandbox:
        done = run(tmp_path, "--base-url", sandbox.base_url, "--settings", "keys.yaml")
        assert [event["user_id"] for event in sandbox.events] == ["u1"]
    assert done.code == 0


def test_secrets_are_refused_on_the_command_line(tmp_path: Path) -> None:
    done = begin(tmp_path, *NOWHERE, "--set", "authKey=canary-on-the-line", env=KEYS)
    assert done.code == 2
    assert "`authKey` is a secret and must not be given by --set" in done.err
    assert "canary-on-the-line" not in done.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--set", "endpointregion=EU"), "did you mean `endpointRegion`?"),
        (("--set", "natro.endpointRegion=EU"), "no destination `natro` runs\n  help: did you mean `natero`?"),
        (("--set", "endpointRegion"), "--set endpointRegion: write NAME=VALUE"),
        (("--settings", "none.yaml"), "the settings file none.yaml can't be read: no such file"),
        (("--base-url", "http://example.org"), "--base-url must begin with https://"),
        (("--base-url", "ftp://127.0.0.1"), "--base-url must begin with https://"),
        (("--ca-file", "none.pem"), "none.pem"),
        (("--give-up-after", "soon"), "--give-up-after: can't read `soon`"),
        (("--destination", "natro"), "did you mean `natero`?"),
        (("--only", "tracks"), "did you mean `track`?"),
        (("--dry-run", "--sandbox"), "--dry-run sends nothing"),
        (("--mappings", "none"), "the mappings folder none does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = begin(tmp_path, *options, env=KEYS)
    assert done.code == 2
    assert message in done.err


def test_the_second_destination_has_settings_of_its_own(tmp_path: Path) -> None:
    done = begin(tmp_path, *NOWHERE, "--destination", "natero-accounts", env=KEYS)
    assert done.code == 2
    assert "help: set NATERO_ACCOUNTS_" in done.err


@pytest.mark.long
def test_no_proxy_is_taken_from_the_environment(tmp_path: Path) -> None:
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    dead = ("--proxy", "http://127.0.0.1:9")
    with sandbox_process("natero") as sandbox:
        direct = run(tmp_path, "--base-url", sandbox.base_url, env=SANDBOX_KEYS | proxies)
        through = run(tmp_path, "--base-url", sandbox.base_url, "--give-up-after", "100ms", *dead, env=SANDBOX_KEYS)
        assert sandbox.received["count"] == 1
    assert (direct.code, through.code) == (0, 1)
