"""Settings whose own keys contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import jsonschema_rs

from mapper.authoring.document import Document
from mapper.authoring.rules.shape import SETTING_DEFAULT
from mapper.authoring.shape_words import path, word
from mapper.records.diagnostic import Diagnostic, Related, Route

_KEYWORDS: Final = ("type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum")


def unfit_settings(document: Document, broken: set[Route]) -> Iterator[Diagnostic]:
    """Defaults that their setting refuses, and patterns that are none; no value is ever shown.

    Args:
        document: A destination file.
        broken: Routes of settings that have been reported already.
    """
    settings = document.data.get("settings")
    for name, setting in (settings if isinstance(settings, dict) else {}).items():
        route: Route = ("settings", name)
        if isinstance(setting, dict) and route not in broken:
            yield from _unfit(document, route, setting)


def _unfit(document: Document, route: Route, setting: dict[str, Any]) -> Iterator[Diagnostic]:
    for keyword in _KEYWORDS:
        if keyword not in setting:
            continue
        try:
            judge = jsonschema_rs.Draft202012Validator({keyword: setting[keyword]})
        except jsonschema_rs.ValidationError:
            place = document.place((*route, keyword))
            message = f"`{path((*route, keyword))}` is no regular expression"
            yield SETTING_DEFAULT.at(
                place, message, help="a special character that stands for itself needs a backslash"
            )
            continue
        if "default" in setting and not _takes(judge, setting["default"]):
            place = document.place((*route, "default"))
            limit = Related(place=document.place((*route, keyword)), message="it must fit this")
            message = f"the default of {word(str(route[-1]))} does not fit its `{keyword}`"
            yield SETTING_DEFAULT.at(place, message, related=(limit,))
            return


def _takes(judge: jsonschema_rs.Draft202012Validator, value: Any) -> bool:
    try:
        return judge.is_valid(value)
    except UnicodeError:  # a lone surrogate fits nothing
        return False
