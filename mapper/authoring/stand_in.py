"""A sandbox.yaml: whether it stands in for the destination beside it, and has what it names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from mapper.authoring.document import Document
from mapper.authoring.rules.stand_in import ANOTHER_ID, NO_SUCH_SETTING, NOT_THERE
from mapper.authoring.shape import check_shape
from mapper.authoring.shape_words import word, words
from mapper.authoring.stand_in_schemas import unusable_schemas
from mapper.base.suggest import closest, did_you_mean
from mapper.records.diagnostic import Diagnostic, Place, Route

FILE: Final = "sandbox.yaml"
"""Its name; it lies beside destination.yaml."""
FIRST: Final = "sandbox: 1"
"""Its first line."""
_PLACEHOLDER: Final = re.compile(r"[{]([A-Za-z0-9_]+)[}]")


def check_stand_in(
    document: Document, destination: str | None, settings: Collection[str] | None = None
) -> list[Diagnostic]:
    """All that is wrong with a sandbox.yaml; what it names is looked at only where its shape is right.

    Args:
        document: The file.
        destination: Id of the mapping set it has to stand in for; None where that is not known.
        settings: Names of that set's settings; None where they are not known.
    """
    found = check_shape(document, "sandbox")
    return found or [*_for_another(document, destination, settings), *_not_there(document)]


def _for_another(document: Document, destination: str | None, settings: Collection[str] | None) -> Iterator[Diagnostic]:
    """What does not fit the destination.yaml beside it."""
    data = document.data
    if destination is not None and data["id"] != destination:
        message = f"`id`: {word(data['id'])} is not the id in destination.yaml, which is {word(destination)}"
        yield ANOTHER_ID.at(document.place(("id",)), message, help=f"write `id: {destination}`")
    if settings is None:
        return
    for name in data["settings"]:
        if name not in settings:
            help_ = did_you_mean(name, settings) or _instead(data, name)
            message = f"destination.yaml has no setting {word(name)}"
            yield NO_SUCH_SETTING.at(document.place(("settings", name), on="key"), message, help=help_)


def _instead(data: Mapping[str, Any], name: str) -> str:
    """What to do about a setting that the destination does not have."""
    endpoints = data["endpoints"].values()
    is_in_a_path = any(name in _PLACEHOLDER.findall(endpoint["path"]) for endpoint in endpoints)
    mend = f"write its value into the path in place of `{{{name}}}`" if is_in_a_path else "delete it"
    return f"{mend}, or add it under `settings` in destination.yaml"


def _not_there(document: Document) -> Iterator[Diagnostic]:
    """What the file names within itself and does not have."""
    data = document.data
    for name in data["endpoints"]:
        yield from _settings(document, name)
        yield from _known(document, name)
    for at, fault in enumerate(data.get("faults", ())):
        if "endpoint" in fault and fault["endpoint"] not in data["endpoints"]:
            yield _no_endpoint(document, ("faults", at, "endpoint"), data["endpoints"])
    yield from unusable_schemas(document)


def _settings(document: Document, name: str) -> Iterator[Diagnostic]:
    """Settings that an endpoint's path or its credentials stand for."""
    route: Route = ("endpoints", name)
    endpoint, known = document.at(route), document.data["settings"]
    for match in _PLACEHOLDER.finditer(endpoint["path"]):
        if match[1] not in known:
            place = document.place((*route, "path"), start=match.start(1), length=len(match[1]))
            yield _no_setting(place, match[1], known)
    auth = endpoint.get("auth", {})
    routes: list[Route] = [("auth", "basic", "password")] if "basic" in auth else []
    routes += [("auth", "bearer")] if "bearer" in auth else []
    routes += [("auth", "query", key) for key in auth.get("query", ())]
    for below in routes:
        wanted = document.at((*route, *below))
        if wanted not in known:
            yield _no_setting(document.place((*route, *below)), wanted, known)


def _no_setting(place: Place, name: str, known: Collection[str]) -> Diagnostic:
    help_ = did_you_mean(name, known) or (f"there is {words(known)}" if known else "add it under `settings`")
    return NOT_THERE.at(place, f"no setting of this sandbox is called {word(name)}", help=help_)


def _known(document: Document, name: str) -> Iterator[Diagnostic]:
    """What an endpoint's checks presuppose: keys of records, its own and another's."""
    endpoints = document.data["endpoints"]
    keyed = [other for other, endpoint in endpoints.items() if "key" in endpoint]
    for at, check in enumerate(endpoints[name]["checks"]):
        route: Route = ("endpoints", name, "checks", at)
        if "only" in check and name not in keyed:
            place = document.place((*route, "only"), on="key")
            message = f"`only: new` needs a `key` of {word(name)}, by which it knows a record"
            yield NOT_THERE.at(
                place, message, help=f"add the field that tells records apart to {word(name)}: `key: id`"
            )
        if "known" in check and check["known"]["in"] not in keyed:
            yield _no_endpoint(document, (*route, "known", "in"), endpoints, keyed)


def _no_endpoint(
    document: Document, route: Route, endpoints: Collection[str], keyed: Collection[str] | None = None
) -> Diagnostic:
    """That an endpoint is not there, or has no key where it needs one (`keyed` are those that do)."""
    name, place = document.at(route), document.place(route)
    if name in endpoints:
        return NOT_THERE.at(
            place, f"the endpoint {word(name)} has no `key`", help="add the field that tells its records apart"
        )
    known = endpoints if keyed is None else keyed
    near = closest(name, known)
    there = f"there is {words(known)}" if known else "no endpoint has a `key`"
    return NOT_THERE.at(place, f"no endpoint is called {word(name)}", help=f"did you mean `{near}`?" if near else there)
