"""What a pretend destination takes and answers: sandbox.yaml as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mapper.authoring.offsets import locate
from mapper.authoring.read import read_document
from mapper.authoring.stand_in import FIRST, check_stand_in
from mapper.base.secrets import MASK
from mapper.sandbox.checks import Check, compile_check
from mapper.sandbox.error import SandboxError

Form = Literal["ndjson", "json", "records"]


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
        SandboxError: unreadable, or with an error that `mapper validate` reports; the first, with line and column.
    """
    if not path.exists():
        raise SandboxError(
            f"there is no {path}, which says what a sandbox takes and answers",
            help="write one as docs/sandbox.md shows, or see the requests with --dry-run",
        )
    document, problems = read_document(path, first=FIRST)
    if document is not None:
        problems = [*problems, *check_stand_in(document, destination)]
    for problem in problems:
        if problem.is_error:
            found = locate(problem.primary, {document.file: document} if document else {})
            raise SandboxError(f"{found.file}:{found.line}:{found.column}: {problem.message}", help=problem.help)
    if document is None:
        raise SandboxError(f"{path}: can't be read")
    return _build(document.data)


def _build(data: Mapping[str, Any]) -> SandboxSpec:
    definitions = data.get("$defs", {})
    return SandboxSpec(
        id=data["id"],
        description=data.get("description", ""),
        settings=data["settings"],
        endpoints={name: _endpoint(name, one, definitions) for name, one in data["endpoints"].items()},
        faults=tuple(data.get("faults", ())),
    )


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
