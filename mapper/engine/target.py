"""Where a destination's requests go: URL, headers and outcome rules, from settings and answers alone."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from jmespath import exceptions

from mapper.base.json import JsonError, decode
from mapper.base.secrets import MASK, Secret
from mapper.base.urls import safe_base
from mapper.engine.nodes import MissingError, NodeBuilder
from mapper.engine.scope import NULL, Names, Scope, root
from mapper.expressions.evaluate import build, is_true
from mapper.expressions.functions.scalar import scalar_text
from mapper.expressions.parse import Node as ParsedNode
from mapper.expressions.parse import parse
from mapper.expressions.root import Root, Search, itself
from mapper.records.policy import RecordRuling, Response, Ruling, Target, Verdict
from mapper.records.spec import DestinationSpec, Eval, Expression, First, If, Node, OutcomeRule, RequestSpec

Settings = Mapping[str, Any]
"""A destination's settings by name; those that are secret are :class:`Secret`."""


class TargetError(Exception):
    """A URL or a header can't be made of these settings; the message is one line without a secret."""


def target(spec: DestinationSpec, name: str, settings: Settings, *, base_url: str | None = None) -> Target:
    """Settle where requests called `name` go.

    Everything is evaluated twice, once with the secrets and once with ``***`` in their place, so that what is shown
    was never near a secret.

    Args:
        spec: The mapping set.
        name: One of its requests.
        settings: Its settings.
        base_url: Replaces the request's ``base`` (a sandbox, a proxy).

    Raises:
        TargetError: the base is neither https nor loopback, or an expression gives no text.
    """
    request = spec.requests[name]
    real = {key: value.reveal() if isinstance(value, Secret) else value for key, value in settings.items()}
    shown = {key: MASK if isinstance(value, Secret) else value for key, value in settings.items()}
    return Target(
        destination=spec.id,
        name=name,
        method=request.method,
        url=_url(request, real, base_url),
        headers=_headers(request, real),
        shown_url=_url(request, shown, base_url),
        shown_headers=_headers(request, shown) | _masked_auth(request),
        batch=request.batch,
        retry=request.retry,
        rate=request.rate,
        judge=_judge(request.outcomes),
        advice=_advice(request),
    )


def _url(request: RequestSpec, settings: Settings, base_url: str | None) -> str:
    base = base_url if base_url is not None else _text(request, "base", request.base, settings)
    if not safe_base(base):
        raise TargetError(f"request `{request.name}`: the base URL must begin with https:// (or be on this machine)")
    encoded = {key: _encoded(value) for key, value in settings.items()}
    path = _text(request, "path", request.path, encoded)
    return base.rstrip("/") + "/" + path.lstrip("/")


def _encoded(value: Any) -> Any:
    """A setting as it may stand between two slashes."""
    return quote(value, safe="*") if isinstance(value, str) else value


def _headers(request: RequestSpec, settings: Settings) -> dict[str, str]:
    headers = {}
    for name, node in request.headers.items():
        value = _value(node, settings)
        if value is not None:
            headers[name] = _header_text(request, name, value)
    if "token" in request.auth:
        headers["authorization"] = f"Bearer {_auth_text(request, 'token', settings)}"
    elif request.auth:
        pair = f"{_auth_text(request, 'username', settings)}:{_auth_text(request, 'password', settings)}"
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return headers


def _masked_auth(request: RequestSpec) -> dict[str, str]:
    if not request.auth:
        return {}
    return {"authorization": f"Bearer {MASK}" if "token" in request.auth else f"Basic {MASK}"}


def _auth_text(request: RequestSpec, part: str, settings: Settings) -> str:
    node = request.auth.get(part)
    return _header_text(request, f"auth {part}", _value(node, settings) if node else "")


def _header_text(request: RequestSpec, name: str, value: Any) -> str:
    text = scalar_text(value)
    if text is None:
        raise TargetError(f"request `{request.name}`: header `{name}` is neither text nor a number nor a boolean")
    if any(character < " " or character == "\x7f" for character in text) or not text.isascii():
        raise TargetError(f"request `{request.name}`: header `{name}` holds a character that headers can't carry")
    return text


def _text(request: RequestSpec, part: str, expression: Expression, settings: Settings) -> str:
    value = _search(expression, settings)
    if not isinstance(value, str):
        raise TargetError(f"request `{request.name}`: its {part} gives no text; is a setting missing?")
    return value


def _value(node: Node, settings: Settings) -> Any:
    """A node over settings alone; None where it gives nothing."""
    names = Names({}, [], frozenset())
    builder = NodeBuilder(names, root(names, settings), lambda expression, root: build(parse(expression.text), root))
    try:
        value = builder.build(node)(Scope({}, []))
    except MissingError as error:
        raise TargetError(str(error)) from None
    except (exceptions.JMESPathError, TypeError, ValueError):
        return None
    return None if value is NULL else value


def _search(expression: Expression, settings: Settings) -> Any:
    def field(name: str) -> Search:
        return (lambda _: dict(settings)) if name == "settings" else (lambda _: None)

    try:
        return build(parse(expression.text), Root(field, lambda _: None))(None)
    except (exceptions.JMESPathError, TypeError, ValueError):
        return None


def _advice(request: RequestSpec) -> str:
    """Which settings decide where a request goes and as whom."""
    parts: list[Node] = [*request.auth.values(), Eval(request.path), *request.headers.values(), Eval(request.base)]
    names = dict.fromkeys(name for part in parts for name in _settings_in(part))
    if not names:
        return "look at base and path"
    return f"look at the setting{'s' if len(names) > 1 else ''} " + ", ".join(f"`{name}`" for name in names)


def _settings_in(node: Node) -> Iterator[str]:
    match node:
        case Eval(expression):
            yield from _settings_read(parse(expression.text))
        case First(nodes):
            for inner in nodes:
                yield from _settings_in(inner)
        case If(condition, then, otherwise):
            yield from _settings_read(parse(condition.text))
            yield from _settings_in(then)
            if otherwise:
                yield from _settings_in(otherwise)


def _settings_read(tree: ParsedNode) -> Iterator[str]:
    if tree.kind == "subexpression" and [child.kind for child in tree.children[:2]] == ["field", "field"]:
        first, second = tree.children[:2]
        if first.value == "settings":
            yield second.value
    for child in tree.children:
        yield from _settings_read(child)


def _judge(rules: tuple[OutcomeRule, ...]) -> Callable[[Response], Verdict | None]:
    if not rules:
        return lambda _: None
    compiled = tuple(
        (rule, _answer_search(rule.when), _answer_search(rule.because), _answer_search(rule.exceptions))
        for rule in rules
    )

    def judge(response: Response) -> Verdict | None:
        if response.status is None:
            return None
        answer = {"status": response.status, "headers": response.headers, "body": _body(response)}
        for rule, when, because, exceptions_of in compiled:
            if is_true(when(answer)):
                text = because(answer)
                return Verdict(
                    ruling=_ruling(rule.ruling),
                    because=text if isinstance(text, str) and text else f"HTTP {response.status}",
                    records=_records(exceptions_of(answer)),
                )
        return None

    return judge


def _answer_search(expression: Expression | None) -> Search:
    if expression is None:
        return lambda _: None
    search = build(parse(expression.text), Root(lambda name: lambda answer: answer.get(name), itself))

    def run(answer: Any) -> Any:
        try:
            return search(answer)
        except (exceptions.JMESPathError, TypeError, ValueError):
            return None  # an answer of another shape than expected decides nothing

    return run


def _body(response: Response) -> Any:
    try:
        return decode(response.body)
    except JsonError:
        return response.body.decode("utf-8", "replace")


def _records(found: Any) -> tuple[RecordRuling, ...]:
    """``[{index, is, because}]``; an index that is no number becomes -1, which delivery treats as out of range."""
    return tuple(
        RecordRuling(
            index=index if type(index := item.get("index")) is int else -1,
            ruling=_ruling(item.get("is", "rejected")),
            because=str(item.get("because") or "refused by the destination"),
        )
        for item in (found if isinstance(found, list) else ())
        if isinstance(item, dict)
    )


def _ruling(text: Any) -> Ruling:
    known: dict[str, Ruling] = {
        "delivered": "delivered",
        "retry": "retry",
        "throttled": "throttled",
        "rejected": "rejected",
        "misconfigured": "misconfigured",
        "resend": "resend",
        "bisect": "bisect",
    }
    return known.get(text, "rejected")
