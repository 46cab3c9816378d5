"""Settings of a run: what is missing or malformed is told before anything is sent, and which source wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.kit import KEYS, Ended, quick, track, write
from tests.support.sandbox import running_sandbox

SANDBOX_KEYS = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}
NOWHERE = ("--base-url", "http://127.0.0.1:9", "--give-up-after", "100ms")


def run(folder: Path, *options: str, env: dict[str, str] | None = None) -> Ended:
    return quick("run", write(folder / "in.ndjson", track()), *options, cwd=folder, env=env)


def begin(folder: Path, *options: str, env: dict[str, str] | None = None) -> Ended:
    """A run that does not get as far as sending."""
    return quick("run", write(folder / "in.ndjson", track()), *options, cwd=folder, env=env)


def test_without_keys_nothing_is_sent_and_each_missing_one_is_named(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
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
    with running_sandbox() as sandbox:
        done = run(tmp_path, "--base-url", sandbox.base_url, "--settings", "keys.yaml")
        assert [event["user_id"] for event in sandbox.events] == ["u1"]
    assert done.code == 0


def test_secrets_are_refused_on_the_command_line(tmp_path: Path) -> None:
    done = begin(tmp_path, *NOWHERE, "--set", "authKey=canary-on-the-line", env=KEYS)
    assert done.code == 2
    assert "`authKey` is a secret and must not be given by --set" in done.err
    assert "canary-on-the-line" not in done.err
    dry = quick("run", "in.ndjson", "--dry-run", "--set", "natero.authKey=canary-on-the-line", cwd=tmp_path)
    assert (dry.code, dry.out) == (2, "")
    assert dry.err.endswith(done.err[done.err.index("error: ") :])


@pytest.mark.parametrize("region", ["authKey", "XX", "`authKey`"])
def test_a_malformed_setting_ends_a_dry_run_too_whatever_its_value_is(region: str, tmp_path: Path) -> None:
    done = begin(tmp_path, "--dry-run", "--set", f"endpointRegion={region}")
    assert (done.code, done.out) == (2, "")
    assert "natero: the setting `endpointRegion` is malformed: " in done.err


def test_a_dry_run_needs_no_secret_and_minds_none_that_is_malformed(tmp_path: Path) -> None:
    done = begin(tmp_path, "--dry-run", env={"NATERO_AUTH_KEY": "two words"})
    assert (done.code, len(done.results)) == (0, 1)


def test_an_allowed_value_that_is_near_is_offered(tmp_path: Path) -> None:
    done = begin(tmp_path, *NOWHERE, "--set", "endpointRegion=eu", env=KEYS)
    assert done.err.endswith("help: it comes from --set endpointRegion; did you mean `EU`?\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--set", "endpointregion=EU"), "did you mean `endpointRegion`?"),
        (("--set", "natro.endpointRegion=EU"), "no destination `natro` runs\n  help: did you mean `natero`?"),
        (("--set", "endpointRegion"), "--set endpointRegion: write NAME=VALUE"),
        (("--settings", "none.yaml"), "error: none.yaml: no such file\n  help: check the spelling of the path"),
        (("--base-url", "http://example.org"), "--base-url must begin with https://"),
        (("--base-url", "ftp://127.0.0.1"), "--base-url must begin with https://"),
        (("--ca-file", "none.pem"), "none.pem"),
        (("--give-up-after", "soon"), "--give-up-after: can't read `soon`"),
        (("--destination", "natro"), "did you mean `natero`?"),
        (("--only", "tracks"), "did you mean `track`?"),
        (("--dry-run", "--sandbox"), "--dry-run sends nothing"),
        (
            (*NOWHERE, "--dead-letters", "none/dead"),
            "--dead-letters: can't write none/dead: No such file or directory\n  help: name a file in a folder",
        ),
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
    with running_sandbox() as sandbox:
        direct = run(tmp_path, "--base-url", sandbox.base_url, env=SANDBOX_KEYS | proxies)
        through = run(tmp_path, "--base-url", sandbox.base_url, "--give-up-after", "100ms", *dead, env=SANDBOX_KEYS)
        assert sandbox.received["count"] == 1
    assert (direct.code, through.code) == (0, 1)


def test_what_is_wrong_with_a_settings_file_has_a_place_and_shows_no_key(tmp_path: Path) -> None:
    text = "natero:\n  authKey: canary key\n  sendkey: canary\n  endpointRegion: UK\nregion: EU\n"
    (tmp_path / "settings.yaml").write_text(text)
    done = begin(tmp_path, *NOWHERE, "--settings", "settings.yaml", env=KEYS)
    assert done.code == 2
    assert done.err.partition("\n")[2] == (
        "error: settings.yaml:3:3: natero: there is no setting `sendkey`\n"
        "  help: did you mean `sendKey`?\n"
        "error: settings.yaml:5:1: natero: there is no setting `region`\n"
        "  help: its settings are anonymousUsers, authKey, endpointRegion, sendKey\n"
        "error: settings.yaml:2:12: natero: the setting `authKey` is malformed: "
        "its value is not text that matches ^[A-Za-z0-9_-]+$\n"
        "  help: are there blanks or quotes in it?\n"
        "error: settings.yaml:4:19: natero: the setting `endpointRegion` is malformed: `UK` is not one of US, EU\n"
    )


@pytest.mark.parametrize(
    ("text", "message", "help_"),
    [
        ("sendKey: b\nauthKey:canary", "2:1: no space after the `:`", "a key needs a blank after its `:`"),
        ("authKey: *canary", "1:10: anchors, aliases and merge keys are not allowed", "put quotes around the whole"),
        ("authKey: a\nauthKey: b", "2:1: the key `authKey` stands twice", "delete or rename one of them"),
        ("# none yet", "1:1: the file is empty", "it holds lines such as `authKey: ...`"),
        ("canary", "1:1: the file does not consist of keys and values", "it holds lines such as `authKey: ...`"),
    ],
)
def test_a_settings_file_that_can_not_be_read(text: str, message: str, help_: str, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(text)
    done = begin(tmp_path, *NOWHERE, "--settings", "settings.yaml", env=KEYS)
    assert done.code == 2
    assert f"error: settings.yaml:{message}" in done.err
    assert f"  help: {help_}" in done.err
    assert "canary" not in done.err
