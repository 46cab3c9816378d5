"""What a server is told: where it listens, whose calls it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import msgspec

from mapper.authoring.offsets import locate
from mapper.authoring.read import read_document
from mapper.authoring.rules.reading import EMPTY, NOT_KEYS

_ADDRESS: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+)):(\d{1,5})")
_GREATEST_PORT: Final = 65_535
_HELP: Final = "docs/serving.md lists what it may hold"
WRITE_KEYS: Final = "MAPPER_WRITE_KEYS"
WEBHOOK_SECRETS: Final = "MAPPER_WEBHOOK_SECRETS"
"""Environment variables with more sources and webhooks: ``name=key``, several with blanks between."""
_PLAIN: Final = {"MAPPER_LISTEN": "listen", "MAPPER_QUEUE": "queue"}
"""Those that say the same as a key of the file, which they go before."""


class ConfigError(Exception):
    """The configuration can't be used; the message is one line, `help` says what to do about it."""

    def __init__(self, message: str, help: str | None = None) -> None:  # noqa: A002 - the word all our errors use
        super().__init__(message)
        self.help = help


class SourceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source of the Tracking API; `write_keys` are its keys, several while one is replaced by another."""

    write_keys: tuple[str, ...]


class WebhookConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook.

    Attributes:
        secrets: Any of them may have signed a call; several while one is replaced by another.
        batches: Take batches, of which only the first call is signed.
    """

    secrets: tuple[str, ...]
    batches: bool = False


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it.

    Attributes:
        listen: ``address:port``; 0 is any free port.
        queue: The queue file.
        sources: By name.
        webhooks: By name, which is the last part of their path.
        most_pending: Requests not settled beyond which nothing more is taken.
        trust_proxies: Addresses, or networks, of proxies whose ``X-Forwarded-For`` is believed.
    """

    listen: str = "127.0.0.1:8080"
    queue: str = "queue.db"
    sources: Mapping[str, SourceConfig] = {}
    webhooks: Mapping[str, WebhookConfig] = {}
    most_pending: int = 5_000_000
    trust_proxies: tuple[str, ...] = ()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to bind."""
        match = _ADDRESS.fullmatch(self.listen)
        if match is None or int(match[3]) > _GREATEST_PORT:
            raise ConfigError(f"listen: can't read `{self.listen}`", "write address:port, such as 127.0.0.1:8080")
        return match[1] or match[2], int(match[3])

    @property
    def trusted(self) -> list[str]:
        """Networks of `trust_proxies`; those of IPv4 also as an IPv6 socket has them."""
        networks = [ip_network(each) for each in self.trust_proxies]
        mapped = [f"::ffff:{each.network_address}/{96 + each.prefixlen}" for each in networks if each.version == 4]
        return [*map(str, networks), *mapped]

    @property
    def names_by_key(self) -> dict[str, str]:
        """The source of each write key."""
        return {key: name for name, source in self.sources.items() for key in source.write_keys}


def load_config(path: Path | None, environment: Mapping[str, str]) -> ServerConfig:
    """Read the file and the environment. A value ``$NAME`` in the file stands for a variable of the environment.

    Raises:
        ConfigError: something in it can't be used.
    """
    data = {} if path is None else _replaced(_read(path), environment, str(path))
    try:
        config = msgspec.convert(data, ServerConfig)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_lower(str(error))}", _HELP) from None
    config = _with_environment(config, environment)
    _check(config)
    return config


def _read(path: Path) -> object:
    document, problems = read_document(path)
    if document is not None and not problems:
        return document.data
    first = problems[0]
    if first.code == EMPTY.code:
        return {}
    at = locate(first.primary, {})
    help_ = _HELP if first.code == NOT_KEYS.code else first.help
    raise ConfigError(f"{path}:{at.line}:{at.column}: {first.message}", help_)


def _replaced(value: object, environment: Mapping[str, str], path: str) -> object:
    if isinstance(value, dict):
        return {key: _replaced(item, environment, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, environment, path) for item in value]
    if isinstance(value, str) and value.startswith("$"):
        found = environment.get(value[1:])
        if not found:
            raise ConfigError(f"{path}: the environment variable {value[1:]} is not set", f"it stands there as {value}")
        return found
    return value


def _with_environment(config: ServerConfig, environment: Mapping[str, str]) -> ServerConfig:
    sources, webhooks = dict(config.sources), dict(config.webhooks)
    for name, key in _pairs(WRITE_KEYS, environment):
        known = sources.get(name, SourceConfig(write_keys=()))
        sources[name] = msgspec.structs.replace(known, write_keys=(*known.write_keys, key))
    for name, secret in _pairs(WEBHOOK_SECRETS, environment):
        webhook = webhooks.get(name, WebhookConfig(secrets=()))
        webhooks[name] = msgspec.structs.replace(webhook, secrets=(*webhook.secrets, secret))
    plain = {key: value for name, key in _PLAIN.items() if (value := environment.get(name))}
    return msgspec.structs.replace(config, sources=sources, webhooks=webhooks, **plain)


def _pairs(variable: str, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for word in environment.get(variable, "").split():
        name, _, key = word.partition("=")
        if not name or not key:
            raise ConfigError(f"{variable}: not all of it is name=key", "write web=KEY ios=KEY")
        yield name, key


def _check(config: ServerConfig) -> None:
    if not config.sources and not config.webhooks:
        raise ConfigError(
            "nobody may send calls: there are neither sources nor webhooks",
            f"set {WRITE_KEYS}=web=KEY, or name them in --config FILE",
        )
    keys = [key for source in config.sources.values() for key in source.write_keys]
    for what, each in [("sources", keys), *((f"webhooks.{n}", list(w.secrets)) for n, w in config.webhooks.items())]:
        if not all(each) or (what != "sources" and not each):
            raise ConfigError(f"{what}: a key or secret is empty", "an empty one would let everybody in")
    if len(set(keys)) < len(keys):
        raise ConfigError("sources: two have the same write key", "give each its own")
    try:
        _ = config.trusted
    except ValueError as error:
        raise ConfigError(f"trust_proxies: {error}", "write addresses or networks, such as 10.0.0.0/8") from None
    _ = config.address


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
