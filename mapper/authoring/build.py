"""Documents of a mapping set to a :class:`DestinationSpec`.

Tolerant like :mod:`mapper.authoring.nodes`: what the shape check reported as malformed is left out here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Literal

from mapper.authoring.document import Document
from mapper.authoring.nodes import expression_at, node_at, texts
from mapper.authoring.quantities import per_second, size, span
from mapper.authoring.schemas import Schema
from mapper.records.diagnostic import Route
from mapper.records.policy import BatchPolicy, RatePolicy, RetryPolicy
from mapper.records.spec import (
    DestinationSpec,
    Expression,
    Guard,
    Let,
    MappingSpec,
    Node,
    OutcomeRule,
    RequestSpec,
    SettingSpec,
)

_OWN_KEYS = ("required", "secret", "default", "description", "title", "examples")


def build_destination(
    document: Document, used: Sequence[Document], mappings: Sequence[Document], schemas: Mapping[str, Schema]
) -> DestinationSpec:
    """Put a mapping set together.

    Args:
        document: destination.yaml.
        used: The let-only files it names in ``use``, in that order.
        mappings: The mapping files, in the order of their names.
        schemas: By request name, the request's schema where it could be loaded.
    """
    data = document.data
    order = _mapping(data.get("order"))
    return DestinationSpec(
        id=str(data.get("id", "")),
        folder=str(PurePath(document.file).parent),
        file=document.file,
        integration=str(data.get("destination", "")),
        accepts=texts(data.get("accepts")),
        place=document.place(),
        enabled=data.get("enabled", True) is not False,
        description=str(data.get("description", "")),
        settings=_settings(document),
        lets=(*(let for file in used for let in _lets(file)), *_lets(document)),
        guards=_guards(document),
        requests={
            name: _request(document, name, schemas.get(name))
            for name, request in _mapping(data.get("requests")).items()
            if isinstance(request, dict)
        },
        order_key=expression_at(document, ("order", "key")),
        ordered_requests=texts(order.get("requests")),
        mappings=tuple(_build_mapping(mapping) for mapping in mappings),
    )


def _build_mapping(document: Document) -> MappingSpec:
    data = document.data
    after = data.get("after")
    return MappingSpec(
        name=PurePath(document.file).stem,
        file=document.file,
        place=document.place(),
        accepts=texts(data.get("accepts")),
        request=str(data.get("request", "")),
        body=node_at(document, ("body",)),
        description=str(data.get("description", "")),
        lets=_lets(document),
        guards=_guards(document),
        after=after if isinstance(after, str) else None,
    )


def _settings(document: Document) -> tuple[SettingSpec, ...]:
    return tuple(
        SettingSpec(
            name=name,
            schema={key: value for key, value in setting.items() if key not in _OWN_KEYS},
            place=document.place(("settings", name)),
            required=setting.get("required") is True,
            secret=setting.get("secret") is True,
            default=setting.get("default"),
            description=str(setting.get("description", "")),
        )
        for name, setting in _mapping(document.data.get("settings")).items()
        if isinstance(setting, dict)
    )


def _lets(document: Document) -> tuple[Let, ...]:
    names = _mapping(document.data.get("let"))
    return tuple(Let(name, node_at(document, ("let", name)), document.place(("let", name), on="key")) for name in names)


def _guards(document: Document) -> tuple[Guard, ...]:
    """``skip`` before ``reject``, each in the file's order."""
    guards = []
    for verdict in ("skip", "reject"):
        entries = document.data.get(verdict)
        for at, entry in enumerate(entries if isinstance(entries, list) else ()):
            when = expression_at(document, (verdict, at, "when"))
            if when is not None:
                because = str(_mapping(entry).get("because", "no reason given"))
                guards.append(Guard(when, because, "skip" if verdict == "skip" else "reject"))
    return tuple(guards)


def _request(document: Document, name: str, schema: Schema | None) -> RequestSpec:
    route: Route = ("requests", name)
    defaults = _mapping(document.data.get("request_defaults"))
    own = document.data["requests"][name]
    both: dict[str, Any] = {**defaults, **own}

    def where(*keys: str) -> Route:
        """The route of a key in the request itself, else in the defaults."""
        at: Any = own
        for key in keys:
            at = at.get(key) if isinstance(at, dict) else None
        return (*route, *keys) if at is not None else ("request_defaults", *keys)

    headers: dict[str, Node] = {
        header.lower(): node_at(document, where("headers", header))
        for source in (defaults, own)
        for header in _mapping(source.get("headers"))
    }
    return RequestSpec(
        name=name,
        place=document.place(route, on="key"),
        method=str(both.get("method", "POST")),
        base=expression_at(document, where("base")) or Expression("''", document.place(route)),
        path=expression_at(document, where("path")) or Expression("''", document.place(route)),
        headers=headers,
        auth=_auth(document, where, _mapping(both.get("auth"))),
        batch=_batch(both.get("body", "json"), _mapping(both.get("batch"))),
        schema=schema,
        schema_file=both.get("schema"),
        order_by=expression_at(document, where("order_by")),
        outcomes=_outcomes(document, (*route, "outcomes"), own.get("outcomes")),
        rate=_rate(_mapping(both.get("rate"))),
        retry=_retry(_mapping(both.get("retry"))),
    )


def _auth(document: Document, where: Any, auth: Mapping[str, Any]) -> dict[str, Node]:
    if "bearer" in auth:
        return {"token": node_at(document, where("auth", "bearer"))}
    if "basic" in auth:
        return {key: node_at(document, where("auth", "basic", key)) for key in _mapping(auth["basic"])}
    return {}


def _batch(body: Any, batch: Mapping[str, Any]) -> BatchPolicy:
    defaults = BatchPolicy()
    wrapped = isinstance(body, dict)
    return BatchPolicy(
        framing="records" if wrapped else "ndjson" if body == "ndjson" else "json",
        records_key=str(body.get("records", "records")) if wrapped else "",
        max_events=1 if body == "json" else _positive(batch.get("max_events"), 500),
        max_bytes=size(batch.get("max_bytes")) or defaults.max_bytes,
        max_wait=_or(span(batch.get("max_wait")), defaults.max_wait),
    )


def _rate(rate: Mapping[str, Any]) -> RatePolicy | None:
    units: tuple[Literal["events", "requests"], ...] = ("events", "requests")
    limits = ((unit, per_second(rate.get(unit))) for unit in units)
    return next((RatePolicy(unit=unit, per_second=limit) for unit, limit in limits if limit is not None), None)


def _retry(retry: Mapping[str, Any]) -> RetryPolicy:
    usual = RetryPolicy()
    return RetryPolicy(
        base=_or(span(retry.get("first_wait")), usual.base),
        cap=_or(span(retry.get("max_wait")), usual.cap),
        window=_or(span(retry.get("window")), usual.window),
        connect_timeout=_or(span(retry.get("connect_timeout")), usual.connect_timeout),
        total_timeout=_or(span(retry.get("timeout")), usual.total_timeout),
    )


def _positive(value: Any, default: int) -> int:
    return value if isinstance(value, int) and value > 0 else default


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _outcomes(document: Document, route: Route, rules: Any) -> tuple[OutcomeRule, ...]:
    made = []
    for at, rule in enumerate(rules if isinstance(rules, list) else ()):
        when = expression_at(document, (*route, at, "when"))
        ruling = _mapping(rule).get("is")
        if when is not None and isinstance(ruling, str):
            made.append(
                OutcomeRule(
                    when=when,
                    ruling=ruling,
                    because=expression_at(document, (*route, at, "because")),
                    exceptions=expression_at(document, (*route, at, "except")),
                    place=document.place((*route, at)),
                )
            )
    return tuple(made)


def _mapping(data: Any) -> Mapping[str, Any]:
    return data if isinstance(data, dict) else {}
