"""What a server is told: from where it comes, and what its operator reads where it can't be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from mapper.authoring.shipped import shipped
from mapper.base.json import decode
from mapper.server.config import ServerConfig, SourceConfig, WebhookConfig, load_config
from mapper.server.fault import ConfigError
from tests.cli.kit import quick
from tests.support.pages import blocks

SOURCE = "sources: {web: {write_keys: [k]}}\n"
SYNTAX = "a key needs a blank after its `:`, a text with a backslash single quotes"
SEVERAL = """\
listen: 8080
queue:
most_pending: 0
sorces: {}
sources:
  web: {write_keys: CANARY}
  ios: {write_key: [CANARY]}
  and: {write_keys: [$NOT_SET, $canary-key, 12345, ""]}
  a: {write_keys: [CANARY, CANARY]}
  b: {write_keys: [CANARY]}
  c: [CANARY]
  d: {CANARY}
  e:
webhooks:
  h: {secrets: [], batches: yes, secrets: [CANARY]}
  i: {}
trust_proxies: [10.0.0.1/8, '*', 127.0.0.1]
"""
TOLD = """\
error: serve.yaml:1:9: `listen`: expected ADDRESS:PORT, found a number
  help: such as `listen: 127.0.0.1:8080`
error: serve.yaml:2:1: `queue`: expected a file or nats://host/name, found nothing
  help: give it a value, or delete the key
error: serve.yaml:3:15: `most_pending`: expected a whole number, 1 or more, found 0
  help: such as `most_pending: 1000000`
error: serve.yaml:4:1: unknown key `sorces`
  help: did you mean `sources`?
error: serve.yaml:6:21: `sources.web.write_keys`: expected a list of write keys, found text
  help: write it as a list, in brackets
error: serve.yaml:7:9: unknown key `write_key` in `sources.ios`
  help: did you mean `write_keys`?
error: serve.yaml:8:22: the environment variable NOT_SET is not set
  help: set it; what begins with `$` is always taken from there
error: serve.yaml:8:32: no environment variable has this name
  help: set it; what begins with `$` is always taken from there
error: serve.yaml:8:45: `sources.and.write_keys[2]`: expected a write key, found a number
  help: put it in quotes to make it text
error: serve.yaml:8:52: `sources.and.write_keys[3]`: expected a write key, found empty text
  help: such as `$WEB_KEY`
error: serve.yaml:9:28: `sources.a.write_keys`: this stands there twice
  help: delete one of them
error: serve.yaml:10:20: `b` has the same write key as `a`
  help: give each source its own
error: serve.yaml:11:6: `sources.c`: expected the key `write_keys`, found a list
  help: such as `c: {write_keys: [$WEB_KEY]}`
error: serve.yaml:12:3: `sources.d` lacks `write_keys`
  help: add it, such as `write_keys: [$WEB_KEY]`
error: serve.yaml:12:7: unknown key in `sources.d`
  help: known here: write_keys
error: serve.yaml:13:3: `sources.e`: expected the key `write_keys`, found nothing
  help: give it a value, or delete the key
error: serve.yaml:15:16: `webhooks.h.secrets`: expected a list of secrets, found an empty list
  help: such as `secrets: [$HOOK_SECRET]`
error: serve.yaml:15:29: `webhooks.h.batches`: expected true or false, found text
  help: such as `batches: false`
error: serve.yaml:15:34: the key `secrets` stands twice in this mapping
  help: delete or rename one of them
error: serve.yaml:16:3: `webhooks.i` lacks `secrets`
  help: add it, such as `secrets: [$HOOK_SECRET]`
error: serve.yaml:17:17: `trust_proxies[0]`: expected an address or a network, found `10.0.0.1/8`
  help: did you mean `10.0.0.0/8`?
error: serve.yaml:17:29: `trust_proxies[1]`: expected an address or a network, found `*`
  help: such as `10.0.0.0/8`
"""


def told(folder: Path, config: str, *options: str, env: dict[str, str] | None = None) -> str:
    """What the command says of a file, which it refuses."""
    (folder / "serve.yaml").write_text(config)
    ended = quick("serve", "--config", "serve.yaml", *options, cwd=folder, env=env or {})
    assert (ended.code, ended.out) == (2, "")
    return ended.err


def test_all_mistakes_are_told_at_once_each_in_its_place_and_none_shows_a_key(tmp_path: Path) -> None:
    found = told(tmp_path, SEVERAL)
    assert found == TOLD
    assert "canary" not in found.lower()


@pytest.mark.parametrize(
    ("config", "message", "help_"),
    [
        ("sources: {web: [", "serve.yaml:1:16: this `[` is never closed", "add the closing `]`"),
        (
            f"{SOURCE}queue: *canary",
            "serve.yaml:2:8: anchors, aliases and merge keys are not allowed",
            "put quotes around the whole value",
        ),
        (
            "webhooks: {a: {secrets: [@canary]}}",
            "serve.yaml:1:26: a value can't start with `@` in YAML",
            "quote the whole value, or put it on the line after `>-`",
        ),
        (
            "sources:\n  web:\n    write_keys:\n      - !canary",
            "serve.yaml:4:9: `!` at the start of a value is a YAML tag",
            "put quotes around the whole value",
        ),
        (
            f'{SOURCE}queue: "\\u1canary"',
            "serve.yaml:2:9: the text is not well-formed YAML",
            SYNTAX,
        ),
        (f"{SOURCE}listen:canary", "serve.yaml:2:1: no space after the `:`", SYNTAX),
        (f"{SOURCE}\tqueue: q", "serve.yaml:2:1: tab used for indentation", "use spaces"),
        (
            "- canary",
            "serve.yaml:1:1: the file does not consist of keys and values",
            "docs/serving.md lists what it may hold",
        ),
        (
            "# nothing yet",
            "serve.yaml:1:1: nobody may send calls: there are neither sources nor webhooks",
            "add `sources: {web: {write_keys: [$WEB_KEY]}}`, or set MAPPER_WRITE_KEYS=web=KEY",
        ),
        (
            f"{SOURCE}listen: nowhere",
            "serve.yaml:2:9: `listen`: expected ADDRESS:PORT, found `nowhere`",
            "such as `listen: 127.0.0.1:8080`",
        ),
        (
            f"{SOURCE}queue: nats://user:canary@host/a/b",
            "serve.yaml:2:8: `queue`: expected a file or nats://host/name, found text",
            "such as `queue: queue.db`",
        ),
        (
            f"{SOURCE}queue: nat://user:canary@host/a",
            "serve.yaml:2:8: `queue`: expected a file or nats://host/name, found text",
            "such as `queue: queue.db`",
        ),
        (
            f"{SOURCE}queue: ''",
            "serve.yaml:2:8: `queue`: expected a file or nats://host/name, found empty text",
            "such as `queue: queue.db`",
        ),
        (
            f"{SOURCE}listen: 127.0.0.1:65536",
            "serve.yaml:2:9: `listen`: expected ADDRESS:PORT, found `127.0.0.1:65536`",
            "such as `listen: 127.0.0.1:8080`",
        ),
        (
            f"{SOURCE}trust_proxies: proxy.example",
            "serve.yaml:2:16: `trust_proxies`: expected a list of addresses or networks, found text",
            "write it as a list, in brackets",
        ),
        (
            f"{SOURCE}trust_proxies: ['', proxy.example]",
            'serve.yaml:2:17: `trust_proxies[0]`: expected an address or a network, found `""`',
            "such as `10.0.0.0/8`",
        ),
        (
            "webhooks:\n  segmen {secret ['canary'], batches: true}",
            'serve.yaml:2:39: `webhooks["…"]`: expected the key `secrets`, found text',
            "such as `{secrets: [$HOOK_SECRET]}`",
        ),
        (
            "webhooks: {segment: {secrets: [k], 'canary', batches: true}}",
            "serve.yaml:1:36: unknown key in `webhooks.segment`",
            "known here: secrets, batches",
        ),
        (
            f"{SOURCE}most_pending: true",
            "serve.yaml:2:15: `most_pending`: expected a whole number, 1 or more, found true",
            "such as `most_pending: 1000000`",
        ),
    ],
)
def test_one_mistake(tmp_path: Path, config: str, message: str, help_: str) -> None:
    assert told(tmp_path, config).partition("\nerror: ")[0].rstrip() == f"error: {message}\n  help: {help_}"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    ended = quick("serve", "--config", "none.yaml", cwd=tmp_path)
    assert (ended.code, ended.err) == (2, "error: none.yaml: no such file\n  help: check the spelling of the path\n")


def test_variables_and_options_are_named_beside_the_file(tmp_path: Path) -> None:
    env = {"MAPPER_WRITE_KEYS": "web=k canary", "MAPPER_WEBHOOK_SECRETS": "=canary", "MAPPER_LISTEN": "here"}
    assert told(tmp_path, f"{SOURCE}most_pending: -1", "--listen", "9" * 50, env=env) == (
        "error: serve.yaml:2:15: `most_pending`: expected a whole number, 1 or more, found -1\n"
        "  help: such as `most_pending: 1000000`\n"
        "error: MAPPER_WRITE_KEYS: not all of it is name=key\n"
        "  help: write web=KEY ios=KEY\n"
        "error: MAPPER_WEBHOOK_SECRETS: not all of it is name=key\n"
        "  help: write segment=SECRET\n"
        "error: MAPPER_LISTEN: expected ADDRESS:PORT, found `here`\n"
        "  help: such as 127.0.0.1:8080\n"
        f'error: --listen: expected ADDRESS:PORT, found `"{"9" * 39}…"`\n'
        "  help: such as 127.0.0.1:8080\n"
    )
    assert told(tmp_path, SOURCE, "--queue", "", env={"MAPPER_QUEUE": "nats://user:canary@"}) == (
        "error: MAPPER_QUEUE: expected a file or nats://host/name, found text\n  help: such as queue.db\n"
        "error: --queue: expected a file or nats://host/name, found empty text\n  help: such as queue.db\n"
    )
    assert told(tmp_path, SOURCE, env={"MAPPER_WRITE_KEYS": "ios=k"}) == (
        "error: MAPPER_WRITE_KEYS: `ios` has the same write key as `web`\n  help: give each source its own\n"
    )


def test_without_a_file_nobody_may_send(tmp_path: Path) -> None:
    assert quick("serve", cwd=tmp_path).err == (
        "error: nobody may send calls: there are neither sources nor webhooks\n"
        "  help: name them in --config FILE, or set MAPPER_WRITE_KEYS=web=KEY\n"
    )


def test_all_of_the_configuration_may_stand_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "serve.yaml"
    file.write_text("listen: 127.0.0.1:1\nsources: {web: {write_keys: [a]}}\nwebhooks: {hook: {secrets: [$OLD]}}\n")
    environment = {
        "MAPPER_WRITE_KEYS": "web=b ios=c web=a",
        "MAPPER_WEBHOOK_SECRETS": "hook=new other=s=t",
        "MAPPER_LISTEN": "0.0.0.0:80",
        "MAPPER_QUEUE": "other.db",
        "OLD": "old",
    }
    config = load_config(file, environment)
    assert config.names_by_key == {"a": "web", "b": "web", "c": "ios"}
    assert {name: hook.secrets for name, hook in config.webhooks.items()} == {"hook": ("old", "new"), "other": ("s=t",)}
    assert (config.address, config.queue) == (("0.0.0.0", 80), "other.db")
    assert load_config(file, environment, {"listen": "[::1]:0", "queue": None}).address == ("::1", 0)
    assert load_config(None, {"MAPPER_WRITE_KEYS": "web=b"}).address == ("127.0.0.1", 8080)


# -- the schema -------------------------------------------------------------------------------------------------------


def names(struct: type[msgspec.Struct]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(struct)}


def test_the_schema_has_what_the_server_reads(tmp_path: Path) -> None:
    schema: dict[str, Any] = decode((shipped("schemas") / "serve.schema.json").read_bytes())
    parts = schema["properties"]
    assert parts.keys() == names(ServerConfig)
    for part, struct in (("sources", SourceConfig), ("webhooks", WebhookConfig)):
        assert parts[part]["additionalProperties"]["properties"].keys() == names(struct)
    for key, part in parts.items():
        (tmp_path / "one.json").write_bytes(msgspec.json.encode({key: part["examples"][0]}))
        environment = {"MAPPER_WRITE_KEYS": "other=k", "WEB_KEY": "w", "HOOK_SECRET": "h"}
        assert getattr(load_config(tmp_path / "one.json", environment), key)


def test_a_whole_number_is_one_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "serve.yaml").write_text(f"{SOURCE}most_pending: 5.0e3")
    assert load_config(tmp_path / "serve.yaml", {}).most_pending == 5000


def test_the_example_of_the_docs_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "serve.yaml").write_text(next(iter(blocks("docs/serving.md", "yaml"))))
    with pytest.raises(ConfigError, match="WEB_KEY is not set"):
        load_config(tmp_path / "serve.yaml", {})
    environment = {"WEB_KEY": "a", "IOS_KEY": "b", "OLD_IOS_KEY": "c", "HOOK_SECRET": "d"}
    assert load_config(tmp_path / "serve.yaml", environment).names_by_key == {"a": "web", "b": "ios", "c": "ios"}
