"""A destination's settings, gathered from options, a file and the environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mapper.app.project import ProjectError
from mapper.app.setting_value import Unfit, fitted
from mapper.authoring.discreet import discreet
from mapper.authoring.document import Document
from mapper.authoring.read import read_document
from mapper.base.secrets import MASK, Secret
from mapper.base.suggest import did_you_mean
from mapper.records.diagnostic import Route
from mapper.records.spec import DestinationSpec, SettingSpec

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingProblem:
    """A setting that is missing, malformed or unknown; never holds a secret's value."""

    message: str
    help: str | None
    setting: str | None = None
    """The name of the setting, where there is one of that name."""
    unknown: str | None = None
    """The name, where it is a name that no setting bears."""
    exposed: bool = False
    """Whether it is a secret on the command line."""

    @property
    def line(self) -> str:
        """All of it in one line."""
        return self.message if self.help is None else f"{self.message}; {self.help}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where settings come from, each beating the next.

    Attributes:
        options: ``--set name=value``.
        file: ``--settings FILE``: names to values, or mapping-set ids to such.
        environment: ``ACME_AUTH_KEY`` for the setting ``authKey`` of the set ``acme``.
        document: The file, where there is one, with the places of all that stands in it.
        named: What people call `file`.
        way: How they give it.
        as_text: How they make text of another value in `file`.
    """

    options: Values
    file: Values
    environment: Mapping[str, str]
    document: Document | None = None
    named: str = "the settings file"
    way: str = "--settings FILE"
    as_text: str = "put it in quotes to make it text"

    def place(self, *route: str, on: Literal["key", "value"]) -> str:
        """``settings.yaml:2:10: ``, for the front of a message; empty where it comes from no file."""
        if self.document is None:
            return ""
        from mapper.authoring.offsets import locate  # only for what is wrong

        found = locate(self.document.place(route, on=on), {self.document.file: self.document})
        return f"{found.file}:{found.line}:{found.column}: "


def variable(destination: str, setting: str) -> str:
    """The environment variable of a setting: ``authKey`` of ``acme`` is ``ACME_AUTH_KEY``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", setting)
    return re.sub(r"[^A-Z0-9]+", "_", f"{destination}_{words}".upper())


def secret_variables(specs: Iterable[DestinationSpec]) -> list[str]:
    """The environment variables that may hold secrets."""
    return [variable(spec.id, setting.name) for spec in specs for setting in spec.settings if setting.secret]


def resolve(spec: DestinationSpec, sources: Sources) -> tuple[dict[str, Any], list[SettingProblem]]:
    """A value for each setting of `spec`, secrets as :class:`Secret`, and what is wrong.

    An empty text counts as absent, so that a default covers it. Settings that are absent and have no default are left
    out of the result.
    """
    values: dict[str, Any] = {}
    problems = [*_unknown(spec, sources)]
    for setting in spec.settings:
        value, origin, place = _find(spec, setting, sources)
        if value is None:
            if setting.required:
                problems.append(_missing(spec, setting, sources.way))
            continue
        if origin.startswith("--set") and setting.secret:
            problems.append(
                SettingProblem(
                    message=f"`{setting.name}` is a secret and must not be given by --set",
                    help=f"set {variable(spec.id, setting.name)} in the environment, or use --settings FILE",
                    setting=setting.name,
                    exposed=True,
                )
            )
            continue
        fit = fitted(setting, value, sources.as_text)
        if isinstance(fit, Unfit):
            message = f"{place}{spec.id}: the setting `{setting.name}` is malformed: {fit.message}"
            whence = None if place else f"it comes from {origin}"
            help_ = "; ".join(filter(None, (whence, fit.advice))) or None
            problems.append(SettingProblem(message=message, help=help_, setting=setting.name))
        else:
            values[setting.name] = Secret(str(fit)) if setting.secret else fit
    return values, problems


def masked(spec: DestinationSpec, values: Values) -> dict[str, Any]:
    """What mappings, logs and people see: secrets as ``***``, whether they are set or not."""
    shown = {name: MASK if isinstance(value, Secret) else value for name, value in values.items()}
    return shown | {setting.name: MASK for setting in spec.settings if setting.secret}


def without_secrets(spec: DestinationSpec, sources: Sources) -> tuple[dict[str, Any], list[SettingProblem]]:
    """As :func:`resolve`, for a dry run: every secret is ``***`` and none can be missing or malformed.

    One on the command line is refused here too: others have seen it, whatever is done with it.
    """
    secrets = {setting.name for setting in spec.settings if setting.secret}
    values, problems = resolve(spec, sources)
    return masked(spec, values), [found for found in problems if found.exposed or found.setting not in secrets]


def _find(spec: DestinationSpec, setting: SettingSpec, sources: Sources) -> tuple[Any, str, str]:
    """The value, what it comes from, and the place of that for the front of a message."""
    own, name = sources.file.get(spec.id), setting.name
    known = variable(spec.id, name)
    candidates: Sequence[tuple[Any, str, Route]] = (
        (sources.options.get(f"{spec.id}.{name}"), f"--set {spec.id}.{name}", ()),
        (sources.options.get(name), f"--set {name}", ()),
        (own.get(name) if isinstance(own, Mapping) else None, sources.named, (spec.id, name)),
        (sources.file.get(name), sources.named, (name,)),
        (sources.environment.get(known), known, ()),
    )
    for value, origin, route in candidates:
        if value is not None and value != "":
            return value, origin, sources.place(*map(str, route), on="value") if route else ""
    return setting.default, "its default", ""


def _missing(spec: DestinationSpec, setting: SettingSpec, way: str) -> SettingProblem:
    about = f" ({setting.description.rstrip('.')})" if setting.description else ""
    return SettingProblem(
        message=f"{spec.id}: the setting `{setting.name}` is missing",
        help=f"set {variable(spec.id, setting.name)} in the environment, or use {way}{about}",
        setting=setting.name,
    )


def _unknown(spec: DestinationSpec, sources: Sources) -> list[SettingProblem]:
    """Names in options and file that no setting bears. Sets other than this one are not looked at."""
    known = {setting.name for setting in spec.settings}
    own = sources.file.get(spec.id)
    given: list[tuple[str, Sequence[str]]] = [
        *(
            (name.removeprefix(f"{spec.id}."), ())
            for name in sources.options
            if "." not in name or name.startswith(f"{spec.id}.")
        ),
        *((name, (spec.id, name)) for name in map(_name, own if isinstance(own, Mapping) else ())),
        *((name, (name,)) for name in (_name(key) for key, of in sources.file.items() if not isinstance(of, Mapping))),
    ]
    return [
        SettingProblem(
            message=f"{sources.place(*route, on='key') if route else ''}{spec.id}: there is no setting `{name}`",
            help=did_you_mean(name, known) or f"its settings are {', '.join(sorted(known))}",
            unknown=name,
        )
        for name, route in dict.fromkeys(given)
        if name not in known
    ]


def _name(key: Any) -> str:
    """A key as a name; of a program's key that is no text what no name is, lest it be taken for one."""
    try:
        return key if isinstance(key, str) else repr(key)
    except ValueError:  # an integer longer than Python's limit on digits
        return f"<{type(key).__name__}>"


def resolve_all(
    specs: Sequence[DestinationSpec], sources: Sources, *, secrets: bool
) -> tuple[dict[str, dict[str, Any]], list[SettingProblem]]:
    """Settings of several destinations by id; a name that one of them knows is unknown to none.

    Args:
        specs: The destinations.
        sources: Where settings come from.
        secrets: Whether secrets are needed; a dry run does without.
    """
    values: dict[str, dict[str, Any]] = {}
    problems: list[SettingProblem] = []
    known = {setting.name for spec in specs for setting in spec.settings}
    for spec in specs:
        values[spec.id], found = (resolve if secrets else without_secrets)(spec, sources)
        strange = [problem for problem in found if problem.unknown is not None and problem.unknown in known]
        problems += [problem for problem in found if problem not in strange]
    ids = {spec.id for spec in specs}
    for name in sources.options:
        destination, dot, _ = name.partition(".")
        if dot and destination not in ids:
            help_ = did_you_mean(destination, ids) or f"the destinations of this run are {', '.join(sorted(ids))}"
            problems.append(SettingProblem(message=f"--set {name}: no destination `{destination}` runs", help=help_))
    return values, list(dict.fromkeys(problems))


def settle(
    specs: Sequence[DestinationSpec], options: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """The settings of each set for what sends nothing, by id; secrets are ``***``.

    Raises:
        ProjectError: they do not fit.
    """
    values, problems = resolve_all(specs, Sources(options=options, file={}, environment=environment), secrets=False)
    if problems:
        raise ProjectError(problems[0].message, problems[0].help or "")
    return values


def read_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """``name=value`` options to a mapping.

    Raises:
        ProjectError: one of them holds no ``=``.
    """
    pairs = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name.strip():
            raise ProjectError(f"--set {name}: write NAME=VALUE", "such as --set endpointRegion=EU")
        pairs[name.strip()] = value
    return pairs


def gather(assignments: Iterable[str], file: Path | None, environment: Mapping[str, str]) -> Sources:
    """The sources of a command: its options, the settings file where there is one, and the environment.

    Raises:
        ProjectError: one can't be read.
    """
    document = None if file is None else read_settings(file)
    values = {} if document is None else document.data
    return Sources(options=read_assignments(assignments), file=values, environment=environment, document=document)


def read_settings(path: Path) -> Document:
    """The settings file: YAML or JSON, names to values, or ids of mapping sets to such.

    Raises:
        ProjectError: it can't be read, or holds something else. The message quotes no value.
    """
    document, problems = read_document(path)
    if document is None or problems:
        raise ProjectError(*discreet(problems[0], "it holds lines such as `authKey: ...`"))
    return document
