"""What a server is told: where it listens, whose calls it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from mapper.authoring.shape_words import kind, word
from mapper.server.config_file import read_config, same_keys
from mapper.server.fault import ConfigError, Fault
from mapper.server.values import address_of, is_address, is_queue

WRITE_KEYS: Final = "MAPPER_WRITE_KEYS"
WEBHOOK_SECRETS: Final = "MAPPER_WEBHOOK_SECRETS"
"""Environment variables with more sources and webhooks: ``name=key``, several with blanks between."""
_PLAIN: Final = {"MAPPER_LISTEN": "listen", "MAPPER_QUEUE": "queue"}
"""Those that say the same as a key of the file, which they go before."""
_MOST_PENDING: Final = 5_000_000
_SHORTEST: Final = 6
_EXAMPLE: Final = "sources: {web: {write_keys: [$WEB_KEY]}}"


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
        most_pending: Requests not settled beyond which a queue in a file takes nothing more; None: not given.
        trust_proxies: Addresses, or networks, of proxies whose ``X-Forwarded-For`` is believed.
    """

    listen: str = "127.0.0.1:8080"
    queue: str = "queue.db"
    sources: Mapping[str, SourceConfig] = {}
    webhooks: Mapping[str, WebhookConfig] = {}
    most_pending: int | None = None
    trust_proxies: tuple[str, ...] = ()

    @property
    def most(self) -> int:
        """The same, or what holds where nothing is given."""
        return _MOST_PENDING if self.most_pending is None else self.most_pending

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to bind."""
        found = address_of(self.listen)
        assert found is not None, "only texts that can be read are taken"
        return found

    @property
    def trusted(self) -> list[str]:
        """Networks of `trust_proxies`; those of IPv4 also as an IPv6 socket has them."""
        networks = [ip_network(each) for each in self.trust_proxies]
        mapped = [f"::ffff:{each.network_address}/{96 + each.prefixlen}" for each in networks if each.version == 4]
        return [*map(str, networks), *mapped]

    @property
    def secrets(self) -> Iterator[str]:
        """Write keys and secrets of webhooks, without such as are found in any text."""
        keys = chain(
            *(each.write_keys for each in self.sources.values()), *(each.secrets for each in self.webhooks.values())
        )
        return (key for key in keys if len(key) >= _SHORTEST)

    @property
    def names_by_key(self) -> dict[str, str]:
        """The source of each write key."""
        return {key: name for name, source in self.sources.items() for key in source.write_keys}


def load_config(
    path: Path | None, environment: Mapping[str, str], given: Mapping[str, str | None] | None = None
) -> ServerConfig:
    """Read the file and the environment. A value ``$NAME`` in the file stands for a variable of the environment.

    Args:
        path: The file, where there is one.
        environment: Adds sources and webhooks to those of the file; its address and queue go before the file's.
        given: Options of the command, which go before both: ``listen`` and ``queue``.

    Raises:
        ConfigError: it can't be used; the error has all that is wrong.
    """
    options = {key: value for key, value in (given or {}).items() if value is not None}
    data, faults = ({}, []) if path is None else read_config(path, environment)
    faults += _unreadable(environment, options)
    if not faults:
        config = _with_environment(msgspec.convert(data, ServerConfig, strict=False), environment)
        config = msgspec.structs.replace(config, **options)
        faults += _contradictions(config, path)
    if faults:
        raise ConfigError(*faults)
    return config


def _unreadable(environment: Mapping[str, str], options: Mapping[str, str]) -> Iterator[Fault]:
    """What is wrong with variables and options by themselves."""
    for variable, example in ((WRITE_KEYS, "web=KEY ios=KEY"), (WEBHOOK_SECRETS, "segment=SECRET")):
        if any(not name or not key for name, key in _pairs(variable, environment)):
            yield Fault(f"{variable}: not all of it is name=key", f"write {example}")
    for name, text in (("MAPPER_LISTEN", environment.get("MAPPER_LISTEN")), ("--listen", options.get("listen"))):
        if text and not is_address(text):
            yield Fault(f"{name}: expected ADDRESS:PORT, found {word(text)}", "such as 127.0.0.1:8080")
    for name, queue in (("MAPPER_QUEUE", environment.get("MAPPER_QUEUE") or None), ("--queue", options.get("queue"))):
        if queue is not None and not is_queue(queue):
            yield Fault(f"{name}: expected a file or nats://host/name, found {kind(queue)}", "such as queue.db")


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


def _pairs(variable: str, environment: Mapping[str, str]) -> list[tuple[str, str]]:
    parts = [word.partition("=") for word in environment.get(variable, "").split()]
    return [(name, key) for name, _, key in parts]


def _contradictions(config: ServerConfig, path: Path | None) -> Iterator[Fault]:
    """What is wrong with all of it together; that no two sources of the file have the same key is known."""
    if not config.sources and not config.webhooks:
        where, how = ("", "name them in --config FILE") if path is None else (f"{path}:1:1: ", f"add `{_EXAMPLE}`")
        message = f"{where}nobody may send calls: there are neither sources nor webhooks"
        yield Fault(message, f"{how}, or set {WRITE_KEYS}=web=KEY")
    owned = ((WRITE_KEYS, name, key) for name, source in config.sources.items() for key in source.write_keys)
    for variable, fault in same_keys(owned):
        yield Fault(f"{variable}: {fault.message}", fault.help)
