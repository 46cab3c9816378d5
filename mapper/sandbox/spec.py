"""What a pretend destination takes and answers: sandbox.yaml as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

from mapper.authoring.document import Document
from mapper.authoring.offsets import locate
from mapper.authoring.read import read_document
from mapper.authoring.shipped import shipped
from mapper.base.json import decode
from mapper.base.secrets import MASK
from mapper.base.suggest import did_you_mean
from mapper.records.diagnostic import Place
from mapper.sandbox.checks import Check, compile_check
from mapper.sandbox.error import SandboxError

Form = Literal["ndjson", "json", "records"]
_SCHEMA: Final = "sandbox.schema.json"


@dataclass(frozen=True, slots=True)
class Auth:
    """Ways to authenticate; any one suffices. Holds names of settings, not their values.

    Attributes:
        basic: User name as it is, and the setting that is the password.
        bearer: The setting that is the token.
        query: Name of the query parameter, and the setting it holds.
    """

    basic: tuple[str, str] | None = None
    bearer: str | None = None
    query: tuple[str, str] | None = None

    def settings(self) -> tuple[str, ...]:
        """Names of the settings it needs."""
        return tuple(name for name in (self.basic and self.basic[1], self.bearer, self.query and self.query[1]) if name)


@dataclass(frozen=True, slots=True)
class AnswerSpec:
    """An answer; `body` is a template (see :mod:`mapper.sandbox.answers`), or None for an empty body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One path of a pretend destination.

    Attributes:
        segments: The path's segments; ``{name}`` stands for a setting.
        form: What the body is made of; `records_key` holds the array of ``records``.
        key: The field by which a record is known from earlier ones, or None.
        failure: Template of one entry of ``$failures``.
    """

    name: str
    method: str
    segments: tuple[str, ...]
    auth: Auth | None
    content_type: str
    form: Form
    records_key: str
    max_bytes: int
    key: str | None
    checks: tuple[Check, ...]
    taken: AnswerSpec
    refused: AnswerSpec
    failure: Mapping[str, Any]

    @property
    def masked_path(self) -> str:
        """The path with every key as ``***``."""
        return "".join(f"/{MASK if placeholder(segment) else segment}" for segment in self.segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSpec:
    """A pretend destination.

    Attributes:
        id: The mapping set it stands in for.
        settings: The keys it brings along; plainly fake, so they may be printed.
        faults: Rules it starts with, as JSON.
    """

    id: str
    description: str
    settings: Mapping[str, str]
    endpoints: Mapping[str, Endpoint]
    faults: tuple[Mapping[str, Any], ...] = field(default=())


def placeholder(segment: str) -> str | None:
    """Name of the setting that a path's segment stands for, or None for a literal one."""
    return segment[1:-1] if segment.startswith("{") else None


def load_spec(path: Path, destination: str | None = None) -> SandboxSpec:
    """Read a sandbox.yaml.

    Args:
        path: The file.
        destination: Id of the mapping set it has to stand in for. Without its address, what is meant for the sandbox
            goes to the real destination.

    Raises:
        SandboxError: unreadable, not YAML, or not what schemas/sandbox.schema.json asks for; with line and column.
    """
    if not path.exists():
        raise SandboxError(
            f"there is no {path}, which says what a sandbox takes and answers",
            help="write one as docs/sandbox.md shows, or see the requests with --dry-run",
        )
    document, problems = read_document(path)
    for problem in problems:
        if problem.severity == "error":
            raise _placed(problem.message, problem.primary, document, problem.help)
    if document is None:
        raise SandboxError(f"{path}: can't be read")
    error = best_match(Draft202012Validator(shared_schema()).iter_errors(document.data))
    if error is not None:
        route = tuple(error.absolute_path)
        where = "/".join(map(str, route)) or "the file"
        raise _placed(f"{where}: {error.message[:300]}", document.place(route), document, _help(error))
    if destination is not None and document.data["id"] != destination:
        message = f"id: `{document.data['id']}` is not the id in destination.yaml, which is `{destination}`"
        raise _placed(message, document.place(("id",)), document, f"write `id: {destination}`")
    try:
        return _build(document.data)
    except SandboxError as inside:
        raise _placed(str(inside), document.place(inside.route), document, inside.help) from None


def shared_schema() -> dict[str, Any]:
    """schemas/sandbox.schema.json."""
    schema: dict[str, Any] = decode((shipped("schemas") / _SCHEMA).read_bytes())
    return schema


def _help(error: ValidationError) -> str:
    known: dict[str, Any] = {}
    if error.validator == "additionalProperties" and isinstance(error.schema, Mapping):
        known = error.schema.get("properties", {})
    unknown = [key for key in error.instance if key not in known] if isinstance(error.instance, dict) and known else []
    near = (did_you_mean(key, known) for key in unknown)
    return next(filter(None, near), "docs/sandbox.md has every key, and what it takes")


def _placed(message: str, place: Place, document: Document | None, help: str | None) -> SandboxError:  # noqa: A002
    found = locate(place, {place.file: document} if document else {})
    return SandboxError(f"{found.file}:{found.line}:{found.column}: {message}", help=help)


def _build(data: Mapping[str, Any]) -> SandboxSpec:
    definitions = data.get("$defs", {})
    endpoints = {}
    for name, one in data["endpoints"].items():
        try:
            endpoints[name] = _endpoint(name, one, definitions)
        except SandboxError as error:
            raise SandboxError(str(error), help=error.help, route=("endpoints", name)) from None
    spec = SandboxSpec(
        id=data["id"],
        description=data.get("description", ""),
        settings=data["settings"],
        endpoints=endpoints,
        faults=tuple(data.get("faults", ())),
    )
    for endpoint in endpoints.values():
        _check_names(spec, endpoint)
    return spec


def _endpoint(name: str, data: Mapping[str, Any], definitions: Mapping[str, Any]) -> Endpoint:
    body = data["body"]
    answers = data["answers"]
    return Endpoint(
        name=name,
        method=data.get("method", "POST"),
        segments=tuple(data["path"].split("/")[1:]),
        auth=_auth(data["auth"]) if "auth" in data else None,
        content_type=data.get("content_type", "application/json"),
        form="records" if isinstance(body, dict) else body,
        records_key="" if isinstance(body, str) else body["records"],
        max_bytes=data.get("max_bytes", 10_000_000),
        key=data.get("key"),
        checks=tuple(compile_check(f"endpoints/{name}", check, definitions) for check in data["checks"]),
        taken=_answer(answers["taken"]),
        refused=_answer(answers["refused"]),
        failure=answers.get("failure", {"index": "$index", "message": "$message"}),
    )


def _auth(data: Mapping[str, Any]) -> Auth:
    basic = data.get("basic")
    return Auth(
        basic=(basic["username"], basic["password"]) if basic else None,
        bearer=data.get("bearer"),
        query=next(iter(data["query"].items())) if "query" in data else None,
    )


def _answer(data: Mapping[str, Any]) -> AnswerSpec:
    return AnswerSpec(data["status"], tuple(data.get("headers", {}).items()), data.get("body"))


def _check_names(spec: SandboxSpec, endpoint: Endpoint) -> None:
    """Refuse a setting or an endpoint that the file names and does not have."""
    route = ("endpoints", endpoint.name)
    wanted = [name for segment in endpoint.segments if (name := placeholder(segment))]
    wanted += endpoint.auth.settings() if endpoint.auth else ()
    for name in wanted:
        if name not in spec.settings:
            help_ = did_you_mean(name, spec.settings)
            raise SandboxError(f"endpoints/{endpoint.name}: no setting is called {name}", help=help_, route=route)
    for check in endpoint.checks:
        if check.only_new and endpoint.key is None:
            raise SandboxError(f"endpoints/{endpoint.name}: `only: new` needs the endpoint's `key`", route=route)
        if check.known_in is None:
            continue
        other = spec.endpoints.get(check.known_in)
        if other is None or other.key is None:
            raise SandboxError(
                f"endpoints/{endpoint.name}: no endpoint with a `key` is called {check.known_in}",
                help=did_you_mean(check.known_in, spec.endpoints),
                route=route,
            )
