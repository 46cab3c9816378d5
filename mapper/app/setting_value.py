"""A setting's value as its schema has it, or what is wrong with it, in words."""

from __future__ import annotations

import sys
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
_JSON: Final = (str, int, float, dict, list)
"""The types of what JSON can have."""
_ITS_VALUE: Final = "its value"
_COPIED: Final = "are there blanks or quotes in it?"
_QUOTES: Final = frozenset("\"'`\u2018\u2019\u201c\u201d")


class Unfit(NamedTuple):
    """What is wrong with a value, and what may help; of a secret's, nothing of the value."""

    message: str
    advice: str | None = None


def fitted(setting: SettingSpec, value: Any, as_text: str) -> Any | Unfit:
    """The value, text converted to the type that is asked for; or what is wrong with it.

    Args:
        setting: What is asked for.
        value: Of any type: programs give more than JSON has.
        as_text: The advice for a value that should be text.
    """
    if not isinstance(value, _JSON):
        return _foreign(setting, value, as_text)
    converted = _typed(setting, value)
    try:
        errors = jsonschema_rs.validator_for(dict(setting.schema)).iter_errors(converted)
        broken = {str(error.schema_path[-1]) for error in errors}
    except UnicodeError:  # bytes from the environment
        return Unfit(f"{_ITS_VALUE} is not UTF-8")
    except ValueError:  # of what is inside, or of a type derived from one that JSON has
        return _foreign(setting, value, as_text)
    try:
        str(converted)
    except ValueError:  # an integer longer than Python's limit on digits: nothing could send it
        return Unfit(f"{_ITS_VALUE} has more than {sys.get_int_max_str_digits():,} digits")
    if not broken:
        return converted
    keyword = next(each for each in _BREAKS if each in broken)
    message = f"{_shown(setting, value)} {_broken(setting, keyword)}"
    return Unfit(message, _advice(setting, converted, keyword, as_text))


def _foreign(setting: SettingSpec, value: Any, as_text: str) -> Unfit:
    """What is wrong with a value that JSON can't have, of which nothing is shown: it may hold anything."""
    keyword = next((each for each in ("enum", "type") if each in setting.schema), None)
    message = _broken(setting, keyword) if keyword else "is not text, a number, or true or false"
    if isinstance(value, dict | list):
        return Unfit(f"{_ITS_VALUE} {message}", f"it is {kind(value)}")
    advice = f"it is of the type {word(type(value).__name__)}"
    wants_text = setting.schema.get("type") == "string"
    return Unfit(f"{_ITS_VALUE} {message}", f"{advice}; {as_text}" if wants_text else advice)


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


def _broken(setting: SettingSpec, keyword: str) -> str:
    return _BREAKS[keyword].format(_limit(keyword, setting.schema[keyword]))


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


def _advice(setting: SettingSpec, value: Any, keyword: str, as_text: str) -> str | None:
    if isinstance(value, dict | list):
        return f"it is {kind(value)}"
    allowed = [] if setting.secret else [_plain(each) for each in setting.schema.get("enum", ())]
    if not isinstance(value, str):
        text = setting.schema.get("type") == "string" or _plain(value) in allowed
        return as_text if text else None
    copied = keyword == "pattern" or any(each.isspace() or each in _QUOTES for each in value)
    return did_you_mean(value, allowed) or (_COPIED if copied else None)


def _plain(value: Any) -> str:
    """As a settings file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
