"""What in a call may say who somebody is, or to whom something belongs.

The rule for texts is to replace what is not known to be harmless: a call holds what people typed in.
"""

from __future__ import annotations

import re
from typing import Any, Final

from mapper.review.leaves import Path


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TOP: Final = _set("type event name category channel version")
"""Fields of a call itself that its source's code fills in."""
_CONTEXT: Final = _set("active app campaign library locale network os screen timezone userAgent userAgentData")
_DEVICE: Final = _set("manufacturer model type adTrackingEnabled")
_HARMLESS: Final = _set(
    "action brand browser category channel color colour currency department device environment event feature format"
    " industry kind lang language level locale medium method module plan platform product result role size sku source"
    " stage status tier timezone type unit variant version"
)
"""Names of fields, in lower case without ``_``, whose texts are chosen from a few; in the plural too."""
_KINDS: Final = {
    "id": "id ids uuid guid key hash handle login username user account session cookie serial imei vin iban ssn"
    " passport licence license plate tax vat number no nr ref reference order invoice group",
    "email": "email mail",
    "name": "name first last middle full nick nickname firstname lastname fullname displayname salutation surname"
    " author owner contact company organization organisation",
    "phone": "phone mobile tel telephone fax cell",
    "address": "address street city zip postal postcode postalcode country state region county latitude longitude"
    " lat lng lon location geo building floor",
    "birthday": "birthday birthdate birth dob born",
    "secret": "token secret password passwd pin otp auth authorization",
    "IP address": "ip",
    "link": "url uri href link referrer referer website avatar photo image picture path search",
}
_KIND_OF: Final = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_NUMBERS: Final = _set("phone birthday secret")
"""Kinds of which every number is replaced."""
_NUMBER_WORDS: Final = _set(
    "id ids uuid iban ssn passport imei tax zip postal postcode postalcode latitude longitude lat lng lon user"
)
"""What numbers that identify are called besides."""
_TIME_WORDS: Final = _set("at time date timestamp created updated expires since until epoch ms")
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)?")
_DAY: Final = "mon|tue|wed|thu|fri|sat|sun"
_MONTH: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_WRITTEN_TIME: Final = re.compile(
    rf"(?=.*\d{{4}})(?:[\d/:.,+() -]|\b(?:{_DAY}|{_MONTH}|gmt|utc|am|pm)\b|(?<=\d)[tz](?=\d|$))+", re.IGNORECASE
)
_SHORT_NUMBER: Final = re.compile(r"[+-]?\d{1,4}(?:[.,]\d{1,4})?")
_LEAST_ID: Final = 10**9


def kind_of(path: Path, value: Any) -> str | None:
    """What a value may give away (``id``, ``email``, ``name``, ...), or None where it may stay.

    Args:
        path: Where it stands in the call.
        value: A text or a number; booleans, null and empty lists and objects never give anything away.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    words = _words(path)
    kind = next((_KIND_OF[word] for word in reversed(words) if word in _KIND_OF), None)
    if isinstance(value, str):
        return _kind_of_text(path, value, words, kind)
    if kind in _NUMBERS or not _NUMBER_WORDS.isdisjoint(words[-3:]):
        return kind or "id"
    return "id" if isinstance(value, int) and abs(value) >= _LEAST_ID and not _is_time(words) else None


def may_hide(path: Path, text: str) -> bool:
    """Whether a text that may stay is to be searched for what identifies: all but times and what libraries fill in."""
    return path != ("type",) and not (path[0] == "context" and is_kept(path)) and not _tells_time(_words(path), text)


def is_kept(path: Path) -> bool:
    """Whether the field is one that a source's code or a library fills in."""
    if path[0] == "context":
        return len(path) > 1 and (path[1] in _CONTEXT or (path[1] == "device" and len(path) > 2 and path[2] in _DEVICE))
    return path[0] in _TOP


def _kind_of_text(path: Path, text: str, words: list[str], kind: str | None) -> str | None:
    if is_kept(path) or len(text.strip()) < 2 or text.lower() in ("true", "false", "null"):
        return None
    if kind == "birthday":
        return kind
    if _tells_time(words, text):
        return None
    if kind is None:
        return None if _SHORT_NUMBER.fullmatch(text) or _is_harmless(path) else "text"
    return None if _is_harmless(path) and "address" not in words else kind


def _tells_time(words: list[str], text: str) -> bool:
    return bool(_INSTANT.fullmatch(text) or (_is_time(words) and _WRITTEN_TIME.fullmatch(text)))


def _is_time(words: list[str]) -> bool:
    return not _TIME_WORDS.isdisjoint(words[-1:])


def _words(path: Path) -> list[str]:
    """The words of the names that lead to a value, without those that every call has."""
    names = [step for step in path if isinstance(step, str) and step not in ("context", "traits", "properties")]
    return [word.lower() for name in names for word in _WORDS.findall(name)]


def _is_harmless(path: Path) -> bool:
    name = next(step for step in reversed(path) if isinstance(step, str))
    plain = name.lower().replace("_", "").replace("-", "")
    return plain in _HARMLESS or plain.removesuffix("s") in _HARMLESS
