"""A setting's value as its schema has it, or what is wrong with it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import jsonschema_rs

from mapper.authoring.shape_words import kind, type_name, word
from mapper.base.suggest import did_you_mean
from mapper.records.spec import SettingSpec

_BREAKS: Final[Mapping[str, str]] = {
    "enum": "is not one of {}",
    "type": "is not {}",
    "pattern": "is not text that matches {}",
    "minLength": "has fewer than {}",
    "maxLength": "has more than {}",
    "minimum": "is less than {}",
    "maximum": "is more than {}",
}
"""What is said of a value that breaks a keyword of its schema; the first of them that it breaks."""
_ITS_VALUE: Final = "its value"
_COPIED: Final = "are there blanks or quotes in it?"
_QUOTES: Final = frozenset("\"'`\u2018\u2019\u201c\u201d")


class Unfit(NamedTuple):
    """What is wrong with a value, and what may help; of a secret's, nothing of the value."""

    message: str
    advice: str | None = None


def fitted(setting: SettingSpec, value: Any) -> Any | Unfit:
    """The value, text converted to the type that is asked for; or what is wrong with it."""
    converted = _typed(setting, value)
    try:
        errors = jsonschema_rs.validator_for(dict(setting.schema)).iter_errors(converted)
        broken = {str(error.schema_path[-1]) for error in errors}
    except UnicodeError:  # bytes from the environment
        return Unfit(f"{_ITS_VALUE} is not UTF-8")
    if not broken:
        return converted
    keyword = next(each for each in _BREAKS if each in broken)
    message = f"{_shown(setting, converted)} {_BREAKS[keyword].format(_limit(keyword, setting.schema[keyword]))}"
    return Unfit(message, _advice(setting, converted, keyword))


def _typed(setting: SettingSpec, value: Any) -> Any:
    """Text from the environment or an option as the type the schema wants, where it reads as that."""
    wanted = setting.schema.get("type")
    allowed = setting.schema.get("enum", ())
    if not isinstance(value, str) or value in allowed:
        return value
    if wanted is None:
        return next((each for each in allowed if _plain(each) == value), value)
    if wanted == "boolean" and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if wanted in {"integer", "number"}:
        try:
            return int(value) if wanted == "integer" else float(value)
        except ValueError:
            return value
    return value


def _shown(setting: SettingSpec, value: Any) -> str:
    """In backticks; keys and values, or a list, may hold secrets that went astray."""
    return _ITS_VALUE if setting.secret or isinstance(value, dict | list) else word(_plain(value))


def _limit(keyword: str, limit: Any) -> str:
    match keyword:
        case "enum":
            return ", ".join(map(_plain, limit))
        case "type":
            return type_name(limit)
        case "minLength" | "maxLength":
            return f"{limit} character{'' if limit == 1 else 's'}"
        case _:
            return str(limit)


def _advice(setting: SettingSpec, value: Any, keyword: str) -> str | None:
    if isinstance(value, dict | list):
        return f"it is {kind(value)}"
    allowed = [] if setting.secret else [_plain(each) for each in setting.schema.get("enum", ())]
    if not isinstance(value, str):
        text = setting.schema.get("type") == "string" or _plain(value) in allowed
        return "put it in quotes to make it text" if text else None
    copied = keyword == "pattern" or any(each.isspace() or each in _QUOTES for each in value)
    return did_you_mean(value, allowed) or (_COPIED if copied else None)


def _plain(value: Any) -> str:
    """As a settings file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
